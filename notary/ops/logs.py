"""Log lines on a stream, as JSON or logfmt: one event, one line, whatever it holds.

Events come from ``twisted.logger``; the values given to a call such as
``log.info("response completed", gun=gun)`` become fields of the line. Where the
lines go and which level is wanted is decided by ``notary.tap``.
"""

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from secrets import token_hex
from typing import Any, TextIO

from attrs import define, field
from twisted.logger import ILogObserver, LogEvent, LogLevel, formatEvent
from twisted.python.failure import Failure
from zope.interface import implementer

from notary import request_id
from notary.ops.log_lines import Lines

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
_LONGEST_LINE = 1 << 18
_BARE = re.compile(r"[A-Za-z0-9._/@^+:,-]+")
_NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9._-]")

Fields = dict[str, Any]

_COMPACT = json.JSONEncoder(separators=(",", ":"))
_SORTED = json.JSONEncoder(separators=(",", ":"), sort_keys=True)


@implementer(ILogObserver)
@define
class LineObserver:
    """Writes events of at least the threshold, one of ``RANKS``, as lines."""

    stream: TextIO
    render: Callable[[Fields], str]
    threshold: str
    worker: int = 0
    """Which of several processes this is, for a field of every line; 0 if alone."""

    lines: Lines = field(init=False, eq=False, repr=False)

    @lines.default
    def _lines(self) -> Lines:
        return Lines(self.stream)

    def __call__(self, event: LogEvent) -> None:
        """Write the event unless it is below the threshold."""
        below = RANKS[level_of(event)] < RANKS[self.threshold]
        if below and not event.get(UNCONDITIONAL):
            return
        self._put(fields_of(event))

    @property
    def wanted(self) -> bool:
        """Whether lines of level info are written."""
        return RANKS["info"] >= RANKS[self.threshold]

    @property
    def failed(self) -> int:
        """How many times something could not be written."""
        return self.lines.failed

    def write(self, message: str, fields: Fields) -> None:
        """Write a line of level info, as for an event, but without publishing one.

        The values must be short texts or whole numbers, and name what made them.
        """
        if not self.wanted:
            return
        fields["level"] = "info"
        fields["msg"] = message.format_map(fields)[:_MAX_VALUE]
        fields["time"] = rfc3339(time.time())
        self._put(fields)

    def form(
        self,
        message: str,
        fields: Fields,
        simple: Sequence[str],
        others: Sequence[str],
    ) -> Callable[[Fields], None]:
        """Return what writes lines as ``write`` does, of the fields and those given.

        Values of ``simple`` ones are texts that no format quotes or escapes.
        """
        fields = {**fields, "level": "info", "msg": message}
        form = self._form(fields, (*simple, "time"), others)
        shown, add = _VALUES[self.render], self.lines.add

        def write(values: Fields) -> None:
            for name in others:
                values[name] = shown(values[name])
            values["time"] = rfc3339(time.time())
            add(form % values)

        return write

    def _form(
        self, fields: Fields, simple: Sequence[str], others: Sequence[str]
    ) -> str:
        """Return the line with the names of what is missing, as ``%`` wants it.

        Nobody can guess what stands for them meanwhile, and put it into a field.
        """
        marks = {name: token_hex(16) for name in (*simple, *others)}
        line = self._line({**fields, **marks}).replace("%", "%%")
        shown = _VALUES[self.render]
        for name, mark in marks.items():
            found = mark if name in simple else shown(mark)
            line = line.replace(found, f"%({name})s")
        return line

    def _put(self, fields: Fields) -> None:
        self.lines.write(self._line(fields))

    def _line(self, fields: Fields) -> str:
        if self.worker:
            fields["worker"] = self.worker
        return self.render(fields) + "\n"


def shared_stream(descriptor: int) -> TextIO:
    """Return a stream that writes each line at once: others write there, too."""
    return open(descriptor, "w", _LONGEST_LINE, encoding="utf-8", closefd=False)


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
    return _rfc3339(int(seconds))


@lru_cache(maxsize=16)
def _rfc3339(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def json_line(fields: Mapping[str, object]) -> str:
    """Return one JSON object with sorted keys, in printable ASCII."""
    return _in_ascii(_SORTED.encode(fields))


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
    return _in_ascii(_COMPACT.encode(value))


def _in_ascii(text: str) -> str:
    return text.replace("\x7f", "\\u007f")


def _remembered(shown: Callable[[object], str]) -> Callable[[object], str]:
    return lru_cache(maxsize=1024, typed=True)(shown)


_VALUES: Mapping[Callable[[Fields], str], Callable[[object], str]] = {
    json_line: _remembered(_escaped),
    logfmt_line: _remembered(_logfmt),
}
