"""Publications to store, and how to let many run at once."""

import hashlib
from collections.abc import Coroutine, Iterable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from hypothesis import HealthCheck
from twisted.internet.defer import Deferred, DeferredList

from notary.storage.store import NewFile

NOW = datetime(2026, 11, 22, 10, 50, 3, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 11, 0, 0, tzinfo=UTC)
GUN = "example.com/app"

HOSTILE = ["\ud800", "a\0b", "x" * 256, ""]
LOOK_ALIKES = [
    ("a", "A"),
    ("a", "a "),
    ("a", "a/b"),
    ("cafe", "caf\u00e9"),
    ("caf\u00e9", "cafe\u0301"),
    ("a", "%"),
    ("a", "_"),
]

SHARED_BY_SUBCLASSES = [
    HealthCheck.function_scoped_fixture,
    HealthCheck.differing_executors,
]

names = count()


def new(role: str, version: int, data: bytes = b"") -> NewFile:
    """Return a file whose content is its own unless it is given."""
    data = data or f"{role} {version}".encode()
    return NewFile(role, version, data, hashlib.sha256(data).hexdigest())


def publication(version: int, mark: str = "") -> list[NewFile]:
    """Return a publish of targets, snapshot and timestamp in one version."""
    return [
        new(role, version, f"{role} {version} {mark}".encode())
        for role in ("targets", "snapshot", "timestamp")
    ]


async def outcomes(coroutines: Iterable[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Run all at once; return the result or the exception of each."""
    deferreds = [Deferred.fromCoroutine(each) for each in coroutines]
    results = await DeferredList(deferreds, consumeErrors=True)
    return [result if ok else result.value for ok, result in results]
