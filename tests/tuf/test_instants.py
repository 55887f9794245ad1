"""Where on the line of time a date lies: to the nanosecond, and from the year 0 on."""

from datetime import UTC, datetime, timedelta

import pytest

from notary.tuf import moment

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000_000
DAY = 86_400 * SECOND
MICROSECOND = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:01Z", SECOND),
        ("1970-01-01T00:01:00Z", 60 * SECOND),
        ("1970-01-01T01:00:00Z", 3600 * SECOND),
        ("1970-01-02T00:00:00Z", DAY),
        ("1970-02-01T00:00:00Z", 31 * DAY),
        ("1972-03-01T00:00:00Z", (2 * 365 + 31 + 29) * DAY),
        ("1970-01-01T01:02:03+01:02", 3 * SECOND),
        ("1969-12-31T23:00:03-01:00", 3 * SECOND),
        ("1970-01-02T00:00:00+24:00", 0),
        ("1970-01-01T01:00:00+00:60", 0),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("0000-12-31T23:59:59Z", moment.ZERO.nanoseconds - SECOND),
        ("0000-01-01T00:00:00Z", moment.ZERO.nanoseconds - 366 * DAY),
    ],
)
def test_a_moment_is_counted_from_1970_in_utc(text, nanoseconds):
    assert moment.parse(text).nanoseconds == nanoseconds


@pytest.mark.parametrize(
    ("digits", "nanoseconds"),
    [
        ("5", 500_000_000),
        ("05", 50_000_000),
        ("12345678", 123_456_780),
        ("000000001", 1),
        ("0000000019", 1),
    ],
)
@pytest.mark.parametrize("point", [".", ","])
def test_a_fraction_counts_by_its_places(point, digits, nanoseconds):
    text = f"1970-01-01T00:00:00{point}{digits}Z"
    assert moment.parse(text).nanoseconds == nanoseconds


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2030-01-02T23:59:59Z", "Wed Jan 2 23:59:59 UTC 2030"),
        ("2030-01-02T3:04:05+24:00", "Wed Jan 2 03:04:05 +2400 2030"),
        ("2030-01-02T03:04:05-00:30", "Wed Jan 2 03:04:05 -0030 2030"),
        ("2030-01-02T03:04:05-00:00", "Wed Jan 2 03:04:05 UTC 2030"),
        ("0400-02-29T03:04:05Z", "Tue Feb 29 03:04:05 UTC 0400"),
    ],
)
def test_a_moment_is_shown_in_its_own_zone(text, shown):
    assert str(moment.parse(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        "2030-01-02T24:00:00Z",
        "2030-01-02T03:60:00Z",
        "2030-01-02T03:04:60Z",
        "2030-01-02T03:04:05+25:00",
        "2030-01-02T03:04:05+00:61",
        "2030-02-29T03:04:05Z",
    ],
)
def test_one_more_than_the_most_is_out_of_range(text):
    with pytest.raises(ValueError, match="range"):
        moment.parse(text)


@pytest.mark.parametrize(
    ("when", "nanoseconds"),
    [
        (EPOCH, 0),
        (EPOCH + MICROSECOND, 1000),
        (EPOCH - MICROSECOND, -1000),
        (EPOCH + timedelta(days=1), DAY),
        (moment.FIRST, moment.ZERO.nanoseconds),
    ],
)
def test_a_time_is_the_same_moment_as_the_one_written(when, nanoseconds):
    assert moment.of(when).nanoseconds == nanoseconds
    assert moment.time_of(nanoseconds) == when


@pytest.mark.parametrize(
    ("nanoseconds", "when"),
    [
        (999, EPOCH),
        (-1, EPOCH - MICROSECOND),
        (-1000, EPOCH - MICROSECOND),
        (-1001, EPOCH - 2 * MICROSECOND),
        (10**30, datetime.max.replace(tzinfo=UTC)),
        (-(10**30), datetime.min.replace(tzinfo=UTC)),
    ],
)
def test_between_two_times_the_earlier_one_counts(nanoseconds, when):
    assert moment.time_of(nanoseconds) == when
