"""How times are kept in columns: the wall time of one zone, to the second.

The Go programs write it so (in UTC unless configured otherwise), without a time
zone in the session; drivers return what is in the column as text or as a naive
``datetime``.
"""

from datetime import UTC, datetime, tzinfo

from notary.storage.store import StorageError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def wall_time(when: datetime, zone: tzinfo = UTC) -> str:
    """Write an aware time as ``YYYY-MM-DD HH:MM:SS``, its fraction cut off."""
    whole = when.astimezone(zone).replace(microsecond=0, tzinfo=None)
    return whole.isoformat(" ")


def aware(value: object, zone: tzinfo = UTC) -> datetime:
    """Read a time column as UTC; a null, which nobody writes, counts as 1970."""
    if value is None:
        return _EPOCH
    try:
        when = datetime.fromisoformat(str(value))
        return when.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise StorageError("the database holds an unreadable time") from None
