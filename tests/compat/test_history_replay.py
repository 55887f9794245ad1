"""The nine recorded histories of real clients, request by request over HTTP."""

import hashlib
import json
import re
from binascii import a2b_base64

import pytest
from attrs import evolve

from tests import recorded
from tests.compat import differences
from tests.compat.compare import difference
from tests.compat.server import ReplayServer, Reply, replay_server
from tests.recorded import Exchange

_CHECKSUM = re.compile(r"[0-9a-f]{64}")


@pytest.mark.parametrize("name", recorded.histories())
def test_every_request_of_a_recorded_history_is_answered_as_recorded(
    run, reactor_thread, storage, name
):
    exchanges = recorded.history(name)
    algorithm = "ed25519" if "ed25519" in name else "ecdsa"
    with replay_server(run, reactor_thread, storage, key_algorithm=algorithm) as server:
        replay = Replay(name, server, exchanges)
        for exchange in exchanges:
            replay.repeat(exchange)
    assert replay.identical > len(exchanges) // 4


class Replay:
    """Repeats a history, in which the files that the server signs are its own.

    ``aliases`` leads from the checksum of such a file in the recording to that of ours.
    """

    def __init__(
        self, name: str, server: ReplayServer, exchanges: list[Exchange]
    ) -> None:
        self.name = name
        self.server = server
        self.aliases: dict[str, str] = {}
        self.identical = 0
        self.uploaded = {
            data
            for exchange in recorded.publishes(exchanges)
            for data in exchange.uploaded().values()
        }

    def repeat(self, exchange: Exchange) -> None:
        """Send a request; its answer must be the recorded one."""
        url = _CHECKSUM.sub(
            lambda match: self.aliases.get(match[0], match[0]), exchange.url
        )
        reply = self.server.send(evolve(exchange, url=url))
        found = difference(exchange, reply)
        if found:
            probe = f"{self.name}:{exchange.name}"
            assert differences.is_listed(probe, reply), (probe, url, found)
            return
        if exchange.body in self.uploaded:
            assert reply.body == exchange.body
            self.identical += 1
        elif exchange.status == 200 and exchange.url.endswith(".json"):
            self._compare_signed(exchange, reply)

    def _compare_signed(self, exchange: Exchange, reply: Reply) -> None:
        """Compare files that the server signed: all but hashes, dates, signatures."""
        bodies = (exchange.body, reply.body)
        before, now = (hashlib.sha256(body).hexdigest() for body in bodies)
        self.aliases[before] = now
        theirs, ours = (json.loads(body)["signed"] for body in bodies)
        assert theirs.keys() == ours.keys()
        assert theirs["_type"] == ours["_type"]
        assert theirs["version"] == ours["version"]
        # Ours no longer lists delegations that were removed.
        assert ours["meta"].keys() <= theirs["meta"].keys()
        for role, listed in ours["meta"].items():
            before, now = (_sha256(item) for item in (theirs["meta"][role], listed))
            assert before == now or theirs["_type"] == "Timestamp"
            self.aliases[before] = now


def _sha256(listed: dict) -> str:
    return a2b_base64(listed["hashes"]["sha256"]).hex()
