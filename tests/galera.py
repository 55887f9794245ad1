"""A private MariaDB Galera cluster of a test: three nodes, loopback only.

All begin as copies of the first, so that no whole copy has to be transferred. A node
that was killed is asked how far it had come, and gets what it missed from another.
"""

import random
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pymysql
from attrs import evolve

from tests.mariadb import MariaDB, Place

PROVIDER = "/usr/lib/galera/libgalera_smm.so"
SECONDS = 90

_SCRIPT = """# mariadbd runs it at both ends when a node joins: whence to go on?
import socket, sys

given = dict(zip(sys.argv[1:], sys.argv[2:]))
address = given["--address"].partition("/")[0]
host, port = address.split(":")
if given["--role"] == "joiner":
    with socket.create_server((host, int(port))) as listening:
        listening.settimeout(60)
        print("ready", address, flush=True)
        print(listening.accept()[0].makefile().read(), flush=True)
elif "--bypass" in sys.argv:
    with socket.create_connection((host, int(port))) as joiner:
        joiner.sendall(given["--gtid"].encode())
    print("continue", flush=True)
    print("done", given["--gtid"], flush=True)
else:
    sys.exit("a whole copy of the data was asked for")
"""
_HEALTH = "SHOW STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_cluster_size')"


class Node(MariaDB):
    """One server of a cluster; its peers are told by ``join``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.port, self.group, *self._transfers = _fixed_ports(4)
        self._place = Place("information_schema", self.port)
        script = folder / "wsrep_sst_increment"
        script.write_text(f"#!{sys.executable}\n{_SCRIPT}")
        script.chmod(0o700)
        self._environment["PATH"] += f":{folder}"

    def install(self) -> None:
        """Make the data with which the history of a cluster begins."""
        self._install()
        self.join()
        self.wait_for(1)
        self.stop()

    def join(self, *groups: int) -> None:
        """Start and join those who listen at such ports, or found a cluster."""
        address = ",".join(f"127.0.0.1:{group}" for group in groups)
        self._options = (*self._wsrep(), f"--wsrep-cluster-address=gcomm://{address}")
        if not groups:
            self._options += ("--wsrep-new-cluster",)
        elif (self._data / "gvwstate.dat").exists():
            self._options += (f"--wsrep-start-position={self._recovered()}",)
        self.start()

    def copy_to(self, other: "Node") -> None:
        """Give another node the data of this one, which does not run."""
        shutil.copytree(self._data, other._data)

    def wait_for(self, size: int) -> None:
        """Wait until the node takes queries as one of so many."""
        expected = [("wsrep_cluster_size", str(size)), ("wsrep_ready", "ON")]
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with suppress(pymysql.MySQLError):
                if sorted(self._place.run(_HEALTH)) == expected:
                    return
            assert self._process
            assert self._process.poll() is None, self._log.read_text()
            time.sleep(0.1)
        raise AssertionError(self._log.read_text())

    def at(self, place: Place) -> Place:
        """Return a database of the cluster as it is reached on this node."""
        return evolve(place, port=self.port)

    def _wsrep(self) -> tuple[str, ...]:
        provider = {
            "gmcast.listen_addr": f"tcp://127.0.0.1:{self.group}",
            "ist.recv_addr": f"127.0.0.1:{self._transfers[0]}",
            "gcache.size": "32M",
            # A dead node is missed after 2 instead of 5 seconds.
            "evs.suspect_timeout": "PT2S",
            "evs.keepalive_period": "PT0.5S",
        }
        options = ";".join(f"{name}={value}" for name, value in provider.items())
        return (
            *("--wsrep-on=ON", f"--wsrep-provider={PROVIDER}"),
            *("--binlog-format=ROW", "--innodb-autoinc-lock-mode=2"),
            *("--wsrep-cluster-name=notary", "--wsrep-node-address=127.0.0.1"),
            *("--wsrep-sst-method=increment", f"--wsrep-provider-options={options}"),
            f"--wsrep-sst-receive-address=127.0.0.1:{self._transfers[1]}",
        )

    def _recovered(self) -> str:
        """Return the position that the data has, as ``galera_recovery`` does."""
        done = subprocess.run(
            [
                *("/usr/sbin/mariadbd", "--no-defaults", "--user=root"),
                *(f"--datadir={self._data}", "--wsrep-recover"),
                *("--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M"),
                *("--wsrep-on=ON", f"--wsrep-provider={PROVIDER}"),
                *("--wsrep-cluster-address=gcomm://", "--binlog-format=ROW"),
                "--skip-networking",
                f"--socket={self.socket}",
                f"--pid-file={self._data}/recovery.pid",
            ],
            stderr=subprocess.PIPE,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        found = done.stderr.partition("Recovered position: ")[2].split()
        assert found, done.stderr
        return found[0]


class Cluster:
    """Nodes with the same data, and the databases on them."""

    def __init__(self, folder: Path, size: int = 3) -> None:
        self._folder = folder
        self.nodes = [self._node(number) for number in range(1, size + 1)]

    def start(self) -> None:
        """Found the cluster with the first node, and let the others join."""
        first, *others = self.nodes
        first.install()
        for other in others:
            first.copy_to(other)
        first.join()
        first.wait_for(1)
        for count, other in enumerate(others, 2):
            other.join(*self._groups(other))
            other.wait_for(count)

    def rejoin(self, node: Node) -> None:
        """Start a node that was killed and wait until it has what it missed."""
        node.join(*self._groups(node))
        node.wait_for(len(self.nodes))

    def discard(self) -> None:
        """End all nodes and throw their data away."""
        for node in self.nodes:
            node.kill()
        shutil.rmtree(self._folder)

    def create_database(self) -> Place:
        """Make an empty database, which is reached through the first node."""
        return self.nodes[0].create_database()

    def _groups(self, node: Node) -> list[int]:
        return [other.group for other in self.nodes if other is not node]

    def _node(self, number: int) -> Node:
        folder = self._folder / f"node{number}"
        folder.mkdir()
        return Node(folder)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Run a cluster of three until the block ends."""
    made = Cluster(folder)
    try:
        made.start()
        yield made
    finally:
        made.discard()


def _fixed_ports(count: int) -> list[int]:
    """Return free ports that no outgoing connection takes while a node is down."""
    found = []
    for port in random.SystemRandom().sample(range(20000, 32000), 200):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
        if len(found) == count:
            break
    return found
