"""What every workflow works with: the two seams and the clock."""

from collections.abc import Callable
from datetime import datetime

from attrs import frozen

from notary.signing.service import SigningService
from notary.storage.store import MetadataStore


def _nobody(_role: str, _outcome: str) -> None:
    """Tell nobody."""


class MetadataNotFound(Exception):
    """There is no such metadata, for whatever reason."""


@frozen
class Service:
    """The running server as the workflows see it.

    ``now`` returns the current time, aware; ``key_algorithm`` is the type of the keys
    that are made for new repositories. ``renewing`` is told the role and the outcome of
    each renewal: ``stored``, ``overtaken`` by another, ``failed`` or ``root_expired``.
    """

    store: MetadataStore
    signer: SigningService
    now: Callable[[], datetime]
    key_algorithm: str
    renewing: Callable[[str, str], None] = _nobody
