"""Log lines: what an event becomes in both formats, and what it never can."""

import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import Logger, LogLevel
from twisted.python.failure import Failure

from notary.ops.logs import (
    RENDERERS,
    UNCONDITIONAL,
    LineObserver,
    fields_of,
    json_line,
    logfmt_line,
)

PAIR = re.compile(r'([A-Za-z0-9._-]+)=("(?:[^"\\]|\\.)*"|[A-Za-z0-9._/@^+:,-]+)( |$)')


def logged(act, threshold="debug", logf="json", namespace="notary.test"):
    """Return the lines that come of what ``act`` does with a logger."""
    stream = io.StringIO()
    observer = LineObserver(stream, RENDERERS[logf], threshold)
    act(Logger(namespace=namespace, observer=observer))
    return stream.getvalue().splitlines()


def parse_logfmt(line):
    """Return the pairs of one line; every character must belong to one."""
    pairs, place = {}, 0
    while place < len(line):
        found = PAIR.match(line, place)
        assert found, line[place:]
        name, value, _ = found.groups()
        assert name not in pairs
        pairs[name] = json.loads(value) if value.startswith('"') else value
        place = found.end()
    return pairs


def failing(log, **fields):
    try:
        raise LookupError("no such thing")
    except LookupError:
        log.failure("could not {verb}", verb="look", **fields)


def test_a_json_line_has_sorted_keys_the_time_to_the_second_and_all_fields():
    (line,) = logged(
        lambda log: log.info(
            "response completed",
            **{"http.request.method": "GET", "http.response.status": 200},
            gun="localhost/demo",
        )
    )
    members = json.loads(line)
    assert list(members) == sorted(members)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", members.pop("time"))
    assert members == {
        "level": "info",
        "msg": "response completed",
        "http.request.method": "GET",
        "http.response.status": 200,
        "gun": "localhost/demo",
    }


def test_a_logfmt_line_says_the_same():
    (line,) = logged(
        lambda log: log.info("it is {state}", state="so so", gun="a/b", count=3),
        logf="logfmt",
    )
    pairs = parse_logfmt(line)
    assert list(pairs) == ["time", "level", "msg", "count", "gun", "state"]
    del pairs["time"]
    assert pairs == {
        "level": "info",
        "msg": "it is so so",
        "count": "3",
        "gun": "a/b",
        "state": "so so",
    }


@pytest.mark.parametrize(
    ("level", "name"),
    [
        (LogLevel.debug, "debug"),
        (LogLevel.info, "info"),
        (LogLevel.warn, "warning"),
        (LogLevel.error, "error"),
        (LogLevel.critical, "fatal"),
    ],
)
def test_levels_have_the_names_of_the_go_server(level, name):
    (line,) = logged(lambda log: log.emit(level, "x"))
    assert json.loads(line)["level"] == name


def test_what_is_below_the_threshold_is_not_written_unless_it_is_unconditional():
    def act(log):
        log.info("quiet")
        log.warn("loud")
        log.info("always", **{UNCONDITIONAL: True})

    lines = [json.loads(line) for line in logged(act, threshold="warning")]
    assert [line["msg"] for line in lines] == ["loud", "always"]
    assert not any(UNCONDITIONAL in line for line in lines)


def test_the_chatter_of_libraries_is_only_for_debugging():
    def act(log):
        log.info("Starting factory")

    assert logged(act, threshold="info", namespace="twisted.internet") == []
    (line,) = logged(act, threshold="debug", namespace="twisted.internet")
    assert json.loads(line)["level"] == "debug"


@pytest.mark.parametrize("logf", ["json", "logfmt"])
def test_a_failure_is_an_error_with_its_traceback_once(logf):
    (line,) = logged(failing, logf=logf)
    parse = json.loads if logf == "json" else parse_logfmt
    pairs = parse(line)
    assert (pairs["level"], pairs["msg"]) == ("error", "could not look")
    assert "LookupError: no such thing" in pairs["traceback"]
    assert line.count("LookupError: no such thing") == 1


def test_a_failure_of_the_older_logging_interface_has_its_traceback_once():
    failure = Failure(LookupError("no such thing"))
    event = {
        "log_level": LogLevel.critical,
        "log_namespace": "log_legacy",
        "log_format": "{log_text}",
        "log_text": f"it broke\n{failure.getTraceback()}",
        "log_failure": failure,
        "failure": failure,
        "why": "it broke",
        "isError": 1,
    }
    line = json_line(fields_of(event))
    assert json.loads(line)["msg"] == "it broke"
    assert json.loads(line)["level"] == "error"
    assert line.count("no such thing") == 1


def test_a_field_cannot_pass_for_the_level_the_message_or_the_time():
    (line,) = logged(lambda log: log.info("real", msg="x"))
    members = json.loads(line)
    assert (members["msg"], members["fields.msg"]) == ("real", "x")


class Hostile:
    def __str__(self):
        raise RuntimeError("not even text")


values = (
    st.text()
    | st.integers()
    | st.floats()
    | st.booleans()
    | st.none()
    | st.binary()
    | st.builds(Hostile)
)


@given(
    name=st.text(min_size=1).filter(lambda n: not n.startswith("log_")), value=values
)
def test_whatever_an_event_holds_is_one_line_of_printable_ascii(name, value):
    event = {"log_format": "m", "log_namespace": "notary", "log_time": 0.0, name: value}
    for render in (json_line, logfmt_line):
        line = render(fields_of(event))
        assert line.isascii()
        assert line.isprintable()
    assert json.loads(json_line(fields_of(event)))["msg"] == "m"


@given(gun=st.text(), message=st.text())
def test_what_was_logged_comes_back_out_of_both_formats(gun, message):
    event = {
        "log_format": "{message_text}",
        "message_text": message,
        "gun": gun,
        "log_namespace": "notary",
        "log_time": 0.0,
    }
    fields = fields_of(event)
    assert json.loads(json_line(fields))["gun"] == gun
    assert parse_logfmt(logfmt_line(fields))["gun"] == gun
    assert parse_logfmt(logfmt_line(fields))["msg"] == message


def test_a_long_value_is_cut():
    (line,) = logged(lambda log: log.info("x", gun="g" * 1_000_000))
    assert len(line) < 10_000
