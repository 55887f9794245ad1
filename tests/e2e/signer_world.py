"""Servers of ours with repositories, their signer, and what can become of that."""

import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from attrs import define, field

from tests import our_server as server_process
from tests import our_signer as signer_process
from tests.certificates import Authority
from tests.load_link import Link, Repository, create_repository
from tests.mariadb import Place
from tests.our_server import OurServer, our_server
from tests.our_signer import OurSigner, new_ports, our_signer
from tests.slow_proxy import SlowProxy, slow_proxy

DEADLINE = 2
FAULTS = ("killed", "hung", "slow")


@define
class World:
    """Two servers on one database: one reaches the signer through the proxy."""

    folder: Path
    server_place: Place
    signer_place: Place
    protocol: str
    stack: ExitStack
    authority: Authority = field(init=False)
    ports: dict[str, int] = field(factory=new_ports)
    signer: OurSigner = field(init=False)
    proxy: SlowProxy = field(init=False)
    servers: list[OurServer] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.authority = Authority(self.folder / "authority")
        bootstrap_folder = self.folder / "bootstrap"
        dsn = self.signer_place.dsn
        signer_process.bootstrap(bootstrap_folder, dsn, self.authority)
        self.start_signer()
        self.proxy = self.stack.enter_context(slow_proxy(self.ports[self.protocol]))
        trust = self.signer.trust(self.protocol)
        server_process.bootstrap(bootstrap_folder, self.server_place.dsn, trust)
        self.start_server()
        self.start_server(port=str(self.proxy.port))

    def start_signer(self) -> None:
        """Start the signer, on the ports of the one before."""
        dsn = self.signer_place.plain().dsn
        self.signer = self.stack.enter_context(
            our_signer(self.folder / "signer", dsn, self.authority, ports=self.ports)
        )

    def start_server(self, **changes: str) -> OurServer:
        """Start another server on the same database."""
        folder = self.folder / f"server{len(self.servers)}"
        trust = self.signer.trust(self.protocol, deadline_seconds=DEADLINE, **changes)
        dsn = self.server_place.plain().dsn
        self.servers.append(self.stack.enter_context(our_server(folder, dsn, trust)))
        return self.servers[-1]

    def concerned(self, fault: str) -> OurServer:
        """Return the server that a fault of the signer concerns."""
        return self.servers[fault == "slow"]

    def repository(self, gun: str) -> Repository:
        """Return a new repository."""
        with closing(Link(self.servers[0].port)) as link:
            return create_repository(link, gun)

    def stored(self, gun: str) -> list[list[tuple]]:
        """Return what identifies every file and every change of a repository."""
        return [
            self.server_place.run(
                f"SELECT * FROM {table} WHERE gun = '{gun}' ORDER BY id"
            )
            for table in ("tuf_files", "changefeed")
        ]

    @contextmanager
    def fault(self, name: str) -> Iterator[None]:
        """Let the signer be out of order until the block ends."""
        process = self.signer.running
        if name == "killed":
            process.signal(signal.SIGKILL)
            process.wait()
            try:
                yield
            finally:
                self.start_signer()
        elif name == "hung":
            process.signal(signal.SIGSTOP)
            try:
                yield
            finally:
                process.signal(signal.SIGCONT)
        else:
            self.proxy.delay = 2 * DEADLINE
            try:
                yield
            finally:
                self.proxy.delay = 0
