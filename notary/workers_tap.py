"""The wiring of several processes: who starts the workers, and serves nothing itself.

A worker is what ``notary.tap`` wires, with a number. What passes between them and who
started them is in ``notary.ops.workers`` and ``notary.ops.worker_member``.
"""

import os
from collections.abc import Callable
from functools import partial

from twisted.application.service import IService

from notary.ops.inherited import HTTP, OPS
from notary.ops.lifecycle import StopSignals, end_with_failure
from notary.ops.reactor import Reactor
from notary.ops.reload import ReloadSignal
from notary.ops.share import memory_for
from notary.ops.worker_channel import Answers
from notary.ops.worker_process import Ended, Launched, Program
from notary.ops.worker_sockets import Sockets
from notary.ops.workers import Workers
from notary.options import ServerOptions
from notary.program import Surroundings


def supervision(options: ServerOptions, reactor: Reactor) -> IService:
    """Return what starts the workers and keeps them, ready to be started.

    Raise ``SystemdError``.
    """
    around = Surroundings("server", options, reactor)
    sockets = Sockets(around.addresses, around.sockets)
    workers = _workers(options, reactor, sockets, around)
    tell = (workers.drain, sockets.close, around.supervisor.stopping)
    level = {"logging.level": around.reload_level}
    parts = (
        around.error_reports(),
        StopSignals(reactor, tell),
        ReloadSignal(reactor, level, around.supervisor, workers.reload),
        around.verbosity,
        sockets,
        workers,
    )
    return around.consisting_of(parts)


def _workers(
    options: ServerOptions, reactor: Reactor, sockets: Sockets, around: Surroundings
) -> Workers:
    workers = Workers(
        reactor,
        options.workers,
        _launch(options, reactor, sockets),
        drain_seconds=options.settings.server.drain_delay_seconds,
        ready=around.tell_ready,
        failed=partial(end_with_failure, reactor),
    )
    around.metrics.watch_workers(workers.seats)
    around.metrics.watch_log(lambda: around.request_log.failed)
    workers.own_page = around.metrics.page
    around.verbosity.told = workers.set_level
    return workers


def _launch(
    options: ServerOptions, reactor: Reactor, sockets: Sockets
) -> Callable[[int, Answers, Ended], Launched]:
    log = options.log_stream(options.parent or {})
    shares = memory_for(options.workers)

    def launch(number: int, answers: Answers, ended: Ended) -> Launched:
        program = Program(
            options.for_worker(),
            os.environ,
            log.fileno(),
            sockets.held[HTTP],
            sockets.held.get(OPS),
            shares,
        )
        return program.launch(reactor, number, answers, ended)

    return launch
