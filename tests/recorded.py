"""What was recorded from the Go server: requests, answers, and when they were made.

``tests/data/recorded`` holds the vectors of the contract unchanged.
"""

import base64
import email.utils
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import field, frozen
from cryptography import x509

DATA = Path(__file__).parent / "data" / "recorded"

_PART = re.compile(rb'; filename="([^"]+)"\r\n.*?\r\n\r\n(.*)\Z', re.DOTALL)


@frozen
class Exchange:
    """One recorded request and the Go server's answer; ``status`` 0 is a crash."""

    name: str
    is_setup: bool
    method: str
    url: str
    request_headers: list[tuple[str, str]]
    request_body: bytes | None = field(repr=False)
    when: datetime | None
    status: int
    headers: dict[str, str]
    body: bytes = field(repr=False)

    @property
    def gun(self) -> str:
        """The GUN of the request's path."""
        return self.url.removeprefix("/v2/").partition("/_trust/")[0]

    @property
    def is_publish(self) -> bool:
        """Whether this uploads metadata."""
        return self.method == "POST" and self.url.endswith("/_trust/tuf/")

    def uploaded(self) -> dict[str, bytes]:
        """Return the files of a well-formed upload by role."""
        header = dict(self.request_headers)["Content-Type"]
        boundary = header.partition("boundary=")[2].encode()
        parts = (self.request_body or b"").split(b"--" + boundary)[1:-1]
        matches = (_PART.search(part.removesuffix(b"\r\n")) for part in parts)
        return {match[1].decode(): match[2] for match in matches if match}


def golib(name: str) -> list[dict[str, Any]]:
    """Return recorded outputs of Go's own libraries."""
    found: list[dict[str, Any]] = json.loads((DATA / "golib" / name).read_text())
    return found


def histories() -> list[str]:
    """Return the names of the recorded histories of real clients."""
    return sorted(path.parent.name for path in DATA.glob("histories/*/index.json"))


def history(name: str) -> list[Exchange]:
    """Return all exchanges of a history in order."""
    folder = DATA / "histories" / name
    index = json.loads((folder / "index.json").read_text())
    return [_exchange(item, lambda n: _file(folder, n)) for item in index["exchanges"]]


def probes(name: str) -> list[Exchange]:
    """Return all probes of a set in order, those that only set the scene included."""
    index = json.loads((DATA / "probes" / f"{name}.json").read_text())
    bodies = index["bodies"]
    return [_exchange(item, lambda b: _body(b, bodies)) for item in index["probes"]]


def auth_info() -> dict[str, Any]:
    """Return the libtrust ids of the recorded token keys, and the configuration."""
    found: dict[str, Any] = json.loads((DATA / "auth" / "info.json").read_text())
    return found


def auth_certificate(name: str) -> x509.Certificate:
    """Return one of the recorded certificates for tokens."""
    pem = (DATA / "auth" / f"{name}.crt").read_bytes()
    return x509.load_pem_x509_certificate(pem)


def publishes(exchanges: list[Exchange]) -> Iterator[Exchange]:
    """Yield those exchanges that upload metadata."""
    return (item for item in exchanges if item.is_publish)


def _exchange(item: dict[str, Any], body: Any) -> Exchange:
    answered = {name.lower(): value for name, value in item["response_headers"]}
    asked = item["request_headers"]
    return Exchange(
        item.get("name") or item["step"],
        item.get("setup", False),
        item["method"],
        item["url"],
        list(asked.items()) if isinstance(asked, dict) else [tuple(x) for x in asked],
        body(item["request_body"]),
        _date(answered.get("date")),
        item["status"],
        answered,
        body(item["response_body"]) or b"",
    )


def _date(text: str | None) -> datetime | None:
    return None if text is None else email.utils.parsedate_to_datetime(text)


def _file(folder: Path, name: str | None) -> bytes | None:
    return None if name is None else (folder / name).read_bytes()


def _body(value: dict[str, Any] | None, bodies: dict[str, Any]) -> bytes | None:
    if value is None or "omitted" in value:
        return None
    if "text" in value:
        return str(value["text"]).encode()
    found = bodies[value["ref"]]
    return found.encode() if isinstance(found, str) else base64.b64decode(found["b64"])
