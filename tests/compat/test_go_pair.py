"""The Go server and signer from Debian, on the recorded databases and on writer.

Nothing of ours serves here: it shows that the peers of the interoperability tests
work, and that the Go server accepts a schema that our bootstrap made.
"""

from contextlib import closing

import pytest

from notary.storage.migrate import bootstrap
from notary.storage.migrations import SERVER
from tests.client import Machine, recorded_machine
from tests.gopeers import go_pair, go_server
from tests.recorded import DATA

GUN = "example.com/h01/app"


def test_the_go_server_starts_on_our_schema_and_the_real_client_publishes(
    mariadb_server, authority, tmp_path
):
    place = mariadb_server.create_database()
    with closing(place.connect()) as connection:
        bootstrap(connection, SERVER)
    pair = authority.issue("go-server")
    with go_server(tmp_path / "server", place.dsn, tls=pair) as server:
        publisher = Machine(tmp_path / "publisher", server.url, authority.certificate)
        publisher.notary("init", GUN)
        publisher.notary("add", GUN, "v1", authority.certificate)
        publisher.notary("publish", GUN)
        assert "v1" in publisher.elsewhere("consumer").notary("list", GUN)
    assert place.run("SELECT gun, version, category FROM changefeed") == [
        (GUN, 1, "update")
    ]
    roles = [role for (role,) in place.run("SELECT role FROM tuf_files ORDER BY role")]
    assert roles == ["root", "snapshot", "targets", "timestamp"]


@pytest.mark.parametrize(
    ("publisher", "reader"),
    [
        ("h01-init-targets", "h01-fresh"),
        ("h03-snapshot-server", "h03-fresh"),
        ("h04-root-rotation", "h04-old"),
    ],
)
def test_the_go_pair_goes_on_with_the_recorded_databases_and_clients(
    mariadb_server, authority, tmp_path, publisher, reader
):
    gun = f"example.com/{publisher[:3]}/app"
    places = [mariadb_server.create_database() for _ in range(2)]
    for place, dump in zip(places, ("notaryserver", "notarysigner"), strict=True):
        mariadb_server.load(place, DATA / "sql" / f"{dump}.sql")
    [(last,)] = places[0].run("SELECT MAX(id) FROM tuf_files")
    files = f"SELECT * FROM tuf_files WHERE id <= {last} ORDER BY id"
    recorded = places[0].run(files)
    dsns = [place.dsn for place in places]
    with go_pair(tmp_path, authority, *dsns) as server:
        writer, consumer = (
            recorded_machine(name, tmp_path, server.url, authority.certificate)
            for name in (publisher, reader)
        )
        before = writer.targets(gun)
        assert before
        assert consumer.targets(gun) == before
        writer.notary("add", gun, "new", authority.certificate)
        writer.notary("publish", gun)
        assert consumer.targets(gun) == before | {"new": "targets"}
    assert places[0].run(files) == recorded
