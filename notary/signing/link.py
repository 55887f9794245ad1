"""The narrow seam between a remote signer and the protocol that carries its calls.

A ``Link`` moves one request and one answer and tells apart how that failed. Whether
an answer is to be believed, deadlines and repeating are left to ``RemoteSigner``.
"""

from typing import Protocol

from notary.signing.client_tls import ClientTLS
from notary.signing.service import SigningUnavailable
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import Signature

MAX_ANSWER_BYTES = 64 * 1024
"""Far more than any honest answer has."""

_MAX_TEXT = 200


class ConnectionFailed(SigningUnavailable):
    """The connection broke; the signer may have had the request already."""


class NotConnected(ConnectionFailed):
    """The connection failed before anything was sent."""


class Link(Protocol):
    """The calls of a signing service, each made once, without judging the answer.

    All raise what ``SigningService`` raises, and ``ConnectionFailed``. A cancelled
    call lets go of whatever it holds.
    """

    name: str
    """The signer's address, with which messages begin."""

    async def create_key(self, gun: str, role: str, algorithm: str) -> PublicKey:
        """Return the key that the signer answers."""

    async def get_key(self, key_id: str) -> PublicKey:
        """Return the key that the signer answers, or raise ``UnknownKey``."""

    async def sign(self, key_id: str, payload: bytes) -> Signature:
        """Return the signature that the signer answers, or raise ``UnknownKey``."""

    async def delete_key(self, key_id: str) -> None:
        """Have the key forgotten, if there is one."""

    async def check(self) -> None:
        """Ask whether the signer is well."""

    def renew(self, tls: ClientTLS) -> None:
        """Make new connections with these files; calls under way are not disturbed."""

    async def close(self) -> None:
        """Let go of every connection."""


def one_line(text: str, limit: int = _MAX_TEXT) -> str:
    """Return what a peer wrote as one short line of printable text."""
    # Cut first: nobody has to look at megabytes.
    words = text[: 4 * limit].split()
    line = "".join(c if c.isprintable() else "?" for c in " ".join(words))
    return line if len(line) <= limit else f"{line[: limit - 3]}..."
