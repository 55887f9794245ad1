"""Our server as twistd runs it, on a development folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.running import TWISTD, Running, running


@contextmanager
def running_server(folder: Path, port: int) -> Iterator[Running]:
    """Run ``twistd notary-server`` on a development folder; stop it with SIGTERM."""
    command = [*TWISTD, "notary-server", "--development", str(folder)]
    address = f"localhost:{port}"
    with running(
        command, folder.parent, NOTARY_SERVER_SERVER_HTTP_ADDR=address
    ) as server:
        yield server
        assert server.stop() == 0, server.log
