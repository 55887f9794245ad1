"""How times are kept in columns: the wall time in UTC, to the second.

The Go programs write it so, without a time zone in the session; drivers return
what is in the column as text or as a naive ``datetime``.
"""

from datetime import UTC, datetime

from notary.storage.store import StorageError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def wall_time(when: datetime) -> str:
    """Write an aware time as ``YYYY-MM-DD HH:MM:SS``, its fraction cut off."""
    whole = when.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    return whole.isoformat(" ")


def aware(value: object) -> datetime:
    """Read a time column; a null, which nobody writes, counts as 1970."""
    if value is None:
        return _EPOCH
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC)
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    except ValueError:
        raise StorageError("the database holds an unreadable time") from None
