"""What both programs have around what they serve: log, signals, supervision, reports.

``notary.tap`` and ``notary.signer_tap`` put the services of their program into it.
"""

import gc
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Literal, TypeVar

from attrs import frozen
from twisted.application.service import IService, Service
from twisted.logger import Logger

from notary import __version__
from notary.backends import BackendError
from notary.ops.error_reports import OUTCOMES, ErrorReports
from notary.ops.health import Health
from notary.ops.inherited import HTTP, OPS, inherit, variables_at_start
from notary.ops.lifecycle import Program, StopSignals
from notary.ops.listening import Listener
from notary.ops.logs import UNCONDITIONAL
from notary.ops.metrics import Metrics
from notary.ops.reactor import Reactor, prepared
from notary.ops.reload import ReloadSignal
from notary.ops.share import Share, alone
from notary.ops.systemd import Supervisor, SystemdError
from notary.ops.verbosity import Verbosity
from notary.ops.worker_member import Member
from notary.ops.worker_sockets import handed
from notary.options import VERSION_LINE, ProgramOptions
from notary.settings import SettingsError
from notary.web.request_log import PUBLISHED, RequestLog
from notary.web.site import make_status_site
from notary.web.status import Status

_GARBAGE_THRESHOLDS = (20_000, 20, 50)
"""Python's 700, 10 and 10 cost a publish a tenth of its processor time."""

_log = Logger()

_Options = TypeVar("_Options", bound=ProgramOptions)


def made(make: Callable[[_Options, Reactor], IService], options: _Options) -> IService:
    """Return what is made with the reactor that twistd has chosen.

    What cannot be made ends the program with the lines that say why.
    """
    from twisted.internet import reactor as chosen  # noqa: PLC0415 -- by twistd

    _interrupt_nobody()
    try:
        return make(options, prepared(chosen))
    except (BackendError, SettingsError, SystemdError) as error:
        raise SystemExit(str(error)) from None


def _interrupt_nobody() -> None:
    """Let what runs go on when we could: fewer switches, and more done in each turn.

    Whoever has chosen another policy for this process keeps it.
    """
    with suppress(OSError):
        if os.sched_getscheduler(0) == os.SCHED_OTHER:
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _look_for_garbage_less() -> None:
    """Leave what lives as long as the program alone, and look at the rest less often.

    With ``-debug`` it is not done: that server shows all objects.
    """
    gc.freeze()
    gc.set_threshold(*_GARBAGE_THRESHOLDS)


class Surroundings:
    """The parts that server and signer share, and the program that they become.

    Making one writes the first line of the log, and raises ``SystemdError`` if systemd
    hands over what cannot be used. ``member`` is there if this is one of several.
    """

    def __init__(
        self,
        kind: Literal["server", "signer"],
        options: ProgramOptions,
        reactor: Reactor,
    ) -> None:
        self._kind = kind
        self._options = options
        self._reactor = reactor
        observer = options.observer(options.settings.logging.level)
        self.request_log: RequestLog = observer or PUBLISHED
        if observer is not None:
            observer.lines.later = partial(reactor.callLater, 0)
            reactor.addSystemEventTrigger("after", "shutdown", observer.lines.flush)
        self._program = Program(observer)
        self.verbosity = Verbosity(reactor, observer)
        self.metrics = Metrics()
        self.metrics.show_build(f"notary-{kind}", __version__)
        self.member: Member | None = None
        self.share: Share | None = None
        if options.worker:
            given = handed(options.worker)
            self.sockets, self.share = given.sockets, given.share
            self.member = Member(reactor, options.worker, given.line)
        else:
            _log.info(VERSION_LINE, **{UNCONDITIONAL: True})
            self.sockets = inherit(variables_at_start(), self.addresses)
        self.supervisor = Supervisor(reactor, options.environ)

    @property
    def addresses(self) -> Mapping[str, str]:
        """The configured addresses, by the name of their socket."""
        server = self._options.settings.server
        return {HTTP: server.http_addr, OPS: server.ops_addr}

    @property
    def whole_page(self) -> Callable[[], Awaitable[bytes]] | None:
        """What returns the metrics of all processes, if there are several."""
        return self.member.whole_page if self.member else None

    def program(
        self,
        health: Health,
        status: Status,
        rereading: Mapping[str, Callable[[], str]],
        parts: Sequence[Service],
        listeners: Sequence[Service],
    ) -> Program:
        """Return the program; what it serves stops first, and what that needs last.

        ``rereading`` is what SIGHUP does, besides setting the level of the log.
        """
        self.metrics.watch_services(health.up)
        stop = self._stop_signals(health)
        rereading = {**rereading, "logging.level": self.reload_level}
        reload = ReloadSignal(self._reactor, rereading, self.supervisor)
        everything = (
            *self._membership(reload, health, stop),
            *self._debug_server(status),
            self.error_reports(),
            stop,
            reload,
            self.verbosity,
            *parts,
            health,
            *self._status(status),
            *listeners,
            self.supervisor,
        )
        return self.consisting_of(everything)

    def consisting_of(self, parts: Sequence[Service]) -> Program:
        """Return the program of these parts: the last one stops first."""
        for part in parts:
            part.setServiceParent(self._program)
        return self._program

    def tell_ready(self) -> None:
        """Tell the supervisor that all is served: for who serves nothing itself."""
        self.supervisor.setServiceParent(self._program)  # type: ignore[no-untyped-call]

    def error_reports(self) -> ErrorReports:
        """Return what reports errors; to be called once."""
        reporting = self._options.settings.reporting
        count = self.metrics.count_error_reports(OUTCOMES)
        return ErrorReports(reporting, f"notary-{self._kind}", self._reactor, count)

    def reload_level(self) -> str:
        """Log from the configured level on, and tell what that changed."""
        return self._options.reload_level(self.verbosity.set)

    def _stop_signals(self, health: Health) -> StopSignals:
        delay = self._options.settings.server.drain_delay_seconds
        tell = (health.drain, self.supervisor.stopping)
        return StopSignals(self._reactor, tell, delay)

    def _membership(
        self, reload: ReloadSignal, health: Health, stop: StopSignals
    ) -> list[Service]:
        if self.member is None:
            return []
        duties = _Duties(self.metrics, reload, self.verbosity, health, stop)
        self.member.take(duties)
        return [self.member]

    def _debug_server(self, status: Status) -> list[Service]:
        if not self._options["debug"]:
            self._reactor.callWhenRunning(_look_for_garbage_less)
        elif self._options.is_first:
            # Only it needs protobuf.
            from notary.debug.server import DebugServer  # noqa: PLC0415

            return [DebugServer(self._reactor, status)]
        return []

    def _status(self, status: Status) -> list[Service]:
        settings, socket = self._options.settings, self.sockets.get(OPS)
        address = settings.server.ops_addr
        # A worker does not bind what was not configured yet when all were started.
        if not address or (self.member and socket is None):
            return []
        site = make_status_site(self._kind, status, settings.limits, self._reactor)
        share = alone() if self.member else None
        return [Listener(self._reactor, address, site, None, socket, share=share)]


@frozen
class _Duties:
    """What a worker does when it is told to."""

    metrics: Metrics
    signal: ReloadSignal
    verbosity: Verbosity
    health: Health
    stopping: StopSignals

    def page(self) -> bytes:
        """Return its own metrics."""
        return self.metrics.page()

    def reload(self) -> None:
        """Read again what can change."""
        self.signal.reload()

    def set_level(self, level: str) -> object:
        """Log from this level on."""
        return self.verbosity.set(level)

    def hear(self, others: Mapping[str, str]) -> Mapping[str, str]:
        """Take note of what others lack; return what this one does."""
        return self.health.hear(others)

    def stop(self) -> None:
        """End in order."""
        self.stopping.stop()
