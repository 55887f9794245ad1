"""Several processes begin and end as one: at the start, on signals, by accident."""

import json
import signal
import socket
from contextlib import ExitStack

import pytest

from tests.e2e.test_signals import lost
from tests.e2e.test_socket_activation import handing_over
from tests.e2e.test_supervised import told
from tests.running import COMMAND, ended, free_port, memory_config, write_config
from tests.several import Several, command, config_of, is_alive, kill, several
from tests.steady_load import loaded


def test_all_workers_drain_on_sigterm_and_lose_no_request(tmp_path):
    with several(tmp_path) as server:
        workers = server.pids().values()
        with loaded(server.port) as load:
            assert server.running.stop() == 0, server.running.log[-20:]
        assert lost(load) == []
        assert not any(is_alive(pid) for pid in workers)
        assert server.said('"level":"error"') == []


def test_ctrl_c_reaches_parent_and_workers_at_once(tmp_path):
    with several(tmp_path) as server:
        for pid in server.pids().values():
            kill(pid, signal.SIGINT)
        server.running.signal(signal.SIGINT)
        assert server.running.wait() == 0


def test_workers_end_in_order_when_their_parent_is_killed(tmp_path):
    head = b"POST /v2/a/_trust/tuf/ HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n"
    with several(tmp_path) as server:
        workers = list(server.pids().values())
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(head + b"x")
            assert server.get("/v2/")[0] == 200  # What was sent before has been read.
            server.running.signal(signal.SIGKILL)
            server.running.wait_for("the process that started this worker is gone")
            connection.sendall(b"y")
            assert connection.recv(1000).startswith(b"HTTP/1.1 400 ")
        server.until(lambda: not any(is_alive(pid) for pid in workers))
    with socket.create_server(("127.0.0.1", server.port)):
        pass


def refused(folder, config, *flags):
    """Return the only line of an error with which the start ends."""
    path = write_config(folder, config)
    done = ended([*COMMAND, f"-config={path}", *flags], folder)
    assert done.returncode == 1, done
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    (fatal,) = [line for line in lines if line["level"] in ("error", "fatal")]
    assert fatal["level"] == "fatal"
    return fatal["msg"]


def test_a_port_that_is_taken_ends_the_start(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(tmp_path, config_of(tmp_path, port), "-workers=2")
    assert said == f"listen tcp 127.0.0.1:{port}: bind: address already in use"


def test_what_only_a_worker_can_find_out_ends_the_start(tmp_path):
    config = config_of(tmp_path / "missing", free_port())
    said = refused(tmp_path, config, "-workers=2")
    assert said.startswith(f"storage.db_url: {tmp_path}/missing/notary.db: ")


def test_what_lives_in_one_process_is_not_shared(tmp_path):
    config = memory_config(free_port())
    assert refused(tmp_path, config, "-workers=2") == (
        "-workers: must be 1: storage.backend memory is that of one process"
    )
    config["storage"] = {"backend": "mysql", "db_url": "a@tcp(127.0.0.1:1)/b"}
    assert refused(tmp_path, config, "-workers=2").startswith(
        "-workers: must be 1: the keys of local signing are in the memory of one"
    )


def test_nobody_else_starts_a_worker(tmp_path):
    config = config_of(tmp_path, free_port())
    said = refused(tmp_path, config, "-workers=2", "-worker=1")
    assert said == "-worker: is only for processes that the program starts itself"


def test_systemd_is_told_by_the_parent_alone_when_all_serve(tmp_path):
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as supervisor:
        supervisor.bind(str(address))
        supervisor.settimeout(30)
        variables = {"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "400000"}
        with several(tmp_path, **variables) as server:
            assert supervisor.recv(1000).startswith(b"READY=1\n")
            told(supervisor, "WATCHDOG=1")
            server.running.signal(signal.SIGHUP)
            told(supervisor, "RELOADING=1\nMONOTONIC_USEC=")
            told(supervisor, "READY=1\n")
            server.until(lambda: len(server.said("SIGHUP")) == 3)
            server.running.signal()
            told(supervisor, "STOPPING=1\n")
            assert server.running.wait() == 0
        supervisor.settimeout(0)
        with pytest.raises(BlockingIOError):
            supervisor.recv(1000)


def test_restarts_on_a_socket_of_systemd_lose_no_request(tmp_path):
    program = command(tmp_path, config_of(tmp_path, free_port()))
    with (
        ExitStack() as servers,
        socket.create_server(("127.0.0.1", 0), backlog=1024) as held,
    ):
        port = held.getsockname()[1]

        def started():
            process = servers.enter_context(handing_over(program, tmp_path, held))
            server = Several(port, process)
            server.all_serve()
            return process

        server = started()
        with loaded(port) as load:
            assert server.stop() == 0, server.log[-20:]
            server = started()
            load.wait_for_answers(50)
        assert server.stop() == 0
        assert load.failures == []
