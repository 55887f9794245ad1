"""A kept connection to one server, and repositories that are published to by it."""

import base64
import http.client
import json
import ssl
from datetime import UTC, datetime, timedelta
from typing import Any

from attrs import define, field, frozen

from notary.tuf.keys import PublicKey
from tests.publisher import Publisher, meta, sign, targets, x509_key
from tests.web.serving import FORM, Response, form

SECONDS = 30.0
FAR = datetime(2036, 11, 19, tzinfo=UTC)


class Unreachable(Exception):
    """The connection failed, or nothing came in time: the outcome is not known."""


@define
class Link:
    """One client's connection to the server on a port of loopback."""

    port: int
    seconds: float = SECONDS
    tls: ssl.SSLContext | None = None
    token: str = field(default="", repr=False)
    _connection: http.client.HTTPConnection | None = field(default=None, init=False)

    def get(self, path: str) -> Response:
        """Return the answer; raise ``Unreachable``."""
        was_idle = self._connection is not None
        try:
            return self.send("GET", path)
        except Unreachable:
            # A server may close what nobody used for a while.
            if not was_idle:
                raise
            return self.send("GET", path)

    def upload(self, gun: str, files: dict[str, bytes]) -> Response:
        """Publish files, by role; raise ``Unreachable``."""
        return self.send("POST", f"{tuf(gun)}/", form(files), FORM)

    def send(
        self, method: str, path: str, body: Any = None, headers: Any = ()
    ) -> Response:
        """Return the answer to any request; raise ``Unreachable``."""
        if self._connection is None:
            self._connection = self._opened()
        sent = dict(headers)
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        try:
            self._connection.request(method, path, body, sent)
            got = self._connection.getresponse()
            lower = {name.lower(): value for name, value in got.getheaders()}
            return Response(got.status, lower, got.read())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable(f"{method} {path}: {type(error).__name__}") from None

    def _opened(self) -> http.client.HTTPConnection:
        if self.tls is None:
            return http.client.HTTPConnection(
                "127.0.0.1", self.port, timeout=self.seconds
            )
        return http.client.HTTPSConnection(
            "localhost", self.port, timeout=self.seconds, context=self.tls
        )

    def close(self) -> None:
        """Give up the connection; the next request makes another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


@frozen
class Repository:
    """A repository, whose snapshot and timestamp the server signs."""

    owner: Publisher

    @property
    def gun(self) -> str:
        return self.owner.gun

    def targets(self, version: int, name: str) -> bytes:
        """Return a targets file that differs from those of every other name."""
        listed = {name: meta(name.encode())}
        return sign(targets(version, targets=listed), self.owner.targets_key)


def tuf(gun: str) -> str:
    """Return where the metadata of a repository is."""
    return f"/v2/{gun}/_trust/tuf"


def new_repository(link: Link, gun: str) -> Repository:
    """Return what its owner has made, with the server's keys, but not published."""
    old = datetime.now(UTC) - timedelta(days=365)
    keys = (online_key(link, gun, role) for role in ("timestamp", "snapshot"))
    root_key = x509_key(gun, not_before=old, not_after=FAR)
    return Repository(Publisher(gun, *keys, root_key=root_key))


def create_repository(link: Link, gun: str) -> Repository:
    """Return a repository after its first publish."""
    repository = new_repository(link, gun)
    answer = link.upload(gun, repository.owner.first_publish())
    assert answer.status == 200, answer
    return repository


def online_key(link: Link, gun: str, role: str, method: str = "GET") -> PublicKey:
    """Return the server's key of a role; with ``POST`` another than before."""
    answer = link.send(method, f"{tuf(gun)}/{role}.key")
    assert answer.status == 200, answer
    said = json.loads(answer.body)
    return PublicKey(said["keytype"], base64.b64decode(said["keyval"]["public"]))
