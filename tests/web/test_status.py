"""What everybody may ask of a program, on the API's address and on one of its own."""

import json

import pytest
from attrs import evolve, field, frozen

from notary.settings.model import LimitsSettings
from notary.web.site import make_status_site
from notary.web.status import Status
from tests.web.conftest import listening
from tests.web.serving import settings

JSON = "application/json; charset=utf-8"
FAILED = {"DB operational": "Cannot access table: tuf_files"}
SIGNER_AWAY = {"Trust operational": "Cannot reach the signer"}


@frozen
class Known:
    """What is known of a program."""

    failed: dict = field(factory=dict)
    problems: dict = field(factory=dict)
    can_read: bool = True
    can_write: bool = True


WELL = Known()
WITHOUT_STORAGE = Known(FAILED, FAILED | SIGNER_AWAY, False, False)
WITHOUT_SIGNER = Known({}, SIGNER_AWAY, True, False)
STOPPING = Known({}, {"Serving": "stopping"}, False, False)


@pytest.fixture(params=["api", "apart"])
def asking(request, serving, reactor_thread):
    """Return what asks a server, of which this is known, in both places."""
    if request.param == "api":

        def ask(known, path):
            with serving(known=known) as client:
                return client("GET", path)

        return ask

    def ask_apart(known, path):
        site = make_status_site(
            "server", Status(known, bytes), LimitsSettings(), reactor_thread
        )
        with listening(reactor_thread, site) as client:
            return client("GET", path)

    return ask_apart


@pytest.mark.parametrize(("configured", "allowed"), [(8000, 100), (7, 7)])
def test_an_address_of_its_own_has_few_connections(reactor_thread, configured, allowed):
    limits = LimitsSettings(connections=configured)
    status = Status(WELL, bytes)
    site = make_status_site("server", status, limits, reactor_thread)
    assert site.limits.connections == allowed


@pytest.mark.parametrize(
    ("known", "status", "body"),
    [
        (WELL, 200, b"{}"),
        (
            WITHOUT_STORAGE,
            500,
            b'{"DB operational":"Cannot access table: tuf_files"}',
        ),
        (WITHOUT_SIGNER, 200, b"{}"),
        (STOPPING, 200, b"{}"),
    ],
)
def test_health_fails_when_metadata_cannot_be_served(asking, known, status, body):
    got = asking(known, "/_notary_server/health")
    assert (got.status, got.body) == (status, body)
    assert got.headers["content-type"] == JSON


@pytest.mark.parametrize(
    ("known", "status"),
    [(WELL, 200), (WITHOUT_STORAGE, 503), (WITHOUT_SIGNER, 200), (STOPPING, 503)],
)
def test_ready_tells_reads_and_writes_apart(asking, known, status):
    got = asking(known, "/_notary_server/ready")
    assert got.status == status
    assert json.loads(got.body) == {
        "read": known.can_read,
        "write": known.can_write,
        "problems": known.problems,
    }


@pytest.mark.parametrize("known", [WELL, WITHOUT_STORAGE, WITHOUT_SIGNER, STOPPING])
def test_a_process_that_answers_is_alive(asking, known):
    got = asking(known, "/_notary_server/live")
    assert (got.status, got.body) == (200, b"{}")


def test_metrics_with_an_address_of_their_own_are_not_on_the_public_one(serving):
    configured = settings()
    server = evolve(configured.server, ops_addr="127.0.0.1:1")
    with serving(configured=evolve(configured, server=server)) as client:
        for path in ("/metrics", "/_notary_server/metrics"):
            assert client("GET", path).status == 404
        for name in ("health", "live", "ready"):
            assert client("GET", f"/_notary_server/{name}").status == 200


@pytest.fixture
def apart(reactor_thread):
    status = Status(WELL, lambda: b"a 1\n")
    site = make_status_site("signer", status, LimitsSettings(), reactor_thread)
    with listening(reactor_thread, site) as client:
        yield client


@pytest.mark.parametrize("path", ["/metrics", "/_notary_signer/metrics"])
def test_the_page_for_prometheus_is_in_both_places(apart, path):
    got = apart("GET", path)
    assert (got.status, got.body) == (200, b"a 1\n")
    assert got.headers["content-type"].startswith("text/plain; version=0.0.4")
    head = apart("HEAD", path)
    assert (head.status, head.body) == (200, b"")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/", 404),
        ("GET", "/", 404),
        ("POST", "/metrics", 404),
        ("GET", "/_notary_server/health", 404),
        ("DELETE", "/v2/a/_trust/tuf/", 404),
        ("PATCH", "/metrics", 405),
    ],
)
def test_nothing_else_is_there(apart, method, path, status):
    assert apart(method, path).status == status


def test_who_asks_needs_no_body(apart):
    assert apart("GET", "/metrics", b"x" * 1024).status == 200
    assert apart("GET", "/metrics", b"x" * 1025).status == 413
