"""The gRPC server in a process that twistd has put into the background."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.running import ended, free_port
from tests.signer.conftest import Served

TAC = """
from datetime import UTC, datetime
from pathlib import Path
from twisted.application.service import Application
from twisted.internet import reactor
from notary.signer.rpc_server import GRPCListener
from notary.signer.rpc_tls import rpc_tls
from notary.signing.keystore import MemoryKeyStore
from notary.signing.local import LocalSigner
from notary.signing.passphrase import ephemeral

signer = LocalSigner(MemoryKeyStore(), ephemeral(), lambda: datetime.now(UTC))
tls = rpc_tls(Path({certificate!r}), Path({key!r}), Path({authority!r}))
application = Application("signer")
GRPCListener(reactor, "127.0.0.1:{port}", signer, tls).setServiceParent(application)
"""


@pytest.fixture
def daemon(tmp_path, authority, server_pair, eventually):
    """A signer in the background, and the file of its log."""
    port, pid_file, log = free_port(), tmp_path / "pid", tmp_path / "log"
    tac = tmp_path / "signer.tac"
    files = {"certificate": server_pair.certificate, "key": server_pair.key}
    files["authority"] = authority.certificate
    texts = {name: str(path) for name, path in files.items()}
    tac.write_text(TAC.format(port=port, **texts))
    twistd = str(Path(sys.executable).with_name("twistd"))
    command = [twistd, f"--pidfile={pid_file}", f"--logfile={log}", f"--python={tac}"]
    begun = ended(command, tmp_path)
    assert begun.returncode == 0, begun.stderr
    eventually(lambda: log.exists() and "Starting on" in log.read_text())
    pid = int(pid_file.read_text())
    yield Served(port, None), log
    os.kill(pid, signal.SIGTERM)
    eventually(lambda: not pid_file.exists())
    assert "Server Shut Down" in log.read_text()


def test_it_serves_after_the_fork_and_ends_in_order(daemon, connect):
    served, log = daemon
    client = connect(served)
    key_id = client.create().keyInfo.keyID.ID
    assert len(client.sign(key_id, b"payload").content) == 64
    assert "Traceback" not in log.read_text()
