"""The main job: the real ``notary`` client against a started ``twistd`` process."""

import ssl
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen

from tests.client import Machine
from tests.delegate import delegate_pair
from tests.e2e.program import running_server
from tests.running import free_port

GUN = "example.com/collection/app"


@frozen
class World:
    """A server's folder and port, a publisher, and the files that are signed."""

    folder: Path
    port: int
    publisher: Machine

    def file(self, name: str) -> Path:
        """Return a file whose content is its name."""
        path = self.folder.with_name(name)
        path.write_text(name)
        return path


@pytest.fixture
def world(tmp_path) -> Iterator[World]:
    """A server that was started on an empty folder, and a publisher's machine."""
    folder, port = tmp_path / "server", free_port()
    server = f"https://localhost:{port}"
    with running_server(folder, port):
        machine = Machine(tmp_path / "publisher", server, folder / "ca.crt")
        yield World(folder, port, machine)


def published(world: World, *names: str) -> None:
    """Initialise the repository and publish files under their names."""
    world.publisher.notary("init", GUN)
    for name in names:
        world.publisher.notary("add", GUN, name, world.file(name))
    world.publisher.notary("publish", GUN)


def test_a_consumer_with_an_empty_trust_directory_lists_and_verifies(world):
    published(world, "v1", "v2")
    consumer = world.publisher.elsewhere("consumer")
    assert consumer.targets(GUN) == {"v1": "targets", "v2": "targets"}
    verified = consumer.notary("verify", "-i", world.file("v1"), GUN, "v1")
    assert verified.strip().endswith("v1")
    consumer.notary("verify", "-i", world.file("v2"), GUN, "v1", ok=False)


def test_a_target_that_is_removed_is_gone_for_everybody(world):
    published(world, "v1", "v2")
    world.publisher.notary("remove", GUN, "v1")
    world.publisher.notary("publish", GUN)
    assert world.publisher.elsewhere("consumer").targets(GUN) == {"v2": "targets"}


def test_a_delegate_publishes_with_a_key_of_their_own(world):
    published(world, "v1")
    certificate, key = delegate_pair(world.folder.parent)
    delegate = world.publisher.elsewhere("delegate")
    world.publisher.notary(
        "delegation", "add", GUN, "targets/releases", certificate, "--all-paths"
    )
    # The delegate has no snapshot key, so the server must make the snapshots.
    world.publisher.notary("publish", GUN)
    world.publisher.notary("key", "rotate", GUN, "snapshot", "-r")
    delegate.notary("key", "import", key, "--role", "targets/releases")
    delegate.notary("list", GUN)
    delegate.notary("add", GUN, "v2", world.file("v2"), "--roles", "targets/releases")
    delegate.notary("publish", GUN)
    listed = world.publisher.elsewhere("consumer").targets(GUN)
    assert listed == {"v1": "targets", "v2": "targets/releases"}

    delegate.notary("witness", GUN, "targets/releases", "-p")
    assert world.publisher.elsewhere("consumer").targets(GUN) == listed
    world.publisher.notary("delegation", "remove", GUN, "targets/releases", "-y")
    world.publisher.notary("publish", GUN)
    assert world.publisher.elsewhere("late").targets(GUN) == {"v1": "targets"}


@pytest.mark.parametrize("role", ["timestamp", "snapshot"])
def test_keys_that_the_server_manages_are_rotated(world, role):
    published(world, "v1")
    world.publisher.notary("key", "rotate", GUN, "snapshot", "-r")
    world.publisher.notary("key", "rotate", GUN, role, "-r")
    world.publisher.notary("add", GUN, "v2", world.file("v2"))
    world.publisher.notary("publish", GUN)
    consumer = world.publisher.elsewhere("consumer")
    assert set(consumer.targets(GUN)) == {"v1", "v2"}


@pytest.mark.parametrize("role", ["snapshot", "targets", "root"])
def test_keys_that_the_publisher_holds_are_rotated(world, role):
    published(world, "v1")
    faithful = world.publisher.elsewhere("faithful")
    assert set(faithful.targets(GUN)) == {"v1"}
    for _ in range(2):
        world.publisher.notary("key", "rotate", GUN, role)
    world.publisher.notary("add", GUN, "v2", world.file("v2"))
    world.publisher.notary("publish", GUN)
    for machine in (faithful, world.publisher.elsewhere("new")):
        assert set(machine.targets(GUN)) == {"v1", "v2"}


def test_a_role_is_witnessed_and_stays_valid(world):
    published(world, "v1")
    witnessed = world.publisher.notary("witness", GUN, "targets", "-p")
    assert "targets" in witnessed
    assert world.publisher.elsewhere("consumer").targets(GUN) == {"v1": "targets"}


def test_a_repository_that_is_deleted_is_gone_and_can_be_made_anew(world):
    published(world, "v1")
    world.publisher.notary("delete", GUN, "--remote")
    consumer = world.publisher.elsewhere("consumer")
    assert "does not have trust data" in consumer.notary("list", GUN, ok=False)
    published(world, "v2")
    assert consumer.targets(GUN) == {"v2": "targets"}


def test_after_a_restart_everything_is_still_there_the_timestamp_keys_included(
    tmp_path,
):
    folder, port = tmp_path / "server", free_port()
    machine = Machine(
        tmp_path / "publisher", f"https://localhost:{port}", folder / "ca.crt"
    )
    world = World(folder, port, machine)
    with running_server(folder, port):
        published(world, "v1")
        machine.notary("key", "rotate", GUN, "snapshot", "-r")
    assert "client is offline" in machine.elsewhere("offline").notary(
        "list", GUN, ok=False
    )
    with running_server(folder, port):
        consumer = machine.elsewhere("consumer")
        assert consumer.targets(GUN) == {"v1": "targets"}
        # Publishing signs with the keys that were made before the restart.
        machine.notary("add", GUN, "v2", world.file("v2"))
        machine.notary("publish", GUN)
        assert set(consumer.targets(GUN)) == {"v1", "v2"}
        machine.notary("key", "rotate", GUN, "timestamp", "-r")
        assert set(machine.elsewhere("new").targets(GUN)) == {"v1", "v2"}


def test_queries_are_counted_for_prometheus_without_naming_a_repository(world):
    published(world, "v1")
    context = ssl.create_default_context(cafile=world.publisher.authority)
    for path in ("metrics", "_notary_server/metrics"):
        url = f"{world.publisher.server}/{path}"
        with urllib.request.urlopen(url, context=context, timeout=20) as answer:
            page = answer.read().decode()
        assert 'notary_database_query_seconds_count{query="write"}' in page
        assert GUN not in page
