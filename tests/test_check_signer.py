"""``notary-server -check-signer`` against real signers."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from attrs import frozen

from tests.certificates import Authority, Pair
from tests.check_signer import STEPS, check_signer, trust_service
from tests.gopeers import go_signer
from tests.running import (
    COMMAND,
    SIGNER_COMMAND,
    ended,
    free_port,
    memory_config,
    running,
    write_config,
)

PASSPHRASE = "correct horse battery"
PROTOCOLS = pytest.mark.parametrize("protocol", ["grpc", "https"])


@frozen
class Signer:
    """A running signer of ours, and its database."""

    ports: Mapping[str, int]
    database: Path


@contextmanager
def our_signer(folder: Path, pair: Pair, client_ca: Path | None) -> Iterator[Signer]:
    folder.mkdir()
    ports = {"grpc": free_port(), "https": free_port()}
    server = {
        "grpc_addr": f"127.0.0.1:{ports['grpc']}",
        "http_addr": f"127.0.0.1:{ports['https']}",
        "tls_cert_file": str(pair.certificate),
        "tls_key_file": str(pair.key),
    }
    if client_ca is not None:
        server["client_ca_file"] = str(client_ca)
    database = folder / "keys.db"
    storage = {"backend": "sqlite3", "db_url": str(database), "default_alias": "one"}
    path = folder / "signer.json"
    path.write_text(json.dumps({"server": server, "storage": storage}))
    variables = {"NOTARY_SIGNER_ONE": PASSPHRASE, "NOTARY_SIGNER_LOGGING_LEVEL": "info"}
    command = [*SIGNER_COMMAND, f"-config={path}"]
    with running(command, folder, **variables) as process:
        yield Signer(ports, database)
        assert process.stop() == 0


@pytest.fixture(scope="module")
def another(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("another"), "another authority")


@pytest.fixture(scope="module")
def client(authority):
    return authority.issue("client")


@pytest.fixture(scope="module")
def signer(tmp_path_factory, authority):
    folder = tmp_path_factory.mktemp("signer") / "ours"
    pair = authority.issue("signer")
    with our_signer(folder, pair, authority.certificate) as started:
        yield started


@pytest.fixture
def check(tmp_path, authority, client, signer):
    """Check the way to our signer with settings changed."""

    def check_it(protocol, pair=client, trusted=authority, port=None, **changes):
        port = port or signer.ports[protocol]
        trust = trust_service(port, trusted, pair, protocol, **changes)
        return check_signer(tmp_path, trust)

    return check_it


@PROTOCOLS
def test_all_is_well_and_no_key_is_made(check, protocol, signer):
    done = check(protocol)
    assert done.having("ok") == list(STEPS)
    assert done.code == 0
    assert done.output.endswith("All is well: the server can use this signer.\n")
    with closing(sqlite3.connect(signer.database)) as database:
        assert database.execute("SELECT count(*) FROM private_keys").fetchone() == (0,)


def test_the_go_signer_is_judged_as_ours(
    mysql_places, tmp_path, authority, client, another
):
    dsn = mysql_places.signer.dsn
    with go_signer(tmp_path / "go", dsn, authority) as peer:
        trust = trust_service(peer.port, authority, client, key_algorithm="ed25519")
        assert check_signer(tmp_path, trust).having("ok") == list(STEPS)
        stranger = another.issue("stranger")
        trust = trust_service(peer.port, authority, stranger)
        done = check_signer(tmp_path, trust)
        with_http = trust_service(peer.port, authority, client, "https")
        swapped = check_signer(tmp_path, with_http)
    assert done.having("FAILED") == ["client certificate"]
    text = done.texts["client certificate"]
    assert "the signer refuses us: " in text
    assert "put the certificate of CN=another authority into" in text
    assert "(it names: CN=authority of the tests)" in text
    assert swapped.having("FAILED") == ["protocol"]
    assert "this is a gRPC port" in swapped.texts["protocol"]


def test_local_signing_needs_no_check(tmp_path):
    path = write_config(tmp_path, memory_config(1))
    done = ended([*COMMAND, "-check-signer", f"-config={path}"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "trust_service.type is local: there is no signer to check\n"


@PROTOCOLS
def test_the_port_of_the_other_protocol_is_found_out(check, protocol, signer):
    other = "grpc" if protocol == "https" else "https"
    done = check(protocol, port=signer.ports[other])
    assert done.having("FAILED") == ["protocol"]
    assert "health" in done.having("skipped")
    assert done.code == 1
    text = done.texts["protocol"]
    assert f"trust_service.protocol is {protocol}, but " in text
    setting = "server.http_addr" if protocol == "https" else "server.grpc_addr"
    assert f"set trust_service.port to the port in {setting} of the signer" in text
    assert f"or trust_service.protocol to {other}" in text


def test_rsa_is_refused_by_every_signer(check):
    done = check("https", key_algorithm="rsa")
    assert done.having("FAILED") == ["key algorithm"]
    assert "set trust_service.key_algorithm to ecdsa or ed25519" in done.output
    assert done.code == 1


@PROTOCOLS
def test_the_wrong_authority_is_named(check, protocol, another):
    done = check(protocol, trusted=another)
    assert done.having("FAILED") == ["signer certificate"]
    assert done.having("skipped") == ["health"]
    text = done.texts["signer certificate"]
    assert text.startswith("issued by CN=authority of the tests, which is not in trust")
    assert f"{another.certificate} (CN=another authority)" in text
    assert "put the certificate of the authority that issued" in text


def test_an_authority_of_the_same_name_is_told_from_the_right_one(check, tmp_path):
    done = check("grpc", trusted=Authority(tmp_path / "namesake"))
    assert done.having("FAILED") == ["signer certificate"]
    text = done.texts["signer certificate"]
    assert "the one there has the same name, but another key" in text


@PROTOCOLS
def test_a_client_without_a_certificate_is_told_to_have_one(check, protocol):
    done = check(protocol, pair=None)
    assert done.having("FAILED") == ["client certificate"]
    assert {"protocol", "health"} <= set(done.having("skipped"))
    text = done.texts["client certificate"]
    assert text.startswith("there is none, and the signer ")
    assert "set trust_service.tls_client_cert and tls_client_key to" in text


@PROTOCOLS
def test_a_client_of_another_authority_is_told_where_to_put_it(
    check, protocol, another
):
    done = check(protocol, pair=another.issue("stranger"))
    assert done.having("FAILED") == ["client certificate"]
    text = done.texts["client certificate"]
    assert text.startswith("the signer ")
    assert "put the certificate of CN=another authority into" in text


DEFECTS = {
    "it expired on ": {"starts": timedelta(days=-3)},
    "it is a CA certificate": {"ca": True},
}


@PROTOCOLS
@pytest.mark.parametrize("defect", DEFECTS)
def test_what_is_wrong_with_our_certificate_is_said(check, protocol, defect, authority):
    done = check(protocol, pair=authority.issue("defective", **DEFECTS[defect]))
    assert done.having("FAILED")[0] == "client certificate"
    assert "health" not in done.having("ok")
    text = done.texts["client certificate"]
    assert defect in text
    assert "issue a client certificate (CA:FALSE, extendedKeyUsage clientAuth)" in text


@PROTOCOLS
def test_a_dead_database_is_found_at_the_health(
    tmp_path, authority, client, another, protocol
):
    pair = authority.issue("signer of no keys")
    folder = tmp_path / "signer"
    with our_signer(folder, pair, authority.certificate) as signer:
        with closing(sqlite3.connect(signer.database)) as database:
            database.execute("DROP TABLE private_keys")
        trust = trust_service(signer.ports[protocol], authority, client, protocol)
        done = check_signer(tmp_path, trust)
    assert done.having("FAILED") == ["health"]
    assert "mostly its database is away" in done.texts["health"]
    assert done.code == 1


@pytest.mark.parametrize(("protocol", "has_own"), [("grpc", True), ("https", False)])
def test_a_signer_that_is_open_to_all_is_warned_of(
    tmp_path, authority, client, protocol, has_own
):
    pair = authority.issue("open signer")
    with our_signer(tmp_path / "signer", pair, None) as signer:
        own = client if has_own else None
        trust = trust_service(signer.ports[protocol], authority, own, protocol)
        done = check_signer(tmp_path, trust)
    assert done.having("warning") == ["client certificate"]
    assert done.having("ok") == [name for name in STEPS if name != "client certificate"]
    assert "set server.client_ca_file of the signer" in done.output
    assert done.code == 1
