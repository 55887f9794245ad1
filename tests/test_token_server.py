"""The example of a token server in ``etc/``: who gets what kind of token."""

import base64
import json
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import jwt
import pytest
from cryptography.x509 import load_der_x509_certificate, load_pem_x509_certificate

from tests.certificates import Authority
from tests.running import PROJECT, free_port
from tests.token_server import ALICE, BOB, EXAMPLE, token_server

GUN = "example.com/team/app"


@pytest.fixture(scope="module")
def signing(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority")).issue("tokens")


@pytest.fixture(scope="module")
def tokens(tmp_path_factory, signing):
    folder = tmp_path_factory.mktemp("tokens") / "server"
    with token_server(folder, free_port(), signing) as server:
        yield server


def claims(token, signing):
    """Return what a token says, its signature checked."""
    certificate = load_pem_x509_certificate(signing.certificate.read_bytes())
    key = certificate.public_key()
    return jwt.decode(token, key, ["ES256"], audience=EXAMPLE["service"])


def refusal(url, **headers):
    request = urllib.request.Request(url, headers=headers)
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=20)
    with caught.value as error:
        return error.code


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ((ALICE, GUN, "push,pull"), ["push", "pull"]),
        ((ALICE, GUN, "*"), ["*"]),
        ((BOB, GUN, "push,pull"), ["pull"]),
        ((BOB, GUN, "*"), []),
        (("", GUN, "pull"), []),
        (("", "example.com/public/app", "push,pull"), ["pull"]),
        ((ALICE, "example.org/app", "pull"), []),
        ((ALICE, "example.com:5000/app", "pull"), []),
    ],
)
def test_everybody_gets_those_of_the_wanted_actions_that_are_theirs(
    asked, granted, tokens, signing
):
    credentials, gun, _ = asked
    said = claims(tokens.token(*asked), signing)
    access = [{"type": "repository", "name": gun, "actions": granted}]
    assert said["access"] == (access if granted else [])
    assert said["sub"] == credentials.partition(":")[0]
    assert said["iss"] == EXAMPLE["issuer"]
    assert said["exp"] - said["iat"] == EXAMPLE["seconds"]


def test_the_answer_is_what_registries_clients_expect(tokens, signing):
    query = [
        ("service", EXAMPLE["service"]),
        ("scope", "repository:example.com/public/a:pull"),
        ("scope", "repository:example.com/public/b:pull registry:catalog:*"),
    ]
    url = f"{tokens.realm}?{urllib.parse.urlencode(query)}"
    with urllib.request.urlopen(url, timeout=20) as answer:
        said = json.load(answer)
        assert answer.headers["Content-Type"] == "application/json"
    assert said["token"] == said["access_token"]
    assert said["expires_in"] == EXAMPLE["seconds"]
    assert said["issued_at"].endswith("Z")
    names = [item["name"] for item in claims(said["token"], signing)["access"]]
    assert names == ["example.com/public/a", "example.com/public/b"]
    (encoded,) = jwt.get_unverified_header(said["token"])["x5c"]
    certificate = load_der_x509_certificate(base64.b64decode(encoded))
    assert certificate.subject.rfc4514_string() == "CN=tokens"


@pytest.mark.parametrize(
    ("query", "headers", "code"),
    [
        ("service=other", {}, 400),
        ("", {}, 400),
        ("service=notary", {"Authorization": "Basic YWxpY2U6d3Jvbmc="}, 401),
        ("service=notary", {"Authorization": "Basic ZXZlOmFsaWNlLXBhc3N3b3Jk"}, 401),
        ("service=notary", {"Authorization": "Basic"}, 401),
        ("service=notary", {"Authorization": "Bearer x"}, 401),
        ("service=notary", {"Authorization": "Basic !!!"}, 401),
    ],
)
def test_who_is_not_who_they_say_gets_no_token(query, headers, code, tokens):
    assert refusal(f"{tokens.realm}?{query}", **headers) == code


def test_a_password_is_hashed_for_the_configuration():
    program = PROJECT / "etc" / "token-server.py"
    done = subprocess.run(
        [sys.executable, str(program), "--password"],
        input="a password\n",
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    salt, _, digest = done.stdout.strip().partition("$")
    assert (len(salt), len(digest)) == (32, 128)
