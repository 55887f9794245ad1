"""The operations of the API: each takes a request and returns its answer.

A handler checks what only HTTP knows, calls one workflow, and says the result in
HTTP. It raises the errors of ``notary.web.errors`` for everything else.
"""

import base64
import unicodedata
from collections.abc import Coroutine
from functools import partial
from typing import Any

from attrs import frozen
from twisted.logger import Logger
from twisted.web.server import Request

from notary.server import online_keys, publish, serve
from notary.server.service import MetadataNotFound, Service
from notary.settings.model import LimitsSettings
from notary.storage.store import StoredFile
from notary.tuf import names
from notary.tuf.keys import PublicKey
from notary.web import answers, caching, changefeed, converters, upload
from notary.web.answers import Answer
from notary.web.caching import Policy
from notary.web.eagerly import Later
from notary.web.errors import InvalidGUN
from notary.web.status import Door

MAX_GUN_BYTES = 255

_HERE = answers.text(b"{}")

log = Logger(namespace="notary.web")


@frozen(kw_only=True)
class Edge(Door):
    """What the handlers work with: the service, and how answers are to be given."""

    service: Service
    limits: LimitsSettings
    current: Policy
    consistent: Policy


async def ping(edge: Edge, request: Request) -> Answer:
    """Tell clients that this is a trust server."""
    return ping_at_once(edge, request)


def ping_at_once(_edge: Edge, _request: Request) -> Answer:
    """Return that answer without waiting for anything."""
    return _HERE


async def update(edge: Edge, request: Request, gun: str) -> Answer:
    """Publish what was uploaded."""
    _require_storable(gun)
    content_type = request.requestHeaders.getRawHeaders(b"Content-Type", [b""])
    body = request.content.read() if request.content is not None else b""
    read = partial(upload.read, content_type[0], body, edge.limits)
    uploads = await edge.service.aside.do(len(body), read)
    published = await publish.publish(edge.service, gun, uploads)
    edge.status.observer.published()
    log.info(
        "updated {gun} to timestamp version {version}, checksum {sha256}",
        gun=gun,
        version=published.version,
        sha256=published.sha256,
    )
    return answers.EMPTY


async def current(edge: Edge, request: Request, gun: str, role: str) -> Answer:
    """Return the newest metadata of a role."""
    _require_readable(gun, role)
    stored = await serve.current(edge.service, gun, role)
    return _metadata(request, stored, edge.current)


def current_later(edge: Edge, request: Request, gun: str, role: str) -> Later[Answer]:
    """Return what ``current`` does, once the newest timestamp is known."""
    _require_readable(gun, role)
    newest = edge.service.files.newest_checksum(gun)
    return Later(newest, partial(_as_of, edge, request, gun, role))


def _as_of(
    edge: Edge, request: Request, gun: str, role: str, newest: str | None
) -> Answer | Coroutine[Any, Any, Answer]:
    stored = serve.at_hand(edge.service, gun, role, newest)
    if stored is not None:
        return _metadata(request, stored, edge.current)
    return _found_as_of(edge, request, gun, role, newest)


async def _found_as_of(
    edge: Edge, request: Request, gun: str, role: str, newest: str | None
) -> Answer:
    stored = await serve.as_of(edge.service, gun, role, newest)
    return _metadata(request, stored, edge.current)


async def by_checksum(
    edge: Edge, request: Request, gun: str, role: str, checksum: str
) -> Answer:
    """Return the metadata with this SHA-256."""
    _require_readable(gun, role)
    stored = await serve.by_checksum(edge.service, gun, role, checksum)
    return _metadata(request, stored, edge.consistent)


def by_checksum_at_once(
    edge: Edge, request: Request, gun: str, role: str, checksum: str
) -> Answer | None:
    """Return what ``by_checksum`` does, if the file is in memory and surely stored."""
    _require_readable(gun, role)
    known = edge.service.files.known(gun, role, checksum)
    if known is None:
        return None
    return _metadata(request, known.file, edge.consistent)


async def by_version(
    edge: Edge, request: Request, gun: str, role: str, version: str
) -> Answer:
    """Return the metadata with this version."""
    number = converters.version_number(version)
    _require_readable(gun, role)
    stored = await serve.by_version(edge.service, gun, role, number)
    return _metadata(request, stored, edge.consistent)


async def get_key(edge: Edge, _request: Request, gun: str, role: str) -> Answer:
    """Return the public key with which the server signs a role."""
    _require_storable(gun)
    return _key(await online_keys.get_key(edge.service, gun, role))


async def rotate_key(edge: Edge, _request: Request, gun: str, role: str) -> Answer:
    """Return the public key with which the server is to sign a role from now on."""
    _require_storable(gun)
    return _key(await online_keys.rotate_key(edge.service, gun, role))


async def delete(edge: Edge, _request: Request, gun: str) -> Answer:
    """Remove a repository; removing none succeeds."""
    if not gun_problem(gun) and await edge.service.delete(gun):
        edge.status.observer.deleted()
        log.info("trust data deleted for {gun}", gun=gun)
    return answers.EMPTY


async def changes(edge: Edge, request: Request, gun: str | None = None) -> Answer:
    """Return the changes of one repository, or of all."""
    wanted = changefeed.selection(request.uri.partition(b"?")[2])
    if gun is not None and gun_problem(gun):
        return answers.text(changefeed.document([]))
    found = await edge.service.store.changes(
        gun, wanted.limit, after=wanted.after, before=wanted.before
    )
    return answers.text(changefeed.document(found))


def gun_problem(gun: str) -> str:
    """Say why nothing can be stored under this GUN; empty if something can."""
    if len(gun.encode()) > MAX_GUN_BYTES:
        return f"The name is longer than {MAX_GUN_BYTES} bytes"
    if not gun.isprintable() and any(map(_is_control, gun)):
        return "The name is not valid UTF-8 or contains control characters"
    return ""


def _is_control(character: str) -> bool:
    return unicodedata.category(character) == "Cc"


def _require_storable(gun: str) -> None:
    problem = gun_problem(gun)
    if problem:
        raise InvalidGUN(problem)


def _require_readable(gun: str, role: str) -> None:
    if gun_problem(gun) or not names.is_role(role):
        raise MetadataNotFound


def _metadata(request: Request, stored: StoredFile, policy: Policy) -> Answer:
    return caching.answer(request.requestHeaders, stored, policy)


def _key(key: PublicKey) -> Answer:
    public = None
    if key.public is not None:
        public = base64.b64encode(key.public).decode("ascii")
    # The order of Go's struct, which is not that of the canonical form.
    content = {"keytype": key.keytype, "keyval": {"public": public, "private": None}}
    return answers.text(answers.compact(content).encode())
