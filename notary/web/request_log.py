"""Where the lines about requests go, which are most of the lines of level info."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from twisted.logger import Logger

log = Logger(namespace="notary.web")

Form = Callable[[dict[str, Any]], None]
"""Writes a line of which only some fields are given; the dict is used up."""


class RequestLog(Protocol):
    """Takes lines of level info, with fields whose values are short texts or numbers.

    Whoever would have to work for a line asks first whether it is wanted.
    """

    @property
    def wanted(self) -> bool:
        """Whether lines of this level are written."""

    @property
    def failed(self) -> int:
        """How many times something could not be written."""

    def write(self, message: str, fields: dict[str, Any]) -> None:
        """Write a line; the message may name fields in braces."""

    def form(
        self,
        message: str,
        fields: dict[str, Any],
        simple: Sequence[str],
        others: Sequence[str],
    ) -> Form:
        """Return what writes lines that differ in the named fields only.

        Values of ``simple`` ones are made of ASCII letters, digits and ``/._:@+-``,
        and are always texts.
        """


class Published:
    """Has the lines published like all others."""

    wanted = True
    failed = 0
    """Not known: how they are written is twistd's business then."""

    def write(self, message: str, fields: dict[str, Any]) -> None:
        """Publish the line as an event."""
        log.info(message, **fields)

    def form(
        self, message: str, fields: dict[str, Any], *_names: Sequence[str]
    ) -> Form:
        """Return what publishes lines with these fields and those given."""
        return lambda values: self.write(message, {**fields, **values})


PUBLISHED = Published()
