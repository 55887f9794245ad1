"""What is told of an error: where it happened, and nothing that anybody sent us."""

import json

import pytest
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from notary.ops.error_report import Origin, report

ORIGIN = Origin("the-api-key", "staging", "notary-server", "host-7")


def reported(act):
    """Return the one event of the document about what ``act`` logs."""
    seen = []
    act(Logger(namespace="notary.test", observer=seen.append))
    (logged,) = seen
    document = json.loads(report(logged, ORIGIN))
    assert document["apiKey"] == "the-api-key"
    (event,) = document["events"]
    return event


def fail(log, error, **fields):
    try:
        raise error
    except type(error):
        log.failure("it failed", **fields)


def test_an_error_without_a_traceback_is_known_by_where_it_was_logged():
    event = reported(lambda log: log.error("{what} is gone", what="it"))
    assert event["exceptions"] == [
        {"errorClass": "notary.test", "message": "it is gone", "stacktrace": []}
    ]


def test_frames_begin_with_the_innermost_and_show_neither_code_nor_variables():
    def act(log):
        secret = "hunter2"  # a variable, which a debugger would show
        fail(log, LookupError(len(secret)))

    event = reported(act)
    (exception,) = event["exceptions"]
    first, second = exception["stacktrace"][0], exception["stacktrace"][-1]
    assert first["method"] == second["method"] == "fail"
    assert first["file"] == "tests/ops/test_error_report.py"
    assert first["inProject"] is False
    assert set(first) == {"file", "lineNumber", "method", "inProject"}
    assert "hunter2" not in json.dumps(event)


def test_the_causes_of_an_error_are_told_too_but_not_endlessly():
    def act(log):
        error = ValueError("the last")
        for number in range(50):
            outer = ValueError(number)
            outer.__cause__ = error
            error = outer
        fail(log, error)

    event = reported(act)
    told = [each["message"] for each in event["exceptions"]]
    assert told == ["49", "48", "47", "46", "45", "44"]


def test_a_deep_recursion_and_a_long_message_make_a_short_document():
    def deeper(left):
        if left == 0:
            raise ValueError("x" * 1_000_000)
        deeper(left - 1)

    def act(log):
        try:
            deeper(400)
        except ValueError:
            log.failure("it failed")

    event = reported(act)
    assert len(event["exceptions"][0]["stacktrace"]) == 50
    assert len(json.dumps(event)) < 20_000


class Silent(Exception):
    def __str__(self):
        raise RuntimeError("not even text")


def test_an_error_that_cannot_be_shown_is_reported_all_the_same():
    event = reported(lambda log: log.failure("it failed", Failure(Silent())))
    assert event["exceptions"][0]["errorClass"] == "Silent"
    assert event["exceptions"][0]["message"] == "<Silent>"


@pytest.mark.parametrize("name", ["gun", "http.request.uri", "http.request.useragent"])
def test_of_the_fields_of_a_line_only_operation_and_request_id_are_told(name):
    fields = {name: "a very special value", "operation": "GetRole"}
    event = reported(
        lambda log: log.emit(
            LogLevel.error, "no", **fields, **{"http.request.id": "id-1"}
        )
    )
    assert "a very special value" not in json.dumps(event)
    assert event["context"] == "GetRole"
    assert event["metaData"]["request"] == {"id": "id-1"}


def test_who_and_where_is_told():
    event = reported(lambda log: log.error("no"))
    assert event["app"]["type"] == "notary-server"
    assert event["app"]["releaseStage"] == "staging"
    assert event["device"]["hostname"] == "host-7"


def test_the_api_key_is_not_in_the_representation():
    assert "the-api-key" not in repr(ORIGIN)
