"""The nine recorded histories, published through the core and the workflows."""

import json

import pytest

from notary.server import serve
from notary.server.publish import publish
from notary.server.service import Service
from notary.signing.keystore import MemoryKeyStore
from notary.signing.local import LocalSigner
from notary.storage.memory import MemoryStore
from notary.tuf import names, repository
from notary.tuf.envelope import parse_upload
from notary.tuf.errors import InvalidUpdate
from tests import recorded
from tests.compat.server import RecordedClock
from tests.reading import new_files
from tests.recorded import Exchange
from tests.recorded_keys import PASSPHRASES, recorded_keys


async def recorded_service(clock: RecordedClock) -> Service:
    """Return an empty server that holds the recorded signer's keys."""
    keys = MemoryKeyStore()
    for row in recorded_keys():
        await keys.insert(row, row.last_used)
    signer = LocalSigner(keys, PASSPHRASES, clock)
    store = MemoryStore()
    return Service(store, signer, clock, "ecdsa", new_files(store))


@pytest.mark.parametrize("name", recorded.histories())
def test_every_publish_of_a_recorded_history_has_the_same_verdict_again(name, run):
    run(_replay(recorded.history(name)))


async def _replay(exchanges: list[Exchange]) -> None:
    clock = RecordedClock()
    clock.time = exchanges[0].when
    service = await recorded_service(clock)
    verdicts = []
    for exchange in exchanges:
        clock.time = exchange.when
        if exchange.method == "DELETE":
            await service.store.delete(exchange.gun, clock())
        elif exchange.is_publish:
            verdicts.append(await _publish(service, exchange))
    assert verdicts == [
        _recorded_verdict(item) for item in recorded.publishes(exchanges)
    ]


async def _publish(service: Service, exchange: Exchange) -> tuple[int, str]:
    """Return status and message; what was accepted must then be served."""
    files = exchange.uploaded()
    uploads = {role: parse_upload(role, data) for role, data in files.items()}
    try:
        await publish(service, exchange.gun, uploads)
    except InvalidUpdate as error:
        return 400, error.message
    await _check_current(service, exchange.gun, files)
    return 200, ""


def _recorded_verdict(exchange: Exchange) -> tuple[int, str]:
    if exchange.status == 200:
        return 200, ""
    detail = json.loads(exchange.body)["errors"][0]["detail"]
    return exchange.status, detail["Error"]["Msg"]


async def _check_current(service, gun: str, files: dict[str, bytes]) -> None:
    """Everything uploaded is served again, and every listed file is there."""
    for role, data in files.items():
        assert (await serve.current(service, gun, role)).data == data
    snapshot = await serve.current(service, gun, names.SNAPSHOT)
    for role in repository.read_snapshot(snapshot.data).meta:
        await serve.current(service, gun, role)
