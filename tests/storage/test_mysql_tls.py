"""TLS and log-in: who is trusted, and who is never told the password."""

import socket
import struct
import threading
from contextlib import closing

import pytest

from notary.settings.dsn import parse_dsn
from notary.storage.mysql_connect import Connector
from notary.storage.mysql_errors import ConnectFailed
from notary.storage.mysql_tls import TLSFiles, tls_options
from notary.storage.sql import SQLStore
from notary.storage.store import StorageError
from tests.certificates import Authority
from tests.mariadb import PASSWORD, mariadb
from tests.mysql_databases import dsn_of
from tests.reading import newest_file
from tests.storage.samples import GUN

LIMIT_SECONDS = 30


@pytest.fixture(scope="module")
def own_mariadb(tmp_path_factory, authority):
    """A server with a certificate."""
    pair = authority.issue("database")
    options = (
        f"--ssl-ca={authority.certificate}",
        f"--ssl-cert={pair.certificate}",
        f"--ssl-key={pair.key}",
    )
    with mariadb(tmp_path_factory.mktemp("own"), *options) as server:
        yield server


@pytest.fixture
def secured(own_place):
    own_place.run("SET GLOBAL require_secure_transport = ON")
    yield own_place
    own_place.run("SET GLOBAL require_secure_transport = OFF")


def cipher(run, database):
    return run(database.ask(lambda one: one.row("SHOW STATUS LIKE 'Ssl_cipher'")))[1]


def test_a_server_that_wants_tls_is_not_reached_without(run, open_dsn, secured):
    with pytest.raises(StorageError, match="cannot be reached: 1045"):
        run(newest_file(SQLStore(open_dsn(dsn_of(secured))), GUN, "root"))


@pytest.mark.parametrize("mode", ["skip-verify", "preferred"])
def test_tls_without_verification_is_tls(run, open_dsn, secured, mode):
    database = open_dsn(dsn_of(secured, f"?tls={mode}"))
    assert cipher(run, database).startswith("TLS")


def test_tls_is_verified_by_our_authority(run, open_dsn, secured, authority):
    dsn = dsn_of(secured, "?tls=true")
    database = open_dsn(dsn, tls=TLSFiles(ca=authority.certificate))
    assert cipher(run, database).startswith("TLS")


def test_an_unknown_authority_is_refused(run, open_dsn, secured, tmp_path):
    dsn = dsn_of(secured, "?tls=true")
    other = Authority(tmp_path / "other").certificate
    for database in (open_dsn(dsn), open_dsn(dsn, tls=TLSFiles(ca=other))):
        with pytest.raises(StorageError, match="cannot be reached"):
            run(newest_file(SQLStore(database), GUN, "root"))


def test_a_certificate_of_another_host_is_refused(run, open_dsn, secured, authority):
    text = dsn_text(secured, "127.0.0.2") + "?tls=true"
    database = open_dsn(parse_dsn(text), tls=TLSFiles(ca=authority.certificate))
    with pytest.raises(StorageError, match="cannot be reached"):
        run(newest_file(SQLStore(database), GUN, "root"))


def dsn_text(own_place, host):
    return own_place.plain().dsn.replace("127.0.0.1", host)


def test_a_client_shows_its_certificate(run, open_dsn, own_place, authority, tmp_path):
    own_place.run(
        f"CREATE OR REPLACE USER x509@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'"
        " REQUIRE X509",
        "GRANT SELECT ON *.* TO x509@'127.0.0.1'",
    )
    dsn = parse_dsn(own_place.dsn.replace("owner", "x509") + "?tls=true")
    pair = authority.issue("client")
    with_pair = TLSFiles(authority.certificate, pair.certificate, pair.key)
    assert run(newest_file(SQLStore(open_dsn(dsn, tls=with_pair)), GUN, "root")) is None
    without = open_dsn(dsn, tls=TLSFiles(authority.certificate))
    with pytest.raises(StorageError, match="1045"):
        run(newest_file(SQLStore(without), GUN, "root"))


@pytest.mark.parametrize(
    ("mode", "files"),
    [
        ("false", {"ca": "ca"}),
        ("preferred", {"certificate": "pair", "key": "pair"}),
        ("skip-verify", {"ca": "ca"}),
        ("true", {"certificate": "pair"}),
        ("true", {"ca": "missing"}),
        ("true", {"ca": "broken"}),
        ("true", {"certificate": "broken", "key": "broken"}),
    ],
)
def test_files_that_cannot_work_are_refused_at_once(mode, files, tmp_path, authority):
    (tmp_path / "ca").write_bytes(authority.certificate.read_bytes())
    (tmp_path / "broken").write_text("-----BEGIN CERTIFICATE-----\n!")
    with pytest.raises(StorageError):
        tls_options(mode, TLSFiles(**{k: tmp_path / v for k, v in files.items()}))


def test_a_server_without_tls_is_not_told_the_password(open_dsn, greeter):
    dsn = parse_dsn(f"user:secret@tcp(127.0.0.1:{greeter.port})/db?tls=true")
    with pytest.raises(ConnectFailed):
        Connector(dsn).connect()
    assert greeter.received == b""


@pytest.mark.parametrize("plugin", [b"mysql_clear_password", b"dialog"])
def test_a_server_that_asks_for_the_password_itself_is_refused(greeter, plugin):
    greeter.plugin = plugin
    dsn = parse_dsn(f"user:secret@tcp(127.0.0.1:{greeter.port})/db")
    with pytest.raises(ConnectFailed):
        Connector(dsn).connect()
    assert b"user" in greeter.received
    assert b"secret" not in greeter.received


def test_what_is_no_database_is_not_reached(greeter):
    greeter.greeting = b"HTTP/1.1 400 Bad Request\r\n\r\n"
    dsn = parse_dsn(f"user:secret@tcp(127.0.0.1:{greeter.port})/db?readTimeout=1s")
    with pytest.raises(ConnectFailed):
        Connector(dsn).connect()


def packet(number, payload):
    return struct.pack("<I", len(payload))[:3] + bytes([number]) + payload


class Greeter:
    """Poses as a database without TLS and asks for the password by ``plugin``."""

    plugin = b"mysql_clear_password"
    # Protocol 10, 4.1 and secure passwords, plug-ins; no TLS.
    greeting = packet(
        0,
        b"\x0a5.5.5-10.11\0"
        + struct.pack("<I", 7)
        + b"12345678\0"
        + struct.pack("<H", 0xF7FF)
        + b"\x21\x02\0"
        + struct.pack("<H", 0x0008)
        + b"\x15"
        + b"\0" * 10
        + b"123456789012\0mysql_native_password\0",
    )

    def __init__(self):
        self.received = b""
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        connected, _ = self._listening.accept()
        connected.settimeout(LIMIT_SECONDS)
        with closing(connected), closing(self._listening):
            connected.sendall(self.greeting)
            if answer := connected.recv(65536):
                self.received += answer
                extra = b"\x02Password: " if self.plugin == b"dialog" else b""
                connected.sendall(packet(2, b"\xfe" + self.plugin + b"\0" + extra))
                while more := connected.recv(65536):
                    self.received += more

    def join(self):
        self._thread.join(LIMIT_SECONDS)
        assert not self._thread.is_alive()


@pytest.fixture
def greeter():
    greeter = Greeter()
    yield greeter
    greeter.join()
