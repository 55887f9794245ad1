"""Error envelopes: the Go server's form, and never more than a client reads."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.signing.service import SigningUnavailable
from notary.storage.store import StorageError, VersionExists
from notary.tuf.errors import InvalidUpdate, MalformedJSON
from notary.web import answers, errors
from notary.web.errors import (
    MalformedUpload,
    MethodNotSupported,
    NoFilename,
    NoSuchRoute,
    TooLarge,
)

DETAILS = st.recursive(
    st.none() | st.text(max_size=4000) | st.integers(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["Name", "Msg", "Error"]), inner)
    ),
    max_leaves=4,
)


@given(st.text(max_size=30), DETAILS)
def test_an_error_is_json_of_less_than_1024_bytes(message, detail):
    answer = answers.error(400, "SOME_CODE", message, detail)
    assert len(answer.body) < 1024
    assert answer.body.endswith(b"\n")
    (found,) = json.loads(answer.body)["errors"]
    assert found["code"] == "SOME_CODE"
    assert ("detail" in found) is (detail is not None)


@given(st.text(min_size=1100, max_size=3000))
def test_a_long_message_is_cut_at_a_character_and_not_lost(message):
    answer = errors.answer_to(InvalidUpdate("ErrBadRoot", message))
    said = json.loads(answer.body)["errors"][0]["detail"]["Error"]["Msg"]
    assert said.endswith("...")
    # JSON has no lone surrogates; Go and we put something else in their place.
    comparable = message.encode("utf-8", "replace").decode()
    assert comparable.startswith(said.removesuffix("..."))
    assert len(said) > 100


def test_an_error_has_the_go_servers_form_byte_for_byte():
    answer = answers.error(400, "CODE", "a <b> & c", {"Name": "n", "Error": {}})
    assert answer.body == (
        b'{"errors":[{"code":"CODE","message":"a \\u003cb\\u003e \\u0026 c",'
        b'"detail":{"Name":"n","Error":{}}}]}\n'
    )


def test_a_missing_snapshot_is_named_before_the_message():
    answer = errors.answer_to(InvalidUpdate("ErrBadHierarchy", "why", "snapshot"))
    assert b'{"Name":"ErrBadHierarchy","Error":{"Missing":"snapshot","Msg":"why"}}' in (
        answer.body
    )


def test_an_unreadable_repository_is_told_without_detail():
    answer = errors.answer_to(InvalidUpdate("", "the stored root is broken"))
    assert answer.status == 400
    assert b"detail" not in answer.body
    assert b"broken" not in answer.body


@pytest.mark.parametrize("error", [StorageError("db.example"), SigningUnavailable("x")])
def test_a_fault_of_a_service_behind_us_asks_to_come_back(error):
    answer = errors.answer_to(error)
    assert answer.status == 503
    assert dict(answer.headers)[b"Retry-After"].isdigit()
    assert b"db.example" not in answer.body


def test_what_nobody_expected_is_told_as_nothing():
    answer = errors.answer_to(ZeroDivisionError("secret"))
    assert answer.status == 500
    assert answer.body == b'{"errors":[{"code":"UNKNOWN","message":"unknown error"}]}\n'
    assert not errors.is_expected(ZeroDivisionError())


def test_a_subclass_of_a_known_error_is_that_error():
    class Conflict(VersionExists):
        pass

    assert errors.answer_to(Conflict()).status == 400
    assert b'"detail":{}' in errors.answer_to(Conflict()).body


def test_the_log_line_names_code_message_and_detail():
    answer = errors.answer_to(TooLarge("a part is larger than 3 bytes"))
    assert answer.problem == (
        "too large: The request is larger than this server accepts."
        ': "a part is larger than 3 bytes"'
    )
    assert errors.answer_to(NoSuchRoute()).problem.endswith(
        "does not exist. no route has this path and method"
    )


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (MalformedUpload("the final boundary is missing"), "final boundary is missing"),
        (NoFilename("a part has no filename"), "a part has no filename"),
        (MalformedJSON("targets", "unexpected end"), "targets: unexpected end"),
        (InvalidUpdate("ErrBadRoot", "no", because="it is late"), "it is late"),
        (InvalidUpdate("", "the stored root is broken"), "the stored root is broken"),
    ],
)
def test_the_log_line_of_a_refused_upload_says_what_the_client_is_not_told(
    error, cause
):
    answer = errors.answer_to(error)
    assert answer.problem.endswith(cause)
    assert cause.encode() not in answer.body


def test_an_unsupported_method_learns_the_supported_ones():
    answer = errors.answer_to(MethodNotSupported(["GET", "HEAD"]))
    assert dict(answer.headers)[b"Allow"] == b"GET, HEAD"
