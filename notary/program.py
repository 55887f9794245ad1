"""What both programs have around what they serve: log, signals, supervision, reports.

``notary.tap`` and ``notary.signer_tap`` put the services of their program into it.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Literal

from twisted.application.service import Service
from twisted.logger import Logger

from notary import __version__
from notary.debug.server import DebugServer
from notary.ops.error_reports import OUTCOMES, ErrorReports
from notary.ops.health import Health
from notary.ops.inherited import HTTP, OPS, inherit, variables_at_start
from notary.ops.lifecycle import Program, StopSignals
from notary.ops.listening import Listener
from notary.ops.logs import UNCONDITIONAL
from notary.ops.metrics import Metrics
from notary.ops.reactor import Reactor
from notary.ops.reload import ReloadSignal
from notary.ops.systemd import Supervisor
from notary.ops.verbosity import Verbosity
from notary.options import VERSION_LINE, ProgramOptions
from notary.web.site import make_status_site
from notary.web.status import Status

_log = Logger()


class Surroundings:
    """The parts that server and signer share, and the program that they become.

    Making one writes the first line of the log, and raises ``SystemdError`` if systemd
    hands over what cannot be used.
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
        self._program = Program(observer)
        self._verbosity = Verbosity(reactor, observer)
        _log.info(VERSION_LINE, **{UNCONDITIONAL: True})
        self.metrics = Metrics()
        self.metrics.show_build(f"notary-{kind}", __version__)
        server = options.settings.server
        addresses = {HTTP: server.http_addr, OPS: server.ops_addr}
        sockets = inherit(variables_at_start(), addresses)
        self.http_socket = sockets.get(HTTP)
        self._ops_socket = sockets.get(OPS)
        self._supervisor = Supervisor(reactor, options.environ)

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
        everything = [
            *self._first(health, rereading),
            *parts,
            health,
            *self._status(status),
            *listeners,
            self._supervisor,
        ]
        if self._options["debug"]:
            everything.insert(0, DebugServer(self._reactor, status))
        for part in everything:
            part.setServiceParent(self._program)
        return self._program

    def _first(
        self, health: Health, rereading: Mapping[str, Callable[[], str]]
    ) -> list[Service]:
        settings, reactor = self._options.settings, self._reactor
        level = partial(self._options.reload_level, self._verbosity.set)
        count = self.metrics.count_error_reports(OUTCOMES)
        return [
            ErrorReports(settings.reporting, f"notary-{self._kind}", reactor, count),
            StopSignals(
                reactor,
                (health.drain, self._supervisor.stopping),
                settings.server.drain_delay_seconds,
            ),
            ReloadSignal(
                reactor, {**rereading, "logging.level": level}, self._supervisor
            ),
            self._verbosity,
        ]

    def _status(self, status: Status) -> list[Service]:
        settings = self._options.settings
        address = settings.server.ops_addr
        if not address:
            return []
        site = make_status_site(self._kind, status, settings.limits, self._reactor)
        return [Listener(self._reactor, address, site, None, self._ops_socket)]
