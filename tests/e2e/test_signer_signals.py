"""Signals to a real signer, while a server's link to it is at work."""

import shutil
import signal
import ssl

import pytest

from notary.settings.model import TrustServiceSettings
from notary.signing.remote import Renewal, open_remote
from tests.certificates import Authority
from tests.running import SIGNER_COMMAND, free_port, running, write_config
from tests.steady_load import loaded

HUP, MORE, LESS = signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2


class World:
    """Files that can be replaced, a signer that uses them, and the way to it."""

    def __init__(self, folder):
        self.folder = folder
        self.ports = {"grpc": free_port(), "https": free_port()}
        self.replace(Authority(folder / "first"))

    def replace(self, authority):
        pair, ours = authority.issue("signer"), authority.issue("client")
        for source, name in (
            (pair.certificate, "signer.crt"),
            (pair.key, "signer.key"),
            (authority.certificate, "ca.crt"),
            (ours.certificate, "client.crt"),
            (ours.key, "client.key"),
            (authority.certificate, "trusted.crt"),
        ):
            shutil.copy(source, self.folder / name)

    def command(self):
        config = {
            "server": {
                "grpc_addr": f"127.0.0.1:{self.ports['grpc']}",
                "http_addr": f"127.0.0.1:{self.ports['https']}",
                "tls_cert_file": "signer.crt",
                "tls_key_file": "signer.key",
                "client_ca_file": "ca.crt",
            },
            "storage": {"backend": "memory"},
            "logging": {"level": "info"},
        }
        return [*SIGNER_COMMAND, f"-config={write_config(self.folder, config)}"]

    def trust(self, protocol):
        return TrustServiceSettings(
            type="remote",
            hostname="localhost",
            port=str(self.ports[protocol]),
            tls_ca_file=self.folder / "trusted.crt",
            tls_client_cert=self.folder / "client.crt",
            tls_client_key=self.folder / "client.key",
            protocol=protocol,
        )


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


async def asked(remote):
    key = await remote.create_key("gun", "timestamp", "ecdsa")
    return await remote.sign(key.key_id, b"payload")


@pytest.mark.parametrize("protocol", ["grpc", "https"])
def test_both_sides_change_their_authority_without_a_restart(
    world, run, reactor_thread, protocol
):
    trust = world.trust(protocol)

    async def opened():
        remote = open_remote(trust, reactor_thread)
        return remote, Renewal(trust, remote)

    async def renewed():
        return renewal()

    with running(world.command(), world.folder) as signer:
        remote, renewal = run(opened())
        assert run(asked(remote))
        world.replace(Authority(world.folder / "second", "another authority"))
        signer.signal(HUP)
        signer.wait_for("TLS: new certificate 'CN=signer' until")
        # The connection of before is kept, although both ends have changed.
        assert run(asked(remote))
        said = run(renewed())
        assert "new client certificate 'CN=client'" in said
        assert "new CA 'CN=another authority'" in said
        assert run(asked(remote))
        (world.folder / "ca.crt").write_text("broken")
        signer.signal(HUP)
        signer.wait_for("TLS: stays as it was: server.client_ca_file")
        assert run(asked(remote))
        run(remote.close())
        assert signer.stop() == 0, signer.log


def test_no_signal_but_the_last_disturbs_the_api(world):
    client = ssl.create_default_context(cafile=world.folder / "ca.crt")
    client.load_cert_chain(world.folder / "client.crt", world.folder / "client.key")
    with running(world.command(), world.folder) as signer:
        with loaded(world.ports["https"], client, "/v1/health") as load:
            for number in (HUP, MORE, LESS, HUP):
                signer.signal(number)
                load.wait_for_answers(20)
        assert load.failures == []
        assert signer.stop() == 0, signer.log
    assert signer.output.splitlines() == [
        "Successfully setting log level to debug",
        "Successfully setting log level to info",
    ]
