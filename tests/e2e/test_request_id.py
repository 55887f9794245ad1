"""One publish, followed by its request id through the logs of server and signer."""

import json
import threading
from contextlib import closing, contextmanager

import pytest
from attrs import define

from tests.certificates import Authority
from tests.gopeers import remote_trust
from tests.load import Link, create_repository
from tests.running import TWISTD, free_port, memory_config, running, write_config

IDS = [f"publish-{number}" for number in range(6)]


@define
class Named(Link):
    """A connection whose requests all have one id."""

    identity: str = ""

    def send(self, method, path, body=None, headers=()):
        named = {**dict(headers), "X-Request-Id": self.identity}
        answer = super().send(method, path, body, named)
        assert answer.headers["x-request-id"] == self.identity
        return answer


@contextmanager
def signer_process(folder, authority, protocol):
    """Run a signer in memory; give its settings for a server, and the process."""
    pair, port = authority.issue("signer"), free_port()
    folder.mkdir()
    config = {
        "server": {
            "grpc_addr" if protocol == "grpc" else "http_addr": f"127.0.0.1:{port}",
            "tls_cert_file": str(pair.certificate),
            "tls_key_file": str(pair.key),
            "client_ca_file": str(authority.certificate),
        },
        "storage": {"backend": "memory"},
        "logging": {"level": "info"},
    }
    path = write_config(folder, config)
    with running([*TWISTD, "notary-signer", "--config", str(path)], folder) as process:
        yield remote_trust(port, authority) | {"protocol": protocol}, process
        assert process.stop() == 0, process.log


def publish(port, identity):
    with closing(Named(port, identity=identity)) as link:
        create_repository(link, f"example.com/{identity}")


@pytest.mark.parametrize("protocol", ["grpc", "https"])
def test_publishes_at_the_same_time_are_told_apart_in_the_signers_log(
    tmp_path, protocol
):
    authority, port = Authority(tmp_path / "ca"), free_port()
    with signer_process(tmp_path / "signer", authority, protocol) as (trust, signer):
        path = write_config(tmp_path, memory_config(port) | {"trust_service": trust})
        command = [*TWISTD, "notary-server", "--config", str(path)]
        with running(command, tmp_path) as server:
            threads = [threading.Thread(target=publish, args=(port, i)) for i in IDS]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            assert server.stop() == 0
    served = [json.loads(line) for line in server.log]
    signed = [json.loads(line) for line in signer.log]
    for identity in IDS:
        mine = [line for line in signed if line.get("http.request.id") == identity]
        done = {line["operation"].lower().replace("_", "") for line in mine
                if "operation" in line}  # fmt: skip
        assert {"createkey", "sign"} <= done
        guns = {line["gun"] for line in mine if "gun" in line}
        assert guns == {f"example.com/{identity}"}
        (updated,) = [
            line
            for line in served
            if line.get("http.request.id") == identity
            and line["msg"].startswith("updated ")
        ]
        assert updated["gun"] == f"example.com/{identity}"
