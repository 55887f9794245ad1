"""How often changes are let in: so many a minute for each GUN, and for each subject.

What a rate allows in a minute may also come at once; it then comes back little by
little. Rates are those of one process.
"""

from collections import OrderedDict
from collections.abc import Callable

from attrs import define, field, frozen

MAX_REMEMBERED = 10_000
"""Names per rate; who was seen longest ago is forgotten, and so starts anew."""


class TooManyRequests(Exception):
    """A rate is exceeded; the next request is let in after ``seconds``."""

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__(f"too many changes of this {what} in one minute")
        self.seconds = seconds


@define
class _Allowance:
    """What is left of a rate at a time, in requests."""

    left: float
    at: float


@define
class Rate:
    """So many requests a minute for each name, by a ``clock`` in seconds."""

    what: str
    per_minute: int
    clock: Callable[[], float]
    _allowances: OrderedDict[str, _Allowance] = field(factory=OrderedDict, init=False)

    def admit(self, name: str) -> None:
        """Let one more request in, or raise ``TooManyRequests``."""
        allowance = self._refilled(name)
        if allowance.left < 1:
            seconds = (1 - allowance.left) * 60 / self.per_minute
            raise TooManyRequests(self.what, seconds)
        allowance.left -= 1

    def _refilled(self, name: str) -> _Allowance:
        now, full = self.clock(), float(self.per_minute)
        allowance = self._allowances.setdefault(name, _Allowance(full, now))
        self._allowances.move_to_end(name)
        if len(self._allowances) > MAX_REMEMBERED:
            self._allowances.popitem(last=False)
        gained = (now - allowance.at) * self.per_minute / 60
        allowance.left = min(full, allowance.left + gained)
        allowance.at = now
        return allowance


@frozen
class Rates:
    """The rates of one server: without one, everything is let in."""

    of_gun: Rate | None = None
    of_subject: Rate | None = None

    def admit(self, gun: str, subject: str) -> None:
        """Let a change of the GUN by the subject in, or raise ``TooManyRequests``.

        Whoever is anonymous has no rate but that of the GUN.
        """
        if self.of_subject is not None and subject:
            self.of_subject.admit(subject)
        if self.of_gun is not None:
            self.of_gun.admit(gun)


UNLIMITED = Rates()


def rates(of_gun: int, of_subject: int, clock: Callable[[], float]) -> Rates:
    """Return the rates, each in requests a minute; 0 is none."""
    return Rates(
        Rate("repository", of_gun, clock) if of_gun else None,
        Rate("subject", of_subject, clock) if of_subject else None,
    )
