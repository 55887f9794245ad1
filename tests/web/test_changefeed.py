"""Changefeed parameters, compared with what the Go server answered."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.storage.store import Change
from notary.web import changefeed
from notary.web.changefeed import MAX_RECORDS, Selection
from notary.web.errors import InvalidParameters


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        (b"records=100", Selection(100, after=0)),
        (b"records=%2B2", Selection(2, after=0)),
        (b"records=0", Selection(100, after=0)),
        (b"records=-1", Selection(1)),
        (b"records=2147483647", Selection(MAX_RECORDS, after=0)),
        (b"records=-2147483648", Selection(MAX_RECORDS)),
        (b"records=2&change_id=", Selection(2, after=0)),
        (b"records=2&change_id=-1", Selection(2)),
        (b"records=-2&change_id=-7", Selection(2)),
        (b"records=2&change_id=93", Selection(2, after=93)),
        (b"records=-2&change_id=93", Selection(2, before=93)),
        (b"records=1&records=3", Selection(1, after=0)),
    ],
)
def test_parameters_mean_what_they_meant_to_the_go_server(query, wanted):
    assert changefeed.selection(query) == wanted


def test_the_number_of_records_is_optional_as_documented():
    assert changefeed.selection(b"") == Selection(100, after=0)
    assert changefeed.selection(b"pageSize=3") == Selection(100, after=0)


def test_change_ids_may_have_64_bits():
    largest = 2**63 - 1
    query = f"records=2&change_id={largest}".encode()
    assert changefeed.selection(query) == Selection(2, after=largest)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("", r'parsing "": invalid syntax'),
        ("abc", r'parsing "abc": invalid syntax'),
        ("1.5", r'parsing "1.5": invalid syntax'),
        ("+2", r'parsing " 2": invalid syntax'),
        ("%201", r'parsing " 1": invalid syntax'),
        ("0x10", r'parsing "0x10": invalid syntax'),
        ("2147483648", r'parsing "2147483648": value out of range'),
        ("-2147483649", r'parsing "-2147483649": value out of range'),
        ("9" * 30, f'parsing "{"9" * 30}": value out of range'),
        ("%00%22%0A%FF%C3%A9", r'parsing "\x00\"\n\xffé": invalid syntax'),
        ("%C2%85", r'parsing "\u0085": invalid syntax'),
        ("%D9%A1", r'parsing "١": invalid syntax'),  # noqa: RUF001
    ],
)
def test_a_bad_number_of_records_is_explained_as_by_go(value, said):
    with pytest.raises(InvalidParameters) as caught:
        changefeed.selection(f"records={value}".encode())
    assert caught.value.detail == (
        f"invalid records parameter: strconv.ParseInt: {said}"
    )


@pytest.mark.parametrize("value", ["abc", "1.5", str(2**63)])
def test_a_bad_change_id_is_not_explained(value):
    with pytest.raises(InvalidParameters) as caught:
        changefeed.selection(f"records=2&change_id={value}".encode())
    assert caught.value.detail == {}


@given(st.binary(), st.binary())
def test_every_query_is_read_or_refused(records, change_id):
    try:
        wanted = changefeed.selection(
            b"records=" + records + b"&change_id=" + change_id
        )
    except InvalidParameters:
        return
    assert 1 <= wanted.limit <= MAX_RECORDS


def test_a_change_is_written_as_the_go_server_writes_it():
    change = Change(
        7, datetime(2026, 11, 22, 11, 15, 42, tzinfo=UTC), "a<b", 0, "", "deletion"
    )
    assert changefeed.document([change]) == (
        b'{"count":1,"records":[{"ID":"7","CreatedAt":"2026-11-22T11:15:42Z",'
        b'"GUN":"a\\u003cb","Version":0,"SHA256":"","Category":"deletion"}]}'
    )
    assert changefeed.document([]) == b'{"count":0,"records":[]}'
