"""What Bugsnag is told of an error that was logged: one JSON document for each.

It follows https://docs.bugsnag.com/api/error-reporting/ and holds only what is listed
here: no header, body, address, GUN or variable of anything. Sending it is left to
``notary.ops.error_reports``.
"""

import json
import platform
import traceback
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attrs import field, frozen
from twisted.logger import LogEvent
from twisted.python.failure import Failure

import notary
from notary import request_id
from notary.ops.logs import level_of, message_of, rfc3339

PAYLOAD_VERSION = "4"

_NOTIFIER = {
    "name": "notary-service",
    "version": notary.__version__,
    "url": "https://docs.bugsnag.com/api/error-reporting/",
}
_MAX_TEXT = 1000
_MAX_FRAMES = 50
_MAX_CAUSES = 5
_OURS = Path(notary.__file__).parent


@frozen
class Origin:
    """Who reports: an API key, the release stage, the program, and its host."""

    api_key: str = field(repr=False)
    release_stage: str
    program: str
    host: str


def report(event: LogEvent, origin: Origin) -> bytes:
    """Return the document about one event."""
    document = {
        "apiKey": origin.api_key,
        "payloadVersion": PAYLOAD_VERSION,
        "notifier": _NOTIFIER,
        "events": [_event(event, origin)],
    }
    return json.dumps(document).encode("ascii")


def sent_at() -> str:
    """Return the time for the header that tells when a document is sent."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _event(event: LogEvent, origin: Origin) -> dict[str, Any]:
    level = level_of(event)
    current = event.get(request_id.FIELD) or request_id.CURRENT.get()
    return {
        "exceptions": _exceptions(event),
        "context": _text(event.get("operation") or event.get("log_namespace", "")),
        "severity": "error",
        "severityReason": {"type": "log", "attributes": {"level": level}},
        "unhandled": False,
        "app": {
            "type": origin.program,
            "version": notary.__version__,
            "releaseStage": origin.release_stage,
        },
        "device": {
            "hostname": origin.host,
            "time": rfc3339(event.get("log_time", 0)),
            "runtimeVersions": {"python": platform.python_version()},
        },
        "metaData": {
            "log": {"message": _text(message_of(event)), "level": level},
            "request": {"id": _text(current)},
        },
    }


def _exceptions(event: LogEvent) -> list[dict[str, Any]]:
    failure = event.get("log_failure")
    if not isinstance(failure, Failure) or failure.value is None:
        kind = str(event.get("log_namespace", ""))
        return [_exception(kind, message_of(event), [])]
    found = [_exception(_kind(failure.value), failure.value, _frames(failure))]
    for cause in _causes(failure.value):
        frames = _stack(traceback.walk_tb(cause.__traceback__))
        found.append(_exception(_kind(cause), cause, frames))
    return found


def _exception(kind: str, said: object, stack: list[dict[str, Any]]) -> dict[str, Any]:
    return {"errorClass": kind, "message": _text(said), "stacktrace": stack}


def _causes(error: BaseException) -> Iterator[BaseException]:
    for _ in range(_MAX_CAUSES):
        context = None if error.__suppress_context__ else error.__context__
        cause = error.__cause__ or context
        if cause is None:
            return
        yield cause
        error = cause


def _frames(failure: Failure) -> list[dict[str, Any]]:
    return _stack(traceback.walk_tb(failure.getTracebackObject()))


def _stack(frames: Iterator[tuple[Any, int]]) -> list[dict[str, Any]]:
    """Return the innermost frames, these first, without their code or variables."""
    last = deque(frames, _MAX_FRAMES)
    return [
        _frame(Path(frame.f_code.co_filename), frame.f_code.co_name, line)
        for frame, line in reversed(last)
    ]


def _frame(file: Path, method: str, line: int) -> dict[str, Any]:
    # Where programs are installed is nobody else's business.
    return {
        "file": "/".join(file.parts[-3:]),
        "lineNumber": line,
        "method": method,
        "inProject": file.is_relative_to(_OURS),
    }


def _kind(error: BaseException) -> str:
    return type(error).__qualname__


def _text(value: object) -> str:
    try:
        text = str(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return text[:_MAX_TEXT]
