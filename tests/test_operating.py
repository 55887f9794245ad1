"""docs/operating.md is true: its commands run, its keys and its messages exist."""

import json
import os
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from attrs import evolve

from notary.settings.check import SERVER_KEYS
from tests.certificates import Authority
from tests.gopeers import SIGNER_PASSPHRASES, go_server, go_signer, remote_trust
from tests.load import Link, create_repository, tuf
from tests.mariadb import MariaDB, Place
from tests.pages import (
    Page,
    run_block,
    texts_of_the_program,
    unknown_pieces,
    write_program,
)
from tests.recorded import DATA
from tests.running import TWISTD, free_port, running, write_config

PAGE = Page("operating.md")
SECRET = {"NOTARY_SERVER_KEY_PASSPHRASE": "the passphrase of the server's own"}
GUN = "example.com/new"
COUNTED = (
    "Changing the passphrase of the keys",
    "Taking over from the Go signer, and going back",
)
"""Sections of docs/signer.md that end by counting the keys under each alias."""


@pytest.mark.parametrize("key", [*SERVER_KEYS.scalars, *SERVER_KEYS.maps])
def test_every_key_of_the_configuration_is_explained(key):
    assert [cell for cell in PAGE.first_cells("Configuration") if f"`{key}`" in cell]


def test_every_message_that_is_explained_exists():
    known = texts_of_the_program()
    messages = PAGE.first_cells("Troubleshooting")
    assert len(messages) > 15
    assert [each for each in messages if unknown_pieces(each, known)] == []


@pytest.fixture
def shell(mariadb_server: MariaDB, tmp_path):
    """Run commands of the page as it says, on the private database and our program."""
    folder = tmp_path / "bin"
    folder.mkdir()
    client = f"--no-defaults --socket={mariadb_server.socket} -uroot"
    ours = sys.executable + " -c 'from notary.command import {0}; exit({0}())'"
    for name, command in {
        "mariadb": f"/usr/bin/mariadb {client}",
        "mariadb-dump": f"/usr/bin/mariadb-dump {client}",
        "notary-server": ours.format("server"),
        "notary-signer": ours.format("signer"),
        "python3": sys.executable,
    }.items():
        write_program(folder / name, command)
    path = f"{folder}:{os.environ['PATH']}"

    def run_it(script: str, *, ok: bool = True, **variables: str) -> str:
        said, wrong = run_block(script, tmp_path, ok=ok, PATH=path, **variables)
        return said if ok else wrong

    return run_it


@pytest.fixture
def server_place(mariadb_server):
    """The database of the page, which is dropped in the end, as are its users."""
    place = Place("notaryserver", mariadb_server.port)
    everything = evolve(place, name="mysql")
    yield place
    everything.run(
        "DROP DATABASE IF EXISTS notaryserver",
        "DROP DATABASE IF EXISTS notarysigner",
        "DROP USER IF EXISTS notary, notaryadmin",
    )


def addressed(text: str, place: Place, http_port: int = 0) -> str:
    """Return commands or settings of the page with the addresses of the test."""
    changed = text.replace("tcp(db1:3306)", f"tcp(127.0.0.1:{place.port})")
    return changed.replace(":4443", f":{http_port}")


@contextmanager
def serving(folder: Path, port: int, **variables: str):
    """Run our server with the configuration in the folder."""
    command = [*TWISTD, "notary-server", "--config", "config.json"]
    with (
        running(command, folder, **variables) as ours,
        closing(Link(port)) as link,
    ):
        yield link
        assert ours.stop() == 0, ours.log


def test_a_database_is_made_served_saved_and_restored(shell, server_place, tmp_path):
    heading, port = "MySQL and MariaDB", free_port()
    (config,), (users,) = PAGE.blocks(heading, "json"), PAGE.blocks(heading, "sql")
    (tmp_path / "config.json").write_text(addressed(config, server_place, port))
    (tmp_path / "users.sql").write_text(users)
    shell("mariadb < users.sql")
    (bootstrap,) = PAGE.blocks(heading, "sh")
    assert "was created" in shell(addressed(bootstrap, server_place))
    assert "nothing to do" in shell(addressed(bootstrap, server_place))
    with serving(tmp_path, port, **SECRET) as link:
        repository = create_repository(link, GUN)
        dump, restore, _ = PAGE.blocks("Backup and restore", "sh")
        shell(dump)
        shell("mariadb -e 'DROP DATABASE notaryserver'")
        assert link.get(f"{tuf(GUN)}/timestamp.json").status == 503
    shell(restore)
    with serving(tmp_path, port, **SECRET) as link:
        uploaded = {"targets": repository.targets(2, "after")}
        assert link.upload(GUN, uploaded).status == 200


def test_an_embedded_database_is_saved_while_it_is_used(shell, tmp_path):
    port = free_port()
    settings = {
        "server": {"http_addr": f"127.0.0.1:{port}"},
        "trust_service": {"type": "local"},
        "storage": {"backend": "sqlite3", "db_url": "notary.db"},
        "logging": {"level": "info"},
    }
    path = write_config(tmp_path, settings)
    with serving(tmp_path, port) as link:
        repository = create_repository(link, GUN)
        shell(PAGE.blocks("Backup and restore", "sh")[-1])
        # After the backup; it must be gone when that is restored.
        assert link.upload(GUN, {"targets": repository.targets(2, "x")}).status == 200
    settings["storage"]["db_url"] = "backup.db"
    path.write_text(json.dumps(settings))
    with serving(tmp_path, port) as link:
        assert link.upload(GUN, {"targets": repository.targets(2, "y")}).status == 200


@pytest.fixture
def recorded_pair(shell, server_place, mariadb_server):
    """The recorded databases of server and signer, under the names of the page."""
    signer_place = evolve(server_place, name="notarysigner")
    for place in (server_place, signer_place):
        shell(f"mariadb -e 'CREATE DATABASE {place.name}'")
        mariadb_server.load(place, DATA / "sql" / f"{place.name}.sql")
    return server_place, signer_place


def go_settings(port: int, place: Place, trust: dict[str, str]) -> dict:
    """Return what the Go server was configured with, but for the port."""
    return {
        "server": {"http_addr": f"127.0.0.1:{port}"},
        "trust_service": trust,
        "storage": {"backend": "mysql", "db_url": place.dsn + "?parseTime=True"},
        "logging": {"level": "info"},
    }


def published(link: Link, repository, version: int) -> bool:
    uploaded = {"targets": repository.targets(version, f"version {version}")}
    return link.upload(GUN, uploaded).status == 200


def test_taking_over_from_the_go_server_and_going_back(shell, recorded_pair, tmp_path):
    server_place, signer_place = recorded_pair
    save, bootstrap = PAGE.blocks("Taking over from the Go server", "sh")
    shell(save)
    authority, port = Authority(tmp_path / "certificates"), free_port()
    with go_signer(tmp_path / "signer", signer_place.dsn, authority) as signer:
        trust = remote_trust(signer.port, authority)
        write_config(tmp_path, go_settings(port, server_place, trust))
        assert "nothing to do" in shell(bootstrap)
        assert "FAILED" not in shell("notary-server -check-signer -config=config.json")
        with serving(tmp_path, port) as link:
            repository = create_repository(link, GUN)
            assert published(link, repository, 2)
        with (
            go_server(tmp_path / "server", server_place.dsn, trust) as peer,
            closing(Link(peer.port)) as link,
        ):
            assert published(link, repository, 3)
        with serving(tmp_path, port) as link:
            assert published(link, repository, 4)


def test_the_schema_of_a_recorded_signer_is_completed(shell, recorded_pair, tmp_path):
    _, place = recorded_pair
    pair = Authority(tmp_path / "certificates").issue("signer")
    config = {
        "server": {
            "grpc_addr": "127.0.0.1:7899",
            "tls_cert_file": str(pair.certificate),
            "tls_key_file": str(pair.key),
        },
        "storage": {
            "backend": "mysql",
            "db_url": place.dsn + "?parseTime=True",
            "default_alias": "alias_one",
        },
    }
    (tmp_path / "signer.json").write_text(json.dumps(config))
    _, bootstrap = Page("signer.md").blocks("Configuration", "sh")
    assert "added index gun_role" in shell(bootstrap)
    assert "nothing to do" in shell(bootstrap)


def test_doing_without_a_signer_and_going_back_with_new_keys(
    shell, recorded_pair, tmp_path, monkeypatch
):
    server_place, signer_place = recorded_pair
    bootstrap, copy_keys, return_keys = PAGE.blocks("Without a signer", "sh")
    port, trust = free_port(), {"type": "remote", "hostname": "x", "port": "7899"}
    write_config(tmp_path, go_settings(port, server_place, trust))
    local = {"NOTARY_SERVER_TRUST_SERVICE_TYPE": "local"}
    table = "the table private_keys for the keys of local signing "
    assert f"{table}was made" in shell(bootstrap, **local)
    assert f"{table}is there: nothing to do" in shell(bootstrap, **local)
    for heading in COUNTED:
        assert "alias_one" in shell(Page("signer.md").blocks(heading, "sh")[-1])
    assert "alias_one" in shell(copy_keys)
    assert "1062" in shell(copy_keys, ok=False)
    secrets = {**local, **SECRET, **SIGNER_PASSPHRASES}
    with serving(tmp_path, port, **secrets) as link:
        repository = create_repository(link, GUN)
        assert published(link, repository, 2)
    shell(return_keys)
    (passphrase,) = SECRET.values()
    monkeypatch.setitem(SIGNER_PASSPHRASES, "NOTARY_SIGNER_LOCAL", passphrase)
    authority = Authority(tmp_path / "certificates")
    with go_signer(tmp_path / "signer", signer_place.dsn, authority) as signer:
        trust = remote_trust(signer.port, authority)
        with (
            go_server(tmp_path / "server", server_place.dsn, trust) as peer,
            closing(Link(peer.port)) as link,
        ):
            assert published(link, repository, 3)
    with serving(tmp_path, port, **secrets) as link:
        assert published(link, repository, 4)
