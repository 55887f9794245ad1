"""After a load: is stored what was acknowledged, as a whole, once, and nothing else?"""

import hashlib
import json
from base64 import b64decode
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from tests.load_link import Link, tuf
from tests.load_record import Attempt, Outcome

if TYPE_CHECKING:
    from tests.load import Load

_RECORDS = 1000
_BEYOND = 10


@frozen
class History:
    """All that is stored of a repository: the files of each role, by version."""

    gun: str
    targets: dict[int, bytes]
    snapshots: dict[int, bytes]
    timestamps: dict[int, bytes]


def verify(load: "Load", link: Link) -> dict[str, int]:
    """Check everything through one server; return how many of which outcome."""
    record = load.record
    assert not record.faults, record.faults[:5]
    for repository in load.repositories:
        gun = repository.gun
        check_history(load, fetch_history(link, gun), changes(link, gun))
    check_all_changes(link, [repository.gun for repository in load.repositories])
    return record.counts()


def check_history(
    load: "Load", history: History, records: Sequence[dict[str, Any]]
) -> None:
    """Check what is stored of one repository, and its changefeed."""
    attempts = [one for one in load.record.attempts if one.gun == history.gun]
    check_attempts(history, attempts, strict=load.strict)
    check_chain(history)
    check_changefeed(history, records)


def fetch_history(link: Link, gun: str) -> History:
    """Return everything that is stored, current or not."""
    roles = ("targets", "snapshot", "timestamp")
    return History(gun, *(_versions(link, gun, role) for role in roles))


def check_attempts(
    history: History, attempts: Sequence[Attempt], *, strict: bool
) -> None:
    """Check that each is stored or not, as its publisher was told."""
    written = defaultdict(list)
    for attempt in attempts:
        stored = history.targets.get(attempt.version)
        if stored == attempt.data:
            written[attempt.version].append(attempt)
        if attempt.outcome is Outcome.DONE:
            assert stored == attempt.data, f"lost: {attempt}"
        if attempt.outcome is Outcome.REFUSED:
            assert stored != attempt.data, f"refused, but stored: {attempt}"
            assert stored or not strict, f"refused for no reason: {attempt}"
    for version in history.targets:
        if version > 1:
            assert len(written[version]) == 1, (history.gun, version, written[version])


def check_chain(history: History) -> None:
    """Check that timestamps lead to the snapshots and targets in their order."""
    gun = history.gun
    assert list(history.timestamps) == list(range(1, len(history.timestamps) + 1)), gun
    snapshots = [_listed(data, "snapshot") for data in history.timestamps.values()]
    _check_order(snapshots, history.snapshots, gun)
    targets = [_listed(data, "targets") for data in history.snapshots.values()]
    _check_order(targets, history.targets, gun)


def _check_order(listed: Sequence[str], files: dict[int, bytes], gun: str) -> None:
    """Check that all files are listed, the older before the newer."""
    hashes = [_sha256(data) for data in files.values()]
    assert list(dict.fromkeys(listed)) == hashes, gun
    assert list(listed) == sorted(listed, key=hashes.index), gun


def check_changefeed(history: History, records: Sequence[dict[str, Any]]) -> None:
    """Check that there is exactly one update for each timestamp."""
    listed = sorted((record["Version"], record["SHA256"]) for record in records)
    stored = [(version, _sha256(data)) for version, data in history.timestamps.items()]
    assert listed == stored, history.gun
    assert {record["Category"] for record in records} <= {"update"}, history.gun


def check_all_changes(link: Link, guns: Sequence[str]) -> None:
    """Check that the changefeed of all has what those of the repositories have."""
    everything = [record for record in changes(link) if record["GUN"] in guns]
    each = [record for gun in guns for record in changes(link, gun)]
    assert everything == sorted(each, key=lambda record: int(record["ID"]))


def changes(link: Link, gun: str | None = None) -> list[dict[str, Any]]:
    """Return the whole changefeed of one repository or of all, oldest first."""
    path = f"/v2/{gun}/_trust/changefeed" if gun else "/v2/_trust/changefeed"
    found: list[dict[str, Any]] = []
    while True:
        last = found[-1]["ID"] if found else 0
        answer = link.get(f"{path}?records={_RECORDS}&change_id={last}")
        assert answer.status == 200, answer
        records = json.loads(answer.body)["records"]
        found += records
        if len(records) < _RECORDS:
            return found


def _versions(link: Link, gun: str, role: str) -> dict[int, bytes]:
    """Return what is stored up to the current version, and what hides above it."""
    current = link.get(f"{tuf(gun)}/{role}.json")
    assert current.status in (200, 404), current
    exists = current.status == 200
    newest = json.loads(current.body)["signed"]["version"] if exists else 0
    found: dict[int, bytes] = {}
    for version in range(1, newest + 1 + _BEYOND):
        answer = link.get(f"{tuf(gun)}/{version}.{role}.json")
        assert answer.status in (200, 404), answer
        if answer.status == 200:
            found[version] = answer.body
    return found


def _listed(data: bytes, role: str) -> str:
    """Return the hash under which a snapshot or timestamp lists a role."""
    meta = json.loads(data)["signed"]["meta"][role]
    return b64decode(meta["hashes"]["sha256"]).hex()


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
