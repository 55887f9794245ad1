"""What is measured of requests has as many series as there are operations."""

import hashlib

from prometheus_client import CollectorRegistry

from notary.ops import metrics_text
from notary.ops.metrics_http import HTTPMetrics
from tests.web.serving import FORM


def ask(client, number):
    """Send requests of which everything differs that a client may choose."""
    tuf = f"/v2/example.com/gun-{number}/_trust/tuf/"
    digest = hashlib.sha256(b"%d" % number).hexdigest()
    for method, path in (
        ("GET", f"{tuf}root.json"),
        ("HEAD", f"{tuf}targets/role{number}.json"),
        ("GET", f"{tuf}{number}.root.json"),
        ("GET", f"{tuf}snapshot.{digest}.json"),
        ("GET", f"{tuf}../changefeed?records={number}"),
        ("GET", f"/v2/_trust/changefeed?records=x{number}"),
        (f"METHOD{number}", f"{tuf}root.json"),
        ("DELETE", tuf),
        ("GET", f"/path/{number}"),
    ):
        client(method, path, headers={"User-Agent": f"client {number}"})
    client("POST", tuf, b"x" * number, FORM)


def test_nothing_that_a_client_chooses_makes_a_series(serving):
    registry = CollectorRegistry()
    with serving(observer=HTTPMetrics(registry)) as client:
        ask(client, 1)
        before = metrics_text.page(registry).count(b"\n")
        for number in range(2, 30):
            ask(client, number)
        assert metrics_text.page(registry).count(b"\n") == before
