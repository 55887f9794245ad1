"""The changefeed: its query parameters as Go reads them, and its JSON."""

import re

from attrs import frozen

from notary.quoting import quoted
from notary.storage.store import Change
from notary.tuf import moment
from notary.web import answers, target
from notary.web.errors import InvalidParameters

DEFAULT_RECORDS = 100
MAX_RECORDS = 1000

_INTEGER = re.compile(r"[+-]?[0-9]+")


@frozen
class Selection:
    """Which changes are asked for, in the terms of ``MetadataStore.changes``."""

    limit: int
    after: int | None = None
    before: int | None = None


def selection(query: bytes) -> Selection:
    """Read ``records`` and ``change_id``; raise ``InvalidParameters``."""
    records = _records(target.parameter(query, "records"))
    change_id = _change_id(target.parameter(query, "change_id"))
    limit = min(abs(records) or DEFAULT_RECORDS, MAX_RECORDS)
    if change_id < 0 or (records < 0 and change_id == 0):
        return Selection(limit)
    if records < 0:
        return Selection(limit, before=change_id)
    return Selection(limit, after=change_id)


def document(changes: list[Change]) -> bytes:
    """Return the body of the answer, changes in the order given."""
    records = [_record(change) for change in changes]
    return answers.compact({"count": len(records), "records": records}).encode()


def _record(change: Change) -> dict[str, object]:
    return {
        "ID": str(change.id),
        "CreatedAt": moment.rfc3339(change.created_at),
        "GUN": change.gun,
        "Version": change.version,
        "SHA256": change.sha256,
        "Category": change.category,
    }


def _records(value: str | None) -> int:
    if value is None:
        return DEFAULT_RECORDS
    try:
        return _integer(value, 32)
    except ValueError as error:
        said = f"strconv.ParseInt: parsing {quoted(value)}: {error}"
        raise InvalidParameters(f"invalid records parameter: {said}") from None


def _change_id(value: str | None) -> int:
    try:
        return _integer(value, 64) if value else 0
    except ValueError:
        raise InvalidParameters({}) from None


def _integer(value: str, bits: int) -> int:
    if _INTEGER.fullmatch(value) is None:
        raise ValueError("invalid syntax")
    digits = value.lstrip("+-").lstrip("0") or "0"
    number = int(digits) if len(digits) < 20 else 2**bits
    number = -number if value.startswith("-") else number
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise ValueError("value out of range")
    return number
