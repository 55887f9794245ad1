"""Whether the program can do its work: asked in the background, known at any moment.

How one service is asked is in ``notary.ops.watch``; how it is told is left to
``notary.web.status``, and who calls ``drain`` to what stops the program.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping

from twisted.application.service import Service

from notary.ops.reactor import Reactor
from notary.ops.watch import Check, Watch
from notary.signing.keystore import KeyStore
from notary.storage.store import MetadataStore
from notary.tuf import names

# No file has this checksum, and no key this id: asking for it tells whether the store
# answers at all.
_NOTHING = "0" * 64


def metadata_check(store: MetadataStore) -> Check:
    """Return the check of where metadata is kept."""
    return Check(
        "storage",
        "DB operational",
        "Cannot access table: tuf_files",
        lambda: store.present("health", {names.TIMESTAMP: _NOTHING}),
    )


def keys_check(store: KeyStore) -> Check:
    """Return the check of where a signer keeps its keys."""
    return Check(
        "storage",
        "DB operational",
        "Cannot access table: private_keys",
        lambda: store.by_id(_NOTHING),
    )


def signer_check(ask: Callable[[], Awaitable[object]]) -> Check:
    """Return the check of a signer elsewhere, without which metadata is still read."""
    return Check(
        "signer", "Trust operational", "Cannot reach the signer", ask, for_reading=False
    )


class Health(Service):
    """What is known about everything that the program depends on."""

    def __init__(self, checks: Iterable[Check], reactor: Reactor) -> None:
        self._reactor = reactor
        self._watches = [Watch(check, reactor) for check in checks]
        self._draining = False
        self._others: Mapping[str, str] = {}

    @property
    def failed(self) -> Mapping[str, str]:
        """Why nothing can be served, by the name of the check; empty if all is well."""
        return _problems(each for each in self._watches if each.check.for_reading)

    @property
    def problems(self) -> Mapping[str, str]:
        """The same, with what only writing needs, and what other workers lack."""
        return {**self.own_problems, **self._others}

    @property
    def own_problems(self) -> Mapping[str, str]:
        """Why this process does not do everything, for instance as it stops."""
        stopping = {"Serving": "stopping"} if self._draining else {}
        return {**stopping, **_problems(self._watches)}

    @property
    def can_read(self) -> bool:
        """Whether requests for metadata are welcome here."""
        return not (self._draining or self.failed)

    @property
    def can_write(self) -> bool:
        """Whether publishes are, too."""
        return not self.own_problems

    @property
    def up(self) -> Mapping[str, Callable[[], bool]]:
        """How to ask for what is known of each service, by its name."""
        return {watch.check.service: watch.is_up for watch in self._watches}

    def hear(self, others: Mapping[str, str]) -> Mapping[str, str]:
        """Take note of what other workers lack, which changes nothing here.

        Return what this one does.
        """
        self._others = others
        return self.own_problems

    def drain(self) -> None:
        """Be neither ready to read nor to write from now on."""
        self._draining = True

    def startService(self) -> None:  # noqa: N802
        """Begin to ask as soon as the reactor runs."""
        self.running = True
        self._reactor.callWhenRunning(self._begin)

    def stopService(self) -> None:  # noqa: N802
        """Ask no more, and take no notice of answers that are still to come."""
        self.running = False
        for watch in self._watches:
            watch.stop()

    def _begin(self) -> None:
        if self.running:
            for watch in self._watches:
                watch.start()


def _problems(watches: Iterable[Watch]) -> dict[str, str]:
    return {each.check.name: each.problem for each in watches if each.problem}
