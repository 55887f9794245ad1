"""Points in time as Go's encoding/json reads and writes them (RFC 3339).

Python's ``datetime`` holds neither nanoseconds nor the year 0 nor an offset of
24 hours, all of which occur in valid metadata.
"""

import re
from datetime import UTC, date, datetime, timedelta

from attrs import frozen

_RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d{1,2}):(\d\d):(\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)
_CYCLE_YEARS, _CYCLE_DAYS = 400, 146_097
_SECOND = 1_000_000_000


@frozen
class Moment:
    """A point in time: nanoseconds since 1970 in UTC, and how it is shown."""

    nanoseconds: int
    shown: str = ""

    def __str__(self) -> str:
        """Return the form of the client's messages: ``Wed Jan 2 03:04:05 UTC 2030``."""
        return self.shown

    def is_before(self, other: "Moment") -> bool:
        """Tell whether this lies strictly before the other, in whatever zone."""
        return self.nanoseconds < other.nanoseconds


def parse(text: str) -> Moment:
    """Read an RFC 3339 time with the leniencies of Go; raise ``ValueError``."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise ValueError(f"parsing time {text!r}: not an RFC 3339 time")
    year, month, day, hour, minute, second = (int(match[i]) for i in range(1, 7))
    offset = _offset(match[8])
    if hour > 23 or minute > 59 or second > 59 or offset is None:
        raise ValueError(f"parsing time {text!r}: out of range")
    # Python knows no year 0; the year 400 has the same calendar.
    shifted = date(year or _CYCLE_YEARS, month, day)
    days = (shifted - _EPOCH.date()).days - (0 if year else _CYCLE_DAYS)
    seconds = ((days * 24 + hour) * 60 + minute - offset) * 60 + second
    fraction = int((match[7] or "")[:9].ljust(9, "0"))
    zone = match[8].replace(":", "") if offset else "UTC"
    shown = f"{shifted:%a %b} {day} {hour:02}:{minute:02}:{second:02} {zone} {year:04}"
    return Moment(seconds * _SECOND + fraction, shown)


def of(when: datetime) -> Moment:
    """Return the moment of an aware ``datetime``."""
    return Moment((when - _EPOCH) // timedelta(microseconds=1) * 1000)


def time_of(nanoseconds: int) -> datetime:
    """Return the last ``datetime`` that is not later, or the first there is."""
    try:
        return _EPOCH + timedelta(microseconds=nanoseconds // 1000)
    except OverflowError:
        return FIRST if nanoseconds < 0 else _LAST


def rfc3339(when: datetime) -> str:
    """Write an aware ``datetime`` as Go does: UTC, no trailing zeros, ``Z``."""
    utc = when.astimezone(UTC)
    fraction = f".{utc.microsecond:06}".rstrip("0").rstrip(".")
    return f"{utc:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def _offset(zone: str) -> int | None:
    """Return the offset in minutes, or ``None`` beyond Go's limit of 24 hours."""
    if zone == "Z":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 24 or minutes > 60:
        return None
    return (hours * 60 + minutes) * (-1 if zone[0] == "-" else 1)


ZERO = parse("0001-01-01T00:00:00Z")
"""What a missing date means in Go: year 1, and so long past."""
