"""The recorded probes of a server whose signer stops and comes back."""

from itertools import dropwhile, takewhile
from typing import Any

import pytest
from attrs import define

from notary.settings.model import TrustServiceSettings
from notary.signing.remote import open_remote
from notary.signing.service import SigningService
from tests import recorded
from tests.compat import differences
from tests.compat.compare import difference
from tests.compat.recorded_signer import RecordedSigner
from tests.compat.server import ReplayServer, replay_server
from tests.recorded import Exchange
from tests.running import free_port

SET = "signer-down"
LAST_WITH_SIGNER, FIRST_WITH_SIGNER_AGAIN = "health up", "health recovered"


@define
class Switched:
    """Is the signer, or the way to where none is."""

    inner: SigningService
    nobody: SigningService
    is_down: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.nobody if self.is_down else self.inner, name)


@pytest.fixture
def nobody(run, reactor_thread):
    """The real way to a signer, of which nothing listens."""
    trust = TrustServiceSettings("remote", "localhost", str(free_port()), "ecdsa")
    signer = open_remote(trust, reactor_thread)
    yield signer
    run(signer.close())


def test_all_probes_of_a_signer_that_is_down_have_the_recorded_or_a_better_answer(
    run, reactor_thread, storage, nobody
):
    exchanges = recorded.probes(SET)
    before = list(takewhile(lambda one: one.name != LAST_WITH_SIGNER, exchanges))
    rest = exchanges[len(before) :]
    after = list(dropwhile(lambda one: one.name != FIRST_WITH_SIGNER_AGAIN, rest))
    during = rest[1 : -len(after)]
    signer = Switched(RecordedSigner.of(exchanges), nobody)
    with replay_server(run, reactor_thread, storage, signer=signer) as server:
        unexpected = unlisted(server, [*before, rest[0]])
        signer.is_down = True
        unexpected += unlisted(server, during)
        signer.is_down = False
        unexpected += unlisted(server, after)
    assert not unexpected, "\n".join(unexpected)
    assert len([one for one in during if not one.is_setup]) == 14


def unlisted(server: ReplayServer, exchanges: list[Exchange]) -> list[str]:
    """Replay exchanges; return the differences that are in no row of the table."""
    found = []
    for exchange in exchanges:
        probe, reply = f"{SET}:{exchange.name}", server.send(exchange)
        differs = difference(exchange, reply)
        if exchange.is_setup:
            # While it waited for its health to change, nothing else was asked.
            assert not differs or "health" in exchange.url, (probe, differs)
        elif differs and not differences.is_listed(probe, reply):
            found.append(f"{probe}: {differs}; {reply.body[:200]!r}")
    return found
