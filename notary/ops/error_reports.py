"""Sending what is logged as an error to Bugsnag, without ever being in the way.

A few reports wait in memory, one is sent at a time, and what is too much is dropped
and counted. What a report holds is in ``notary.ops.error_report``.
"""

import socket
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.ssl import platformTrust
from twisted.internet.task import deferLater
from twisted.logger import ILogObserver, LogEvent, Logger, globalLogPublisher
from twisted.web.client import (
    Agent,
    BrowserLikePolicyForHTTPS,
    FileBodyProducer,
    HTTPConnectionPool,
)
from twisted.web.http_headers import Headers
from zope.interface import implementer

from notary.bounded_body import bounded_body
from notary.http_failures import reason
from notary.ops import error_report
from notary.ops.error_report import Origin
from notary.ops.logs import level_of
from notary.ops.reactor import Reactor
from notary.settings.model import ReportingSettings

ENDPOINT = "https://notify.bugsnag.com"
QUEUE = 100
SECONDS = 10
PAUSE_SECONDS = 5
"""How long nothing is sent after a failure."""
FLUSH_SECONDS = 2
"""How long a stopping program waits until the last reports are sent."""
SILENCE_SECONDS = 600
"""How often, at most, the log says that reports cannot be delivered."""

OUTCOMES = ("sent", "failed", "dropped")

_MAX_ANSWER = 64 * 1024
_REPORTED = ("error", "fatal")
# What libraries print comes line by line, each as an error of its own.
_PRINTED = ("stdout", "stderr")

_log = Logger()


@implementer(ILogObserver)
class ErrorReports(Service):
    """A part that reports errors while it runs, if there is an API key.

    ``count`` is told what becomes of each report, one of ``OUTCOMES``, in any thread.
    """

    def __init__(
        self,
        settings: ReportingSettings,
        program: str,
        reactor: Reactor,
        count: Callable[[str], None],
    ) -> None:
        self._endpoint = settings.endpoint or ENDPOINT
        stage = settings.release_stage or "production"
        self._origin = Origin(settings.api_key, stage, program, socket.gethostname())
        self._reactor = reactor
        self._count = count
        self._waiting: deque[bytes] = deque()
        self._worker: Deferred[None] | None = None
        self._busy = False
        self._pausing: Deferred[None] | None = None
        self._said_at = -float(SILENCE_SECONDS)

    def startService(self) -> None:  # noqa: N802
        """Report from now on."""
        self.running = True
        if self._origin.api_key:
            globalLogPublisher.addObserver(self)
            _log.info("Errors are reported to {endpoint}", endpoint=self._endpoint)

    def stopService(self) -> Deferred[None]:  # noqa: N802
        """Report nothing new; fire when what waits is sent, or after a short time."""
        self.running = False
        if self._origin.api_key:
            globalLogPublisher.removeObserver(self)
        return Deferred.fromCoroutine(self._flush())

    def __call__(self, event: LogEvent) -> None:
        """Take an event, in any thread; only those that are errors are reported."""
        if level_of(event) not in _REPORTED or event.get("log_namespace") in _PRINTED:
            return
        if len(self._waiting) >= QUEUE:
            self._count("dropped")
            return
        self._waiting.append(error_report.report(event, self._origin))
        self._reactor.callFromThread(self._work)

    def _work(self) -> None:
        if self._waiting and not self._busy:
            self._busy = True
            self._worker = Deferred.fromCoroutine(self._send_all())

    async def _send_all(self) -> None:
        while self._waiting:
            problem = await self._send(self._waiting.popleft())
            self._count("failed" if problem else "sent")
            if problem:
                self._complain(problem)
                if not self.running:
                    break
                await self._pause()
        self._busy = False

    async def _send(self, body: bytes) -> str:
        """Send one report; return what went wrong, or nothing."""
        sending = Deferred.fromCoroutine(self._posted(body))
        try:
            status = await sending.addTimeout(SECONDS, self._reactor)
        except Exception as error:
            return reason(error)
        return "" if 200 <= status < 300 else f"the answer is {status}"

    async def _posted(self, body: bytes) -> int:
        # One connection for each: an old one may be dead, and a POST is not repeated.
        pool = HTTPConnectionPool(self._reactor, persistent=False)
        trust = BrowserLikePolicyForHTTPS(platformTrust())
        agent = Agent(self._reactor, trust, connectTimeout=SECONDS, pool=pool)
        url, producer = self._endpoint.encode("ascii"), FileBodyProducer(BytesIO(body))
        answer = await agent.request(b"POST", url, self._headers(), producer)
        await bounded_body(answer, _MAX_ANSWER)
        return int(answer.code)

    def _headers(self) -> Headers:
        fields = {
            "Content-Type": "application/json",
            "User-Agent": self._origin.program,
            "Bugsnag-Api-Key": self._origin.api_key,
            "Bugsnag-Payload-Version": error_report.PAYLOAD_VERSION,
            "Bugsnag-Sent-At": error_report.sent_at(),
        }
        return Headers({name: [value] for name, value in fields.items()})

    def _complain(self, problem: str) -> None:
        """Say that reports are lost: as a warning, which is not itself reported."""
        now = self._reactor.seconds()
        if now - self._said_at >= SILENCE_SECONDS:
            self._said_at = now
            _log.warn(
                "errors cannot be reported to {endpoint}: {problem}",
                endpoint=self._endpoint,
                problem=problem,
            )

    async def _pause(self) -> None:
        self._pausing = deferLater(self._reactor, PAUSE_SECONDS)
        with suppress(CancelledError):
            await self._pausing

    async def _flush(self) -> None:
        self._work()
        if self._pausing is not None:
            self._pausing.cancel()
        if self._worker is not None:
            await self._worker.addTimeout(FLUSH_SECONDS, self._reactor, lambda *_: None)
        for _ in self._waiting:
            self._count("dropped")
