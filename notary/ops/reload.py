"""What the program reads again on SIGHUP, which must never end it."""

import signal
from collections.abc import Awaitable, Callable, Mapping
from types import FrameType
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFromThreads
from twisted.logger import Logger

from notary.ops.systemd import Supervisor
from notary.settings.errors import SettingsError

_log = Logger()


class ReloadSignal(Service):
    """Runs every action, by name, on SIGHUP, and logs what each says it changed.

    One that cannot use what it finds raises ``SettingsError`` and changes nothing.
    ``others`` is what has other processes do the same.
    """

    def __init__(
        self,
        reactor: IReactorFromThreads,
        actions: Mapping[str, Callable[[], str]],
        supervisor: Supervisor,
        others: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._reactor = reactor
        self._actions = actions
        self._supervisor = supervisor
        self._others = others
        self._before: Any = None

    def startService(self) -> None:  # noqa: N802
        """Take the signal over, at once: Twisted leaves it alone."""
        self.running = True
        self._before = signal.signal(signal.SIGHUP, self._received)

    def stopService(self) -> None:  # noqa: N802
        """Give the signal back."""
        self.running = False
        signal.signal(signal.SIGHUP, self._before or signal.SIG_DFL)

    def _received(self, _number: int, _frame: FrameType | None) -> None:
        self._reactor.callFromThread(lambda: Deferred.fromCoroutine(self._reload()))

    async def _reload(self) -> None:
        self._supervisor.reloading()
        self.reload()
        try:
            if self._others is not None:
                await self._others()
        except Exception:
            _log.failure("{name}: not read again", name="other processes")
        # Without this, systemd would take the program for one that hangs.
        self._supervisor.ready()

    def reload(self) -> None:
        """Run the actions now."""
        _log.info("SIGHUP: reading again what can change while we run")
        for name, action in self._actions.items():
            try:
                _log.info("{name}: {changed}", name=name, changed=action())
            except SettingsError as error:
                _log.error(
                    "{name}: stays as it was: {reason}",
                    name=name,
                    reason="; ".join(error.problems),
                )
            except Exception:
                _log.failure("{name}: not read again", name=name)
