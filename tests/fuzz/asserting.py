"""What every fuzz target needs: to run a coroutine to its end, and a log to look at."""

from collections.abc import Coroutine
from typing import Any

from attrs import define, field
from twisted.internet.defer import Deferred
from twisted.logger import LogLevel, globalLogPublisher
from twisted.python.failure import Failure


def finished(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Return or raise what a coroutine does that waits for nobody."""
    results: list[Any] = []
    Deferred.fromCoroutine(coroutine).addBoth(results.append)
    (result,) = results
    if isinstance(result, Failure):
        result.raiseException()
    return result


@define
class Complaints:
    """While it is entered: every line of the log that blames the program itself."""

    lines: list[str] = field(factory=list)

    def __call__(self, event: dict[str, Any]) -> None:
        if event["log_level"] in (LogLevel.error, LogLevel.critical):
            failure = event.get("log_failure")
            said = failure.getTraceback() if failure else event.get("log_format")
            self.lines.append(str(said))

    def __enter__(self) -> "Complaints":
        globalLogPublisher.addObserver(self)
        return self

    def __exit__(self, *_: object) -> None:
        globalLogPublisher.removeObserver(self)
