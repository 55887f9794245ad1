"""Times: what Go accepts as a date of expiry, and how it shows one."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.tuf import fields, moment
from notary.tuf.envelope import parse_upload
from notary.tuf.errors import InvalidMetadata, MalformedJSON
from tests import recorded

GO = recorded.golib("expires.json")
LOOKALIKE = '{"Expires":"2030-01-02T03:04:05Z"}'
OFFSETS = st.integers(-1439, 1439).map(lambda m: timezone(timedelta(minutes=m)))
DATES = st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=OFFSETS)  # noqa: DTZ001

each_in_go = pytest.mark.parametrize("item", GO, ids=lambda item: item["input"])


def _expires(item):
    return json.loads(item["input"]).get("expires")


def _has_expires(item) -> bool:
    return '"expires"' in item["input"] or item["input"] == "{}"


@each_in_go
def test_the_first_look_refuses_exactly_the_values_that_go_refuses(item):
    data = f'{{"signed":{item["input"]},"signatures":[]}}'.encode()
    if item["canonical_lib_error"] or item["input"] == LOOKALIKE:
        with pytest.raises(MalformedJSON):
            parse_upload("targets", data)
    else:
        parse_upload("targets", data)


@pytest.mark.parametrize(
    "item",
    [item for item in GO if _has_expires(item) and not item["canonical_lib_error"]],
    ids=lambda item: item["input"],
)
def test_an_accepted_time_is_shown_and_judged_as_go_does(item):
    when = fields.time(_expires(item))
    assert str(when) == item["message_time"]
    assert (
        when.is_before(moment.of(datetime(2026, 11, 22, tzinfo=UTC)))
        is (item["expired"])
    )


@pytest.mark.parametrize(
    "item",
    [item for item in GO if _has_expires(item) and item["canonical_lib_error"]],
    ids=lambda item: item["input"],
)
def test_a_refused_time_is_invalid_metadata(item):
    with pytest.raises(InvalidMetadata):
        fields.time(_expires(item))


def test_no_time_at_all_is_the_year_1():
    assert fields.time(None) == moment.ZERO
    assert str(moment.ZERO) == "Mon Jan 1 00:00:00 UTC 0001"


@pytest.mark.parametrize(
    "text",
    [
        "2030-01-02T03:04:05+24:01x",
        "2030-01-02T03:04:05+25:00",
        "2030-01-02T03:04:05+00:61",
        "2030-01-02T03:60:05Z",
        "2030-00-02T03:04:05Z",
        "2030-01-00T03:04:05Z",
        "2030-01-02T03:04:05Z\n",
        "٢٠٣٠-01-02T03:04:05Z",
        "-030-01-02T03:04:05Z",
    ],
)
def test_times_out_of_range_or_shape_are_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011
        moment.parse(text)


def test_the_message_about_a_very_long_time_is_short():
    with pytest.raises(InvalidMetadata) as caught:
        fields.time("2030" * 10_000)
    assert len(str(caught.value)) <= 200


def test_a_fraction_of_any_length_is_cut_to_nanoseconds():
    exact = moment.parse("2030-01-02T03:04:05.123456789Z")
    assert moment.parse("2030-01-02T03:04:05." + "123456789" * 1000 + "Z") == exact
    assert exact.nanoseconds % 1_000_000_000 == 123_456_789


def test_moments_are_compared_in_whatever_zone_they_are_written():
    east = moment.parse("2030-01-02T05:04:05+02:00")
    west = moment.parse("2030-01-02T01:04:05-02:00")
    assert not east.is_before(west)
    assert not west.is_before(east)


def test_a_moment_is_not_before_itself_but_before_the_next_nanosecond():
    when = moment.parse("2030-01-02T03:04:05.000000001Z")
    assert not when.is_before(when)
    assert when.is_before(moment.parse("2030-01-02T03:04:05.000000002Z"))


def test_the_29th_of_february_of_the_year_0_exists():
    before = moment.parse("0000-02-29T00:00:00Z")
    after = moment.parse("0000-03-01T00:00:00Z")
    assert after.nanoseconds - before.nanoseconds == 86_400 * 1_000_000_000
    assert str(before) == "Tue Feb 29 00:00:00 UTC 0000"


@pytest.mark.parametrize(
    ("microsecond", "expected"),
    [
        (0, "2026-12-06T12:00:00Z"),
        (100_000, "2026-12-06T12:00:00.1Z"),
        (120_000, "2026-12-06T12:00:00.12Z"),
        (1, "2026-12-06T12:00:00.000001Z"),
        (123_456, "2026-12-06T12:00:00.123456Z"),
    ],
)
def test_times_are_written_without_trailing_zeros(microsecond, expected):
    when = datetime(2026, 12, 6, 12, 0, 0, microsecond, tzinfo=UTC)
    assert moment.rfc3339(when) == expected


def test_times_are_written_in_utc():
    when = datetime(2026, 12, 6, 12, 0, tzinfo=timezone(timedelta(hours=5)))
    assert moment.rfc3339(when) == "2026-12-06T07:00:00Z"


@given(DATES)
def test_what_is_written_is_read_back_as_the_same_moment(when):
    read = moment.parse(moment.rfc3339(when))
    assert read.nanoseconds == moment.of(when).nanoseconds


@given(DATES, st.integers(0, 999))
def test_a_time_of_nanoseconds_is_the_last_that_is_not_later(when, more):
    assert moment.time_of(moment.of(when).nanoseconds + more) == when


@pytest.mark.parametrize("text", ["0000-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])
def test_what_is_before_the_first_time_is_that(text):
    assert moment.time_of(moment.parse(text).nanoseconds) == moment.FIRST


def test_what_is_after_the_last_time_is_that():
    shown = str(moment.time_of(moment.parse("9999-12-31T23:59:59-24:00").nanoseconds))
    assert shown == "9999-12-31 23:59:59.999999+00:00"


@given(st.text() | st.from_regex(moment._RFC3339, fullmatch=True))
def test_any_text_is_a_time_or_a_value_error(text):
    try:
        when = moment.parse(text)
    except ValueError:
        return
    assert len(str(when).split()) == 6
