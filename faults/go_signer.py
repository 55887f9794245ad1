"""The Go signer of Debian, killed and started again on the same port."""

from contextlib import ExitStack
from pathlib import Path

from attrs import define, field

from tests.certificates import Authority
from tests.gopeers import Peer, go_signer


@define
class GoSigner:
    """A Go signer on a database; what its log should have is not for us to say."""

    folder: Path
    dsn: str
    authority: Authority
    port: int
    _peer: Peer | None = field(default=None, init=False)
    _stack: ExitStack = field(factory=ExitStack, init=False)

    def start(self) -> None:
        """Start it and wait until it listens."""
        self._peer = self._stack.enter_context(
            go_signer(self.folder, self.dsn, self.authority, port=self.port)
        )

    def kill(self) -> None:
        """End it as a power failure does."""
        assert self._peer
        self._peer.process.kill()
        self._stack.close()

    def stop(self) -> None:
        """End it the ordinary way."""
        self._stack.close()

    def unhandled(self) -> list[str]:
        """Return nothing: its errors are not ours."""
        return []
