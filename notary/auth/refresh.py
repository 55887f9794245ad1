"""Keeping the keys of issuers fresh: on time, for unknown ones, and on demand."""

import secrets
from collections.abc import Callable, Iterable
from datetime import datetime

from twisted.application.service import Service
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from notary.auth.authenticator import TokenAuthenticator
from notary.auth.checks import KEY
from notary.auth.files import KeysError
from notary.auth.keyset import Issuer
from notary.auth.sources import IssuerKeys
from notary.settings.model import TokenSettings

RETRY_SECONDS = (1, 300)
EARLY_SECONDS = 30
"""How long a URL is left alone until a token with an unknown key has it asked again."""

_log = Logger()


def token_authenticator(
    token: TokenSettings | None,
    sources: Iterable[IssuerKeys],
    reactor: IReactorTime,
    now: Callable[[], datetime],
    observe: Callable[[str], None],
) -> tuple[TokenAuthenticator | None, "KeyRefresh"]:
    """Return what verifies tokens, if they are wanted, and what keeps its keys fresh.

    ``observe`` is told the reason of each refusal.
    """
    refresh = KeyRefresh(sources, reactor)
    if token is None:
        return None, refresh

    def refused(reason: str) -> None:
        observe(reason)
        if reason == KEY.name:
            refresh.hasten()

    authenticator = TokenAuthenticator(
        realm=token.realm,
        service=token.service,
        autoredirect=token.autoredirect,
        issuers=[Issuer(source.name, source.current) for source in refresh.sources],
        now=now,
        observer=refused,
    )
    return authenticator, refresh


class KeyRefresh(Service):
    """Asks for key sets before they are stale, and reads files again when told to."""

    def __init__(self, sources: Iterable[IssuerKeys], reactor: IReactorTime) -> None:
        self.sources = tuple(sources)
        self._polls = [Poll(each, reactor) for each in self.sources if each.is_remote]

    @property
    def failing(self) -> int:
        """How many URLs gave no key set when they were last asked."""
        return sum(poll.is_failing for poll in self._polls)

    def startService(self) -> None:  # noqa: N802
        """Ask every URL at once; what cannot be reached is asked again and again."""
        self.running = True
        for poll in self._polls:
            poll.start()

    def stopService(self) -> None:  # noqa: N802
        """Give up on requests that are under way."""
        self.running = False
        for poll in self._polls:
            poll.stop()

    def hasten(self) -> None:
        """Ask early, but not too often: a token is signed with an unknown key."""
        for poll in self._polls:
            poll.hasten(EARLY_SECONDS)

    def reload(self) -> str:
        """Read all files again, ask every URL, and return what has changed."""
        changed = "; ".join(map(_reloaded, self.sources)) or "there are no keys"
        for poll in self._polls:
            poll.hasten(0)
        return changed


class Poll:
    """One URL that is asked again and again, from ``start`` until ``stop``."""

    def __init__(self, source: IssuerKeys, reactor: IReactorTime) -> None:
        self._source = source
        self._reactor = reactor
        self._failures = 0
        self._asked = 0.0
        self._alarm: Deferred[None] | None = None
        self._running: Deferred[None] | None = None
        self._stopped = False

    @property
    def is_failing(self) -> bool:
        """Whether the last request brought no key set."""
        return self._failures > 0

    def start(self) -> None:
        """Begin; the first request is made at once."""
        self._running = Deferred.fromCoroutine(self._run())

    def stop(self) -> None:
        """End, whatever it is waiting for."""
        self._stopped = True
        if self._running is not None:
            self._running.cancel()

    def hasten(self, seconds: float) -> None:
        """Ask now if the last request is so long ago and none is under way."""
        if self._reactor.seconds() - self._asked >= seconds:
            self._ring()

    async def _run(self) -> None:
        try:
            while True:
                await self._pause(await self._ask())
        except CancelledError:
            return

    async def _ask(self) -> float:
        """Ask once, and return after how many seconds to ask again."""
        self._asked = self._reactor.seconds()
        before = self._source.current()
        try:
            seconds: float = await self._source.fetch(self._reactor)
        except Exception as error:
            if self._stopped:
                raise CancelledError from None
            if not isinstance(error, KeysError):
                # A fault of ours must not be the end of asking.
                _log.failure("unexpected error about {keys}", keys=self._source.name)
            return self._failed(error)
        if self._failures or self._source.current() is not before:
            _log.info(
                "the key set of issuer {issuer} was fetched: {keys}",
                issuer=self._source.name,
                keys=str(self._source),
            )
        self._failures = 0
        # Servers that were started together should not ask together for ever.
        return seconds * secrets.SystemRandom().uniform(0.8, 1)

    def _failed(self, error: Exception) -> float:
        least, most = RETRY_SECONDS
        seconds = min(least << min(self._failures, 20), most)
        self._failures += 1
        _log.error(
            "the key set of issuer {issuer} cannot be fetched: {reason};"
            " the next attempt is in {seconds} s, and used until then: {keys}",
            issuer=self._source.name,
            reason=str(error),
            seconds=seconds,
            keys=str(self._source),
        )
        return seconds

    async def _pause(self, seconds: float) -> None:
        self._alarm = Deferred()
        timer = self._reactor.callLater(seconds, self._ring)
        try:
            await self._alarm
        finally:
            self._alarm = None
            if timer.active():
                timer.cancel()

    def _ring(self) -> None:
        if self._alarm is not None and not self._alarm.called:
            self._alarm.callback(None)


def _reloaded(source: IssuerKeys) -> str:
    try:
        changed = source.reload()
    except KeysError as error:
        _log.error(
            "the keys of issuer {issuer} cannot be read again: {reason};"
            " those of before are used",
            issuer=source.name,
            reason=str(error),
        )
        return f"issuer {source.name}: failed, {source} as before"
    return f"issuer {source.name}: {source}, {'new' if changed else 'as before'}"
