"""A client of the HTTPS API that accepts no answer but those of its document."""

import http.client
import json
import ssl
from typing import Any

from attrs import define, frozen

from tests.signer.api import document

SECONDS = 20
JSON = {"Content-Type": "application/json"}
# What has no place with an operation: another path or method, and large bodies.
_OTHERWISE = {
    400: "InvalidRequest",
    403: "ClientCertificate",
    404: "NotFound",
    405: "MethodNotAllowed",
    413: "TooLarge",
}


@frozen
class Answer:
    """What came back, headers by lower-case name; ``code`` is empty for a success."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return self.json["error"]["code"] if self.status >= 400 else ""

    @property
    def message(self) -> str:
        return self.json["error"]["message"]


@define
class Client:
    """Talks to one port, over TLS with a context; a connection for each request."""

    port: int
    context: ssl.SSLContext | None = None

    def __call__(
        self, method: str, path: str, body: Any = None, headers: Any = None
    ) -> Answer:
        """Return the answer; anything but bytes is sent as JSON."""
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if headers is None:
            headers = JSON if body is not None else {}
        connection = self.connection()
        try:
            connection.request(method, path, body, headers)
            got = connection.getresponse()
            lower = {name.lower(): value for name, value in got.getheaders()}
            answer = Answer(got.status, lower, got.read())
        finally:
            connection.close()
        if method != "HEAD":
            _check(method, path, answer)
        return answer

    def connection(self) -> http.client.HTTPConnection:
        """Return a connection that nothing is sent over yet."""
        if self.context is None:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        return http.client.HTTPSConnection(
            "localhost", self.port, timeout=SECONDS, context=self.context
        )


def _check(method: str, path: str, answer: Answer) -> None:
    name = document.operation_of(method, path)
    responses = document.operations()[name]["responses"] if name else {}
    described = responses.get(str(answer.status))
    if described is None or answer.code not in document.codes(described):
        assert name is None or answer.status == 413, (method, path, answer)
        common = document.DOCUMENT["components"]["responses"]
        described = common[_OTHERWISE[answer.status]]
        assert answer.code in document.codes(described)
    document.check_response(described, answer.headers, answer.body)
