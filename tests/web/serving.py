"""A real site on a loopback port, and a client that sends what it is told to."""

import http.client
import json
import socket
import ssl
from typing import Any

from attrs import define, frozen

from notary.settings.model import (
    CachingSettings,
    LimitsSettings,
    RepositoriesSettings,
    ServerSettings,
    Settings,
    StorageSettings,
    TrustServiceSettings,
)

SECONDS = 20
GUN = "example.com/app"
TUF = f"/v2/{GUN}/_trust/tuf/"
BOUNDARY = "bbbbbbbbbb"
FORM = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}


def settings(
    prefixes: tuple[str, ...] = (),
    caching: CachingSettings | None = None,
    **limits: int,
) -> Settings:
    """Return settings as they are when hardly anything is configured."""
    return Settings(
        ServerSettings("127.0.0.1:0"),
        TrustServiceSettings("local"),
        StorageSettings("memory"),
        caching=caching or CachingSettings(),
        repositories=RepositoriesSettings(prefixes),
        limits=LimitsSettings(**limits),
    )


@frozen
class Response:
    """What came back, headers by lower-case name."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        """The one error of the envelope."""
        (found,) = json.loads(self.body)["errors"]
        return found

    @property
    def code(self) -> str:
        return self.error["code"]


@define
class Client:
    """Talks to one port; every request has a connection of its own."""

    port: int
    tls: ssl.SSLContext | None = None

    def __call__(
        self, method: str, path: str, body: Any = None, headers: Any = (), **more: Any
    ) -> Response:
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.sock = self.connect()
        try:
            connection.request(method, path, body, dict(headers), **more)
            got = connection.getresponse()
            lower = {name.lower(): value for name, value in got.getheaders()}
            return Response(got.status, lower, got.read())
        finally:
            connection.close()

    def upload(self, gun: str, files: dict[str, bytes]) -> Response:
        return self("POST", f"/v2/{gun}/_trust/tuf/", form(files), FORM)

    def raw(self, data: bytes) -> bytes:
        """Send bytes and return everything until the server hangs up."""
        with self.connect() as connection:
            connection.sendall(data)
            return read_all(connection)

    def connect(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.port), SECONDS)
        if self.tls is None:
            return connection
        return self.tls.wrap_socket(connection, server_hostname="localhost")


def read_all(connection: socket.socket) -> bytes:
    """Return everything that comes until the other side hangs up."""
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def form(files: dict[str, bytes]) -> bytes:
    """Return the body that the real client makes."""
    return (
        b"".join(
            part(f'form-data; name="files"; filename="{role}"', data)
            for role, data in files.items()
        )
        + f"--{BOUNDARY}--\r\n".encode()
    )


def part(disposition: str, data: bytes, more: str = "") -> bytes:
    """Return one part, delimiter first; ``more`` is further header lines."""
    head = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n{more}\r\n"
    return head.encode("utf-8", "surrogateescape") + data + b"\r\n"
