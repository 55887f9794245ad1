"""Real programs lose their database and their signer, and say so without delay."""

import json
import signal
import socket
import time
from contextlib import ExitStack, contextmanager

import pytest
from attrs import define

from tests import our_server, our_signer
from tests.certificates import Authority
from tests.mariadb import PASSWORD
from tests.our_server import SECRETS
from tests.running import TWISTD, free_port, memory_config, running, write_config
from tests.web.serving import Client

NOTICED_SECONDS = 15
LOADED = 3
"""How many times longer it may take where other tests want both processors."""
ANSWER_SECONDS = 2
DB = {"DB operational": "Cannot access table: tuf_files"}
TRUST = {"Trust operational": "Cannot reach the signer"}


@define
class Program:
    """What a program tells of itself: all answers so far came at once."""

    name: str
    client: Client
    slowest: float = 0.0

    def ask(self, what):
        """Return the status and the content of an answer."""
        begun = time.monotonic()
        got = self.client("GET", f"/_notary_{self.name}/{what}")
        self.slowest = max(self.slowest, time.monotonic() - begun)
        return got.status, json.loads(got.body)

    def becomes(self, status, **content):
        """Wait until it tells this of what it is ready for."""
        begun = time.monotonic()
        while (told := self.ask("ready")) != (status, content):
            assert time.monotonic() - begun < NOTICED_SECONDS * LOADED, told
            assert self.ask("live") == (200, {})
            time.sleep(0.05)

    def is_well_again(self):
        self.becomes(200, read=True, write=True, problems={})

    def up(self, service):
        """Return the sample for the service on the page for Prometheus."""
        lines = self.client("GET", "/metrics").body.decode().splitlines()
        (value,) = [each for each in lines if each.startswith(f"notary_{service}_up ")]
        return float(value.split()[1])


class World:
    """A server and its signer, on databases of one MariaDB."""

    def __init__(self, database, folder, stack):
        self.database, self.folder, self.stack = database, folder, stack
        self.ports = our_signer.new_ports() | {"ops": free_port()}
        self.server_place = database.create_database()
        self.signer_place = database.create_database()
        self.authority = Authority(folder / "authority")
        dsn = self.signer_place.dsn
        our_signer.bootstrap(self.folder / "signer", dsn, self.authority)
        self.start_signer()
        trust, folder, dsn = self.signer.trust(), self.folder, self.server_place.dsn
        our_server.bootstrap(folder, dsn, trust)
        ops = free_port()
        self.server = self.stack.enter_context(
            our_server.our_server(
                folder / "server", dsn, trust, ops_addr=f"127.0.0.1:{ops}"
            )
        )
        self.public = Program("server", Client(self.server.port))
        self.apart = Program("server", Client(ops))
        self.of_signer = Program("signer", Client(self.ports["ops"]))

    def start_signer(self):
        self.signer = self.stack.enter_context(
            our_signer.our_signer(
                self.folder / "signer",
                self.signer_place.dsn,
                self.authority,
                ports=self.ports,
            )
        )

    def said(self, program, text):
        """Return level and message of the lines of a log with the text."""
        lines = [json.loads(line) for line in program.running.log if text in line]
        return [(each["level"], each["msg"]) for each in lines]


@pytest.fixture(scope="module")
def world(own_mariadb, tmp_path_factory):
    with ExitStack() as stack:
        yield World(own_mariadb, tmp_path_factory.mktemp("world"), stack)


@contextmanager
def renamed(place, table):
    """Take a table away until the block ends."""
    place.run(f"RENAME TABLE {table} TO elsewhere")
    try:
        yield
    finally:
        place.run(f"RENAME TABLE elsewhere TO {table}")


def test_a_signer_that_hangs_is_told_from_a_table_that_is_gone(world):
    public, apart = world.public, world.apart
    for program in (public, apart, world.of_signer):
        program.is_well_again()
        assert program.ask("health") == (200, {})
    world.signer.running.signal(signal.SIGSTOP)
    try:
        with renamed(world.server_place, "tuf_files"):
            public.becomes(503, read=False, write=False, problems=DB | TRUST)
            assert public.ask("health") == apart.ask("health") == (500, DB)
            assert (apart.up("storage"), apart.up("signer")) == (0, 0)
        public.becomes(200, read=True, write=False, problems=TRUST)
        assert public.ask("health") == apart.ask("health") == (200, {})
        assert (apart.up("storage"), apart.up("signer")) == (1, 0)
    finally:
        world.signer.running.signal(signal.SIGCONT)
    public.is_well_again()
    assert max(public.slowest, apart.slowest) < ANSWER_SECONDS
    check_log(world)


def check_log(world):
    """Check that each change was one line, with its reason."""
    for check, reason in (
        ("DB operational: ", "Cannot access table: tuf_files: the database failed: 11"),
        ("Trust operational: ", "Cannot reach the signer: "),
    ):
        (lost, again) = world.said(world.server, check)
        assert lost[0] == "error"
        assert lost[1].startswith(check + reason)
        assert again[0] == "info"
        assert again[1].startswith(f"{check}works again, after ")


def test_a_silent_database_and_then_neither_database_nor_signer(world):
    public, of_signer = world.public, world.of_signer
    table = {"DB operational": "Cannot access table: private_keys"}
    world.database.pause()
    try:
        public.becomes(503, read=False, write=False, problems=DB)
        of_signer.becomes(503, read=False, write=False, problems=table)
        assert of_signer.ask("health") == (500, table)
        assert of_signer.up("storage") == 0
        assert world.signer.is_alive
    finally:
        world.database.kill()
    world.signer.running.signal(signal.SIGKILL)
    world.signer.running.wait()
    public.becomes(503, read=False, write=False, problems=DB | TRUST)
    assert world.server.is_alive
    world.database.start()
    public.becomes(200, read=True, write=False, problems=TRUST)
    world.start_signer()
    for program in (public, of_signer):
        program.is_well_again()
        assert program.slowest < ANSWER_SECONDS
    for program in (world.server, world.signer):
        log = "\n".join(program.running.log)
        assert PASSWORD not in log
        assert f":{world.database.port}" not in log


def test_a_server_that_stops_is_not_ready_while_it_answers_its_last_requests(tmp_path):
    port, ops = free_port(), free_port()
    config = memory_config(port)
    config["server"]["ops_addr"] = f"127.0.0.1:{ops}"
    command = [
        *(*TWISTD, "notary-server", "--config"),
        str(write_config(tmp_path, config)),
    ]
    head = b"POST /v2/a/_trust/tuf/ HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"
    with running(command, tmp_path, **SECRETS) as server:
        apart = Program("server", Client(ops))
        apart.is_well_again()
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(head + b"x")
            Client(port)("GET", "/v2/")  # What was sent before has been read.
            server.signal()
            stopping = {"Serving": "stopping"}
            apart.becomes(503, read=False, write=False, problems=stopping)
            assert apart.ask("health") == (200, {})
            connection.sendall(b"y")
            assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")
        assert server.wait() == 0
