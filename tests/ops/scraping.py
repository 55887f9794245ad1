"""A server, its signer, and a real Prometheus that scrapes both, all on loopback."""

import base64
import json
import subprocess
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from notary.tuf.keys import PublicKey
from tests.certificates import Authority
from tests.gopeers import remote_trust
from tests.publisher import Publisher
from tests.running import (
    COMMAND,
    LIMIT_SECONDS,
    PROJECT,
    SIGNER_COMMAND,
    free_port,
    running,
    write_config,
)
from tests.web.serving import Client

GUN = "example.com/not-to-be-told"
RULES = PROJECT / "etc/prometheus/notary-rules.yml"
DEADLINE_SECONDS = 60


@frozen
class Programs:
    """The ports on which both programs show their metrics."""

    server: int
    signer: int

    def pages(self) -> dict[str, str]:
        """Return the page of each program."""
        return {
            "server": Client(self.server)("GET", "/metrics").body.decode(),
            "signer": Client(self.signer)("GET", "/metrics").body.decode(),
        }


@contextmanager
def both_programs(folder: Path) -> Iterator[Programs]:
    """Run both; one repository is published and read, and its expiry is counted."""
    authority = Authority(folder / "authority")
    ports = Programs(free_port(), free_port())
    api = free_port()
    signer = _signer_config(authority, api, ports.signer)
    trust = remote_trust(api, authority) | {"protocol": "https"}
    server = {
        "server": {"http_addr": f"127.0.0.1:{ports.server}"},
        "trust_service": trust,
        "storage": {"backend": "sqlite3", "db_url": "notary.db"},
        "logging": {"level": "info"},
    }
    with (
        _program(SIGNER_COMMAND, folder / "signer", signer),
        _program(COMMAND, folder / "server", server),
    ):
        _use(Client(ports.server))
        until(lambda: "notary_metadata_expiring{" in ports.pages()["server"])
        yield ports


def _signer_config(authority: Authority, api: int, ops: int) -> dict[str, Any]:
    pair = authority.issue("signer")
    return {
        "server": {
            "http_addr": f"127.0.0.1:{api}",
            "ops_addr": f"127.0.0.1:{ops}",
            "tls_cert_file": str(pair.certificate),
            "tls_key_file": str(pair.key),
            "client_ca_file": str(authority.certificate),
        },
        "storage": {"backend": "sqlite3", "db_url": "keys.db", "default_alias": "a"},
        "logging": {"level": "info"},
    }


@contextmanager
def _program(
    command: list[str], folder: Path, config: dict[str, Any]
) -> Iterator[None]:
    folder.mkdir()
    path = write_config(folder, config)
    with running([*command, "-config", str(path)], folder, NOTARY_SIGNER_A="secret"):
        yield


def _use(client: Client) -> None:
    key = json.loads(client("GET", f"/v2/{GUN}/_trust/tuf/timestamp.key").body)
    public = PublicKey(key["keytype"], base64.b64decode(key["keyval"]["public"]))
    files = Publisher(GUN, public).first_publish()
    assert client.upload(GUN, files).status == 200
    assert client.upload(GUN, files).status == 400
    assert client("GET", f"/v2/{GUN}/_trust/tuf/timestamp.json").status == 200
    assert client("GET", f"/v2/{GUN}/_trust/tuf/targets/a.json").status == 404
    assert client("GET", "/metrics").status == 200


@contextmanager
def prometheus(folder: Path, programs: Programs) -> Iterator[str]:
    """Run a Prometheus with our alerts; return the address of its API."""
    jobs = {"notary-server": programs.server, "notary-signer": programs.signer}
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [
            {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}
            for job, port in jobs.items()
        ],
    }
    folder.mkdir()
    path = folder / "prometheus.yml"
    path.write_text(json.dumps(config))  # JSON is YAML, too.
    address = f"127.0.0.1:{free_port()}"
    command = [
        "prometheus",
        f"--config.file={path}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address={address}",
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            yield f"http://{address}/api/v1"
        finally:
            process.terminate()
            process.wait(LIMIT_SECONDS)


def ask(api: str, path: str, **parameters: str) -> Any:
    """Return the data of an answer of Prometheus, nothing while it is not ready."""
    url = f"{api}/{path}?{urllib.parse.urlencode(parameters)}"
    try:
        with urllib.request.urlopen(url, timeout=LIMIT_SECONDS) as answer:
            return json.load(answer)["data"]
    except OSError:
        return {}


def until(condition: Callable[[], object]) -> None:
    """Return as soon as it holds."""
    end = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)
