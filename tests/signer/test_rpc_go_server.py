"""A real Go server that has its keys at our signer."""

import json
import ssl
import urllib.request

import pytest

from notary.signing.local import LocalSigner
from notary.storage.sql_keys import SQLKeyStore
from tests.gopeers import go_server, remote_trust
from tests.recorded_keys import PASSPHRASES

GUN = "example.com/app"


@pytest.fixture
def signer(open_mysql_keys, now):
    return LocalSigner(SQLKeyStore(open_mysql_keys()), PASSPHRASES, now)


def test_it_has_its_keys_made_and_kept_here(
    tmp_path, serve, signer, authority, mysql_places
):
    served = serve(signer)
    trust = remote_trust(served.port, authority)
    url = mysql_places.server.plain().dsn
    with go_server(tmp_path, url, trust, authority.issue("go-server")) as server:
        ask = _asking(server.url, authority)
        timestamp = ask("GET", f"/v2/{GUN}/_trust/tuf/timestamp.key")
        snapshot = ask("GET", f"/v2/{GUN}/_trust/tuf/snapshot.key")
        again = ask("GET", f"/v2/{GUN}/_trust/tuf/timestamp.key")
    assert timestamp["keytype"] == snapshot["keytype"] == "ecdsa"
    assert timestamp["keyval"]["public"] == again["keyval"]["public"]
    assert timestamp != snapshot


def _asking(base, authority):
    trusted = ssl.create_default_context(cafile=authority.certificate)

    def ask(method, path):
        request = urllib.request.Request(base + path, method=method)
        with urllib.request.urlopen(request, timeout=20, context=trusted) as answer:
            return json.load(answer)

    return ask
