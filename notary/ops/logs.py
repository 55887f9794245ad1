"""Log lines on a stream, as JSON or logfmt: one event, one line, whatever it holds.

Events come from ``twisted.logger``; the values given to a call such as
``log.info("response completed", gun=gun)`` become fields of the line. Where the
lines go and which level is wanted is decided by ``notary.tap``.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TextIO

from attrs import define
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent
from twisted.python.failure import Failure
from zope.interface import implementer

from notary import request_id

JSON = "json"
LOGFMT = "logfmt"

UNCONDITIONAL = "log_unconditional"
"""Events with this key set are written whatever the threshold is."""

RANKS = {"debug": 0, "info": 1, "warning": 2, "error": 3, "fatal": 4, "panic": 5}
_NAMES = {LogLevel.warn: "warning", LogLevel.critical: "fatal"}
_OWN = "notary"
_LEGACY = {"message", "time", "system", "isError", "format", "failure", "why"}
_RESERVED = ("level", "msg", "time")
_MAX_VALUE = 4096
_MAX_TRACEBACK = 32768
_BARE = re.compile(r"[A-Za-z0-9._/@^+:,-]+")
_NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9._-]")

Fields = dict[str, object]


@implementer(ILogObserver)
@define
class LineObserver:
    """Writes events of at least the threshold, one of ``RANKS``, as lines."""

    stream: TextIO
    render: Callable[[Fields], str]
    threshold: str

    def __call__(self, event: LogEvent) -> None:
        """Write the event unless it is below the threshold."""
        below = RANKS[level_of(event)] < RANKS[self.threshold]
        if below and not event.get(UNCONDITIONAL):
            return
        self.stream.write(self.render(fields_of(event)) + "\n")
        self.stream.flush()


def fields_of(event: LogEvent) -> Fields:
    """Return what the line of the event says, level, msg and time included."""
    fields = {
        f"fields.{name}" if name in _RESERVED else name: _plain(value)
        for name, value in event.items()
        if not name.startswith("log_") and name not in _LEGACY
    }
    if current := request_id.CURRENT.get():
        fields.setdefault(request_id.FIELD, current)
    fields["level"] = level_of(event)
    fields["msg"] = message_of(event)[:_MAX_VALUE]
    fields["time"] = rfc3339(event.get("log_time", 0))
    failure = event.get("log_failure")
    if isinstance(failure, Failure):
        fields["traceback"] = failure.getTraceback()[-_MAX_TRACEBACK:]
    return fields


def rfc3339(seconds: float) -> str:
    """Return a moment, in seconds since 1970, as every line carries it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def json_line(fields: Mapping[str, object]) -> str:
    """Return one JSON object with sorted keys, in printable ASCII."""
    return _escaped(dict(sorted(fields.items())))


def logfmt_line(fields: Mapping[str, object]) -> str:
    """Return ``time=… level=… msg=… key=value``, quoted as in JSON where needed."""
    first = ["time", "level", "msg"]
    names = first + sorted(name for name in fields if name not in first)
    return " ".join(
        f"{_NOT_IN_A_KEY.sub('_', name)}={_logfmt(fields[name])}" for name in names
    )


RENDERERS: Mapping[str, Callable[[Fields], str]] = {
    JSON: json_line,
    LOGFMT: logfmt_line,
}


def level_of(event: LogEvent) -> str:
    """Return the level to print: others' chatter is debug, a failure not fatal."""
    level = event.get("log_level", LogLevel.info)
    namespace = str(event.get("log_namespace", ""))
    foreign = namespace.partition(".")[0] != _OWN
    if foreign and level in (LogLevel.debug, LogLevel.info):
        return "debug"
    if level == LogLevel.critical and (foreign or "log_failure" in event):
        return "error"
    return _NAMES.get(level) or str(level.name)


def message_of(event: LogEvent) -> str:
    """Return the message without a traceback, which older calls append to it."""
    failure = event.get("log_failure")
    if "log_text" in event and isinstance(failure, Failure):
        return str(event.get("why") or failure.getErrorMessage())
    return formatEvent(event)


def _plain(value: object) -> object:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if abs(value) < 1e300 else str(value)
    try:
        return str(value)[:_MAX_VALUE]
    except Exception:
        return f"<{type(value).__name__}>"


def _logfmt(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if _BARE.fullmatch(text) else _escaped(text)


def _escaped(value: object) -> str:
    return json.dumps(value, separators=(",", ":")).replace("\x7f", "\\u007f")
