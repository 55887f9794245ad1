"""An HTTPS server of key sets, which does what a test wants, and keys for it."""

import json
from pathlib import Path
from typing import Any

from attrs import define, field
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm
from OpenSSL import SSL
from twisted.internet.ssl import DefaultOpenSSLContextFactory
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from tests.certificates import Pair


def member(name: str, key: Any = None) -> dict[str, str]:
    """Return a JWK with this id, of a new key if none is given."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    return {**ECAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": name}


def key_set(*names: str) -> bytes:
    """Return a key set of new keys with these ids."""
    return json.dumps({"keys": [member(name) for name in names]}).encode()


@define
class Answers:
    """What the server answers next, and what it was asked."""

    body: bytes = b""
    code: int = 200
    headers: dict[bytes, bytes] = field(factory=dict)
    silent: bool = False
    half: bool = False
    asked: list[dict[str, str]] = field(factory=list)


class _KeySets(Resource):
    isLeaf = True  # noqa: N815 -- Twisted's name

    def __init__(self, answers: Answers) -> None:
        super().__init__()
        self.answers = answers

    def render_GET(self, request):  # noqa: N802
        given = request.requestHeaders.getAllRawHeaders()
        self.answers.asked.append({k.decode(): v[0].decode() for k, v in given})
        request.setResponseCode(self.answers.code)
        for name, value in self.answers.headers.items():
            request.setHeader(name, value)
        if self.answers.half:
            request.write(self.answers.body)
        silent = self.answers.silent or self.answers.half
        return NOT_DONE_YET if silent else self.answers.body


class Hasty:
    """The reactor, but with a clock on which everything is due much earlier."""

    def __init__(self, reactor: Any, times: float) -> None:
        self._reactor = reactor
        self._times = times

    def callLater(self, seconds, *call, **keywords):  # noqa: N802
        return self._reactor.callLater(seconds / self._times, *call, **keywords)

    def __getattr__(self, name):
        return getattr(self._reactor, name)


async def listening(reactor: Any, pair: Pair, answers: Answers, port: int = 0) -> Any:
    """Return the port of loopback that is listened on with this certificate."""
    files = (str(pair.key), str(pair.certificate))
    context = DefaultOpenSSLContextFactory(*files, SSL.TLS_SERVER_METHOD)
    site = Site(_KeySets(answers))
    site.noisy = False
    return reactor.listenSSL(port, site, context, interface="127.0.0.1")


def written(folder: Path, name: str, content: bytes) -> Path:
    """Return the file with the content."""
    path = folder / name
    path.write_bytes(content)
    return path
