"""An operator's migration: the database that the Go server wrote, and back again."""

import http.client
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from attrs import frozen

from tests.certificates import Authority
from tests.client import recorded_machine
from tests.gopeers import SIGNER_PASSPHRASES, go_pair
from tests.mariadb import Place
from tests.recorded import DATA
from tests.running import TWISTD, free_port, running, write_config

NEW_KEYS = "passphrase of the keys that are made here"


@frozen
class Recorded:
    """Both recorded databases on the test's MariaDB, and certificates for all."""

    server: Place
    signer: Place
    authority: Authority
    folder: Path

    @contextmanager
    def our_server(self) -> Iterator[str]:
        """Run ours on the server's database, with its keys beside the metadata."""
        pair = self.authority.issue("our-server")
        port = free_port()
        config = {
            "server": {
                "http_addr": f"localhost:{port}",
                "tls_cert_file": str(pair.certificate),
                "tls_key_file": str(pair.key),
            },
            "trust_service": {"type": "local"},
            "storage": {"backend": "mysql", "db_url": self.server.dsn},
            "logging": {"level": "info"},
        }
        path = write_config(self.folder, config)
        command = [*TWISTD, "notary-server", "--config", str(path)]
        secrets = {"NOTARY_SERVER_KEY_PASSPHRASE": NEW_KEYS, **SIGNER_PASSPHRASES}
        with running(command, self.folder, **secrets) as ours:
            yield f"https://localhost:{port}"
            assert ours.stop() == 0, ours.log

    @contextmanager
    def go_server(self) -> Iterator[str]:
        """Run the Go server and signer on the same databases."""
        dsns = (self.server.dsn, self.signer.dsn)
        with go_pair(self.folder, self.authority, *dsns) as server:
            yield server.url


@pytest.fixture
def recorded(mariadb_server, tmp_path) -> Recorded:
    """The dumps as they were recorded; the keys are copied to where ours keeps them."""
    places = [mariadb_server.create_database() for _ in range(2)]
    for place, dump in zip(places, ("notaryserver", "notarysigner"), strict=True):
        mariadb_server.load(place, DATA / "sql" / f"{dump}.sql")
    server, signer = places
    server.run(
        f"CREATE TABLE private_keys LIKE {signer.name}.private_keys",
        f"INSERT INTO private_keys SELECT * FROM {signer.name}.private_keys",
    )
    return Recorded(server, signer, Authority(tmp_path / "certificates"), tmp_path)


def test_every_recorded_file_is_served_byte_for_byte(recorded):
    rows = recorded.server.run(
        "SELECT gun, role, version, sha256, data FROM tuf_files ORDER BY id"
    )
    assert len(rows) > 100
    with recorded.our_server() as url, client(recorded, url) as get:
        for gun, role, version, sha256, data in rows:
            tuf = f"/v2/{gun}/_trust/tuf"
            for name in (f"{version}.{role}", f"{role}.{sha256}"):
                assert get(f"{tuf}/{name}.json") == (200, data), (gun, name)


def test_the_current_files_and_the_changefeed_are_those_of_the_go_server(recorded):
    guns = [gun for (gun,) in recorded.server.run("SELECT DISTINCT gun FROM tuf_files")]
    paths = [
        f"/v2/{gun}/_trust/tuf/{role}.json"
        for gun in guns
        for role in ("root", "targets", "snapshot", "targets/releases")
    ]
    paths += [f"/v2/{gun}/_trust/changefeed?records=-100" for gun in guns]
    paths += ["/v2/_trust/changefeed?records=1000"]
    with recorded.go_server() as url, client(recorded, url) as get:
        expected = {path: get(path) for path in paths}
    with recorded.our_server() as url, client(recorded, url) as get:
        for path, (status, body) in expected.items():
            # A delegation that nobody lists is a 500 of the Go server's.
            wanted = (status, body) if status != 500 else (404, get(path)[1])
            assert get(path) == wanted, path


@pytest.mark.parametrize(
    ("publisher", "reader"),
    [
        ("h01-init-targets", "h01-fresh"),
        ("h03-snapshot-server", "h03-fresh"),
        ("h04-root-rotation", "h04-old"),
    ],
)
def test_recorded_clients_publish_to_ours_then_to_go_then_to_ours_again(
    recorded, tmp_path, publisher, reader
):
    gun = f"example.com/{publisher[:3]}/app"
    expected: dict[str, str] = {}
    for number, serve in enumerate(
        (recorded.our_server, recorded.go_server, recorded.our_server)
    ):
        with serve() as url:
            writer, consumer = (
                recorded_machine(name, tmp_path / str(number), url, authority(recorded))
                for name in (publisher, reader)
            )
            before = consumer.targets(gun)
            assert before.items() >= expected.items()
            # The recorded directory is as old as the dump: it must catch up first.
            assert writer.targets(gun) == before
            expected = before | {f"new{number}": "targets"}
            writer.notary("add", gun, f"new{number}", authority(recorded))
            writer.notary("publish", gun)
            assert consumer.targets(gun) == expected


def authority(recorded: Recorded) -> Path:
    return recorded.authority.certificate


@contextmanager
def client(recorded: Recorded, url: str) -> Iterator:
    """Return a function from path to status and body, over one connection."""
    context = ssl.create_default_context(cafile=authority(recorded))
    host = url.removeprefix("https://")
    connection = http.client.HTTPSConnection(host, context=context, timeout=30)

    def get(path: str) -> tuple[int, bytes]:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()

    try:
        yield get
    finally:
        connection.close()
