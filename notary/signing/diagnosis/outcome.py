"""What the steps of a diagnosis say, and what later steps need of earlier ones."""

from collections.abc import Callable
from typing import TypeVar

from attrs import define, frozen

from notary.settings.model import TrustServiceSettings
from notary.signing.client_tls import ClientTLS
from notary.signing.diagnosis.handshake import Handshake

OK = "ok"
WARNING = "warning"
FAILED = "FAILED"
SKIPPED = "skipped"

SETTINGS = "1 settings"
ADDRESS = "2 address"
CONNECTION = "3 connection"
CERTIFICATE = "4 signer certificate"
NAME = "5 host name"
CLIENT = "6 client certificate"
PROTOCOL = "7 protocol"
HEALTH = "8 health"
ALGORITHM = "9 key algorithm"

_T = TypeVar("_T")


@frozen
class Outcome:
    """The result of a step, with facts and, unless all is well, what to do."""

    status: str
    facts: str
    advice: str = ""

    @property
    def is_good(self) -> bool:
        """Whether it is no obstacle."""
        return self.status in (OK, WARNING)


class Missing(Exception):
    """A step cannot be taken: an earlier one, named here, did not succeed."""


@define
class Found:
    """What the steps have found out so far; ``None`` is what they have not."""

    trust: TrustServiceSettings
    call: Callable[[], object]
    """Makes a real call and blocks; raises what the signing service does."""

    tls: ClientTLS | None = None
    is_address_sound: bool | None = None
    addresses: list[str] | None = None
    peer: str | None = None
    handshake: Handshake | None = None
    is_trusted: bool | None = None
    is_named: bool | None = None
    is_accepted: bool | None = None
    is_understood: bool | None = None
    algorithms: list[str] | None = None

    @property
    def port(self) -> int:
        """The port of the signer."""
        return int(self.trust.port)


def ok(facts: str) -> Outcome:
    """Return that all is well."""
    return Outcome(OK, facts)


def warning(facts: str, advice: str) -> Outcome:
    """Return that it works, but should not stay as it is."""
    return Outcome(WARNING, facts, advice)


def failed(facts: str, advice: str) -> Outcome:
    """Return that this is why the signer cannot be used."""
    return Outcome(FAILED, facts, advice)


def need(found: _T | None, step: str) -> _T:
    """Return what an earlier step has found out or raise ``Missing``."""
    if found is None:
        raise Missing(step)
    return found
