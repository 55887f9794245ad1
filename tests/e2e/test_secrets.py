"""No secret is ever in a log: known ones are pushed through real processes."""

import base64
import http.client
import json
import signal
import sqlite3
import ssl
import time
from contextlib import closing, contextmanager, suppress

import pytest
from attrs import define

from tests import our_server
from tests.certificates import Authority
from tests.gopeers import remote_trust
from tests.load import Link, create_repository, tuf
from tests.load_link import online_key
from tests.mariadb import PASSWORD
from tests.ops.bugsnag_peer import bugsnag
from tests.running import TWISTD, ended, free_port, running, write_config
from tests.token_server import ALICE, EXAMPLE, token_server

GUN = "example.com/team/app"
API_KEY = "0123456789abcdef0123456789abcdef"
PASSPHRASE, WRONG = "the right passphrase of keys", "another passphrase"
CREDENTIALS = base64.b64encode(ALICE.encode()).decode()
COMMAND = [*TWISTD, "notary-server", "--config", "config.json"]
LEVEL = {"logging": {"level": "debug"}}


@define
class Bearing(Link):
    """A connection whose requests have headers full of secrets, sent in all ways."""

    token: str = ""

    def send(self, method, path, body=None, headers=()):
        bearer = {"Authorization": f"Bearer {self.token}"}
        return super().send(method, path, body, {**bearer, **dict(headers)})


@contextmanager
def signer(folder, authority, port, protocol, passphrase=PASSPHRASE):
    """Run a signer on a file of keys."""
    pair = authority.issue("signer")
    config = LEVEL | {
        "server": {
            "grpc_addr" if protocol == "grpc" else "http_addr": f"127.0.0.1:{port}",
            "tls_cert_file": str(pair.certificate),
            "tls_key_file": str(pair.key),
            "client_ca_file": str(authority.certificate),
        },
        "storage": {
            "backend": "sqlite3",
            "db_url": str(folder / "keys.db"),
            "default_alias": "old",
        },
        "reporting": {"bugsnag": {"api_key": API_KEY, "endpoint": "http://[::1]:1/"}},
    }
    folder.mkdir(exist_ok=True)
    path = write_config(folder, config)
    command = [*TWISTD, "notary-signer", "--config", str(path)]
    with running(command, folder, NOTARY_SIGNER_OLD=passphrase) as process:
        yield process
        assert process.stop() == 0, process.log


def server_config(port, dsn, trust, auth, endpoint):
    return LEVEL | {
        "server": {"http_addr": f"127.0.0.1:{port}"},
        "trust_service": trust,
        "storage": {"backend": "mysql", "db_url": dsn},
        "auth": {"type": "token", "options": auth},
        "reporting": {"bugsnag": {"api_key": API_KEY, "endpoint": endpoint}},
    }


def wait_for_the_signer(link):
    """Ask until it is found: the server was there first, and looks again in a while."""
    end = time.monotonic() + 30
    while link.get(f"{tuf(GUN)}/timestamp.key").status == 503:
        assert time.monotonic() < end
        time.sleep(0.1)


def use_everything(port, token):
    """Do what the API offers, well and badly."""
    with closing(Bearing(port, token=token)) as link:
        wait_for_the_signer(link)
        create_repository(link, GUN)
        for role in ("timestamp", "snapshot", "targets", "root"):
            assert link.get(f"{tuf(GUN)}/{role}.json").status == 200
        online_key(link, GUN, "timestamp", "POST")
        link.get(f"{tuf(GUN)}/root.json?access_token={token}&token={token}&{token}")
        link.get(f"/v2/_trust/changefeed?records={token}")
        link.send("POST", f"{tuf(GUN)}/", token)
        link.send("PATCH", f"{tuf(GUN)}/?token={token}", token)
        for value in (f"Bearer {token}x", f"bearer  {token}", token, "Bearer "):
            link.send("GET", f"{tuf(GUN)}/root.json", headers={"Authorization": value})
        basic = {"Authorization": f"Basic {CREDENTIALS}", "Cookie": f"token={token}"}
        link.send("GET", "/v2/", headers=basic)
        link.send("GET", "/v2/", headers={"Referer": f"https://a:{token}@x/?{token}"})
        with suppress(Exception):
            link.send("GET", f"http://a:{token}@host/v2/")
        link.send("GET", "/v2/", headers={"X": token * 200})
        link.send("DELETE", f"{tuf(GUN)}/", headers={})


def call_signer(port, authority, client):
    """Call the HTTPS API with what must not be logged."""
    context = ssl.create_default_context(cafile=str(authority.certificate))
    context.load_cert_chain(client["tls_client_cert"], client["tls_client_key"])
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {API_KEY}"}
    for body in ('{"payload": "%s"}', '{"gun": "g", "private": "%s"}', "%s"):
        connection = http.client.HTTPSConnection("localhost", port, context=context)
        with closing(connection):
            path = f"/v1/keys/{'0' * 64}/signatures?token={API_KEY}"
            connection.request("POST", path, body % API_KEY, headers)
            assert connection.getresponse().status in (400, 404)


def log_of_both(folder, config, authority, token):
    """Run a server and two signers, one with a wrong passphrase; return all lines."""
    trust, keys = config["trust_service"], folder / "signer"
    protocol, trust_port = trust["protocol"], int(trust["port"])
    port = int(config["server"]["http_addr"].rpartition(":")[2])
    write_config(folder, config)
    with (
        running(COMMAND, folder) as server,
        closing(Bearing(port, token=token)) as link,
    ):
        with signer(keys, authority, trust_port, protocol) as first:
            use_everything(port, token)
            server.signal(signal.SIGHUP)
            if protocol == "https":
                call_signer(trust_port, authority, trust)
        rotate = ("POST", f"{tuf(GUN)}/timestamp.key")
        assert link.send(*rotate).status == 503
        with signer(keys, authority, trust_port, protocol, WRONG) as second:
            assert link.send(*rotate).status in (200, 503)
        assert server.stop() == 0
    assert server.log
    return [*server.log, *first.log, *second.log]


def refused(folder, config):
    """Return what a server says whose password of the database is wrong."""
    write_config(folder, json.loads(config))
    lines = ended(COMMAND, folder).stderr.splitlines()
    assert "Error starting mysql driver" in "".join(lines)
    return lines


def private_keys(folder):
    """Return the encrypted keys, in the pieces that could be copied."""
    with closing(sqlite3.connect(folder / "keys.db")) as connection:
        rows = connection.execute("SELECT private FROM private_keys").fetchall()
    assert rows
    return [piece for (row,) in rows for piece in bytes(row).decode().split(".")[1:]]


def pem_lines(folder):
    """Return the lines of all private keys of the folder."""
    files = [path.read_text().splitlines() for path in folder.glob("*.key")]
    assert len(files) >= 3
    return [line for lines in files for line in lines[1:-1]]


@pytest.mark.parametrize("protocol", ["grpc", "https"])
def test_no_line_of_server_or_signer_has_a_secret(tmp_path, mysql_places, protocol):
    authority = Authority(tmp_path / "ca")
    pair = authority.issue("tokens", hosts=(), purposes=())
    trust = remote_trust(free_port(), authority) | {"protocol": protocol}
    dsn = mysql_places.server.dsn
    our_server.bootstrap(tmp_path, dsn)
    with (
        token_server(tmp_path / "tokens", free_port(), pair) as tokens,
        bugsnag(500) as peer,
    ):
        token = tokens.token(ALICE, GUN, "*")
        auth = {
            "realm": tokens.realm,
            "service": EXAMPLE["service"],
            "issuer": EXAMPLE["issuer"],
            "rootcertbundle": str(authority.certificate),
        }
        config = server_config(free_port(), dsn, trust, auth, peer.url)
        lines = log_of_both(tmp_path, config, authority, token)
    lines += refused(tmp_path, json.dumps(config).replace("p@ss", "p@sS"))
    secrets = [
        *(*token.split("."), PASSWORD, "p@sS/w:rd", ALICE.partition(":")[2]),
        *(CREDENTIALS, PASSPHRASE, WRONG),
        *private_keys(tmp_path / "signer"),
        *pem_lines(tmp_path / "ca"),
    ]
    for secret in [*secrets, API_KEY]:
        assert [line for line in lines if secret in line] == [], secret
    for secret in secrets:
        assert [body for body in peer.bodies if secret.encode() in body] == [], secret
