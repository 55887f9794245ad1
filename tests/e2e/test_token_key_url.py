"""A key set behind an https URL that is away when our server starts, then comes."""

import json
import ssl
import subprocess
import urllib.error
import urllib.request

from cryptography.hazmat.primitives.serialization import load_pem_private_key
from twisted.internet.defer import maybeDeferred

from tests.auth.key_server import Answers, listening, member
from tests.certificates import Authority
from tests.running import COMMAND, LIMIT_SECONDS, environment, free_port
from tests.token_server import BOB, guarded_server, token_server

GUN = "example.com/app"


def status(port: int, authority: Authority, token: str) -> int:
    """Return what is answered to a reader: 404 if the token is good."""
    request = urllib.request.Request(
        f"https://localhost:{port}/v2/{GUN}/_trust/tuf/root.json",
        headers={"Authorization": f"Bearer {token}"},
    )
    context = ssl.create_default_context(cafile=authority.certificate)
    try:
        with urllib.request.urlopen(request, context=context, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_tokens_are_accepted_as_soon_as_their_key_can_be_fetched(
    tmp_path, run, reactor_thread
):
    authority = Authority(tmp_path / "certificates")
    signing, web = authority.issue("tokens"), authority.issue("keys")
    key = load_pem_private_key(signing.key.read_bytes(), None)
    port, key_port = free_port(), free_port()
    answers = Answers(json.dumps({"keys": [member("2026", key)]}).encode())
    with token_server(tmp_path / "t", free_port(), signing, kid="2026") as tokens:
        options = {
            "realm": tokens.realm,
            "jwks": f"https://localhost:{key_port}/keys",
            "jwks_ca_file": str(authority.certificate),
        }
        token = tokens.token(BOB, GUN, "pull")
        with guarded_server(tmp_path / "server", port, authority, options) as server:
            server.wait_for("cannot be fetched")
            assert status(port, authority, token) == 401
            server.wait_for("key: expected")
            opened = run(listening(reactor_thread, web, answers, key_port))
            server.wait_for("was fetched: 0 certificates and a key set of 1")
            assert status(port, authority, token) == 404
            explained = explain(tmp_path / "server", token)
            assert explained.splitlines()[-1] == "The token is accepted."
            run(stop(opened))
            assert status(port, authority, token) == 404
            explained = explain(tmp_path / "server", token)
            assert "the key set of issuer lab token server is missing" in explained
            assert token not in "".join(server.log) + explained


async def stop(listening_port):
    await maybeDeferred(listening_port.stopListening)


def explain(folder, token: str) -> str:
    """Return what the command says of a token for reading."""
    arguments = ["-config", "config.json", "-explain-token", "-gun", GUN]
    done = subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env=environment(),
        input=token,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    return done.stdout
