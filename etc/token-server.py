#!/usr/bin/env python3
"""A token server for a LAB: it shows what a registry's token server does, in one file.

    token-server.py CONFIG.json          serve tokens
    token-server.py --password           read a password, print what stands for it

It answers GET /auth/token?service=S&scope=repository:NAME:ACTIONS&account=USER, asked
with Basic authentication or without any, with a token that holds those of the wanted
actions that the configuration allows. Missing for more than a lab: a limit of attempts,
a directory of users, a log of who was given what.
"""

import base64
import fnmatch
import hashlib
import hmac
import json
import secrets
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from getpass import getpass
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from klein import Klein
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import serverFromString
from twisted.internet.interfaces import IReactorCore
from twisted.internet.task import react
from twisted.web.server import Request, Site

MAX_SCOPES = 20
SCRYPT = {"n": 2**14, "r": 8, "p": 1}


def hashed(password: str, salt: bytes) -> str:
    """Return ``salt$hash`` in hexadecimal digits."""
    key = hashlib.scrypt(password.encode(), salt=salt, **SCRYPT)
    return f"{salt.hex()}${key.hex()}"


class Users:
    """Who they are, and what each may do.

    In the rights the user ``*`` is everybody, also without authentication. ``name`` is
    a pattern of the shell, whose ``*`` goes across slashes.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self._passwords: dict[str, str] = config["users"]
        self._rights: list[dict[str, Any]] = config["rights"]
        self._nobody = hashed(secrets.token_hex(), secrets.token_bytes(16))

    def check(self, name: str, password: str) -> bool:
        """Tell whether the password is the user's, in the same time for every name."""
        expected = self._passwords.get(name, self._nobody)
        salt = bytes.fromhex(expected.partition("$")[0])
        return hmac.compare_digest(hashed(password, salt), expected)

    def allowed(self, user: str, kind: str, name: str, actions: list[str]) -> list[str]:
        """Return those of the actions that some right of the user gives."""
        given = {
            action
            for right in self._rights
            if right["user"] in (user, "*")
            and right.get("type", "repository") == kind
            and fnmatch.fnmatchcase(name, right["name"])
            for action in right["actions"]
        }
        return [action for action in actions if action in given or "*" in given]


class Signer:
    """Makes tokens: ES256, with the certificate in ``x5c`` or the id of the key."""

    def __init__(self, config: dict[str, Any], folder: Path) -> None:
        self._issuer = config["issuer"]
        self._seconds = config.get("seconds", 300)
        self._key = load_pem_private_key((folder / config["key"]).read_bytes(), None)
        if "kid" in config:
            self._header = {"kid": config["kid"]}
        else:
            chain = x509.load_pem_x509_certificates(
                (folder / config["certificate"]).read_bytes()
            )
            encoded = (each.public_bytes(Encoding.DER) for each in chain)
            self._header = {"x5c": [base64.b64encode(der).decode() for der in encoded]}

    def token(
        self, user: str, service: str, access: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Return the answer for a client that may do what is in ``access``."""
        now = int(time.time())
        claims = {
            "iss": self._issuer,
            "sub": user,
            "aud": service,
            "exp": now + self._seconds,
            "nbf": now - 10,
            "iat": now,
            "jti": secrets.token_hex(16),
            "access": access,
        }
        token = jwt.encode(claims, self._key, "ES256", self._header)
        issued = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {
            "token": token,
            "access_token": token,
            "expires_in": self._seconds,
            "issued_at": issued,
        }


def scopes(asked: list[str]) -> Iterator[tuple[str, str, list[str]]]:
    """Yield type, name and actions of every scope; names may have colons themselves."""
    for scope in " ".join(asked).split()[:MAX_SCOPES]:
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        if kind and name and actions:
            yield kind, name, actions.split(",")


def refused(request: Request, status: int, reason: str) -> bytes:
    """Answer with a status and a reason, as registries do."""
    request.setResponseCode(status)
    if status == 401:
        request.setHeader(b"WWW-Authenticate", b'Basic realm="token server"')
    return json.dumps({"details": reason}).encode()


class Answers:
    """What requests are answered with."""

    def __init__(self, config: dict[str, Any], folder: Path) -> None:
        self._service: str = config["service"]
        self._users = Users(config)
        self._signer = Signer(config, folder)

    def token(self, request: Request) -> bytes:
        """Return a token for the user, or for nobody in particular."""
        request.setHeader(b"Content-Type", b"application/json")
        if _arguments(request, b"service")[:1] != [self._service]:
            return refused(request, 400, "this service is not known here")
        user = ""
        if request.getHeader(b"Authorization") is not None:
            user = request.getUser().decode("utf-8", "replace")
            password = request.getPassword().decode("utf-8", "replace")
            if not self._users.check(user, password):
                return refused(request, 401, "wrong user or password")
        access = [
            {"type": kind, "name": name, "actions": allowed}
            for kind, name, actions in scopes(_arguments(request, b"scope"))
            if (allowed := self._users.allowed(user, kind, name, actions))
        ]
        answer = self._signer.token(user, self._service, access)
        return json.dumps(answer).encode()


def _arguments(request: Request, name: bytes) -> list[str]:
    return [each.decode("utf-8", "replace") for each in request.args.get(name, [])]


async def serve(reactor: IReactorCore, config: dict[str, Any], folder: Path) -> None:
    """Serve what the configuration describes, until the process is ended."""
    app = Klein()
    app.route("/auth/token", methods=["GET"])(Answers(config, folder).token)
    listening = serverFromString(reactor, config["listen"])
    await listening.listen(Site(app.resource()))
    sys.stderr.write(f"Starting on {config['listen']}\n")
    await Deferred()


def main(arguments: list[str]) -> None:
    """Serve, or print what stands for a password."""
    if arguments == ["--password"]:
        read = getpass() if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")
        sys.stdout.write(hashed(read, secrets.token_bytes(16)) + "\n")
    elif len(arguments) == 1:
        path = Path(arguments[0])
        config = json.loads(path.read_text())
        react(
            lambda reactor: Deferred.fromCoroutine(serve(reactor, config, path.parent))
        )
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
