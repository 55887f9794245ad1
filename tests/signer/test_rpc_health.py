"""The health service, and that watching it does not keep the server from its work."""

import grpc
import pytest

from notary.signer.rpc_health import MAX_WATCHES
from notary.signer.rpc_server import THREADS

SERVING, NOT_SERVING, SERVICE_UNKNOWN = 1, 2, 3
SERVICES = [
    "",
    "grpc.health.v1.Health.KeyManagement",
    "grpc.health.v1.Health.Signer",
]


@pytest.mark.parametrize("service", SERVICES)
def test_the_services_serve(client, service):
    assert client.check(service) == SERVING
    watch = client.watch(service)
    assert next(watch).status == SERVING
    watch.cancel()


@pytest.mark.parametrize("service", ["proto.Signer", "Grpc.health.v1.Health.Signer"])
def test_others_are_unknown(client, service):
    with pytest.raises(grpc.RpcError) as caught:
        client.check(service)
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND
    assert caught.value.details() == "unknown service"
    watch = client.watch(service)
    assert next(watch).status == SERVICE_UNKNOWN
    watch.cancel()


def test_watches_are_bounded_and_leave_threads_for_calls(client):
    assert MAX_WATCHES < THREADS
    watches = [client.watch() for _ in range(MAX_WATCHES)]
    assert {next(watch).status for watch in watches} == {SERVING}
    for _ in range(THREADS):
        assert client.watch().code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert client.create().publicKey


def test_a_watch_that_ends_makes_room_for_another(client, eventually):
    watches = [client.watch() for _ in range(MAX_WATCHES)]
    assert [next(watch).status for watch in watches]
    watches[0].cancel()
    eventually(lambda: _serves(client.watch()))


def test_a_watch_sees_the_end_of_the_server(run, serve, connect, signer):
    served = serve(signer)
    watch = connect(served).watch()
    assert next(watch).status == SERVING

    async def stop():
        await served.listener.stopService()

    run(stop())
    assert [answer.status for answer in watch] == [NOT_SERVING]


def _serves(watch):
    try:
        return next(watch).status == SERVING
    except grpc.RpcError:
        return False
