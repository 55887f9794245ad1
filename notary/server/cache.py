"""A bounded memory of what never changes: the files of repositories, by checksum.

The least recently used goes first. It is filed under GUN, role and checksum, never the
checksum alone: that would show one repository's files to whoever may read another.
Whether what is remembered still exists is for ``files`` to say.
"""

from collections import OrderedDict
from typing import Generic, Protocol, TypeVar

from attrs import define

from notary.storage.store import Place

SHARE = 8
"""What is larger than this part of the whole is not kept, or much else would go."""


class Sized(Protocol):
    """What is remembered knows how many bytes that takes."""

    @property
    def size(self) -> int:
        """The bytes of memory that it takes, at most."""


V = TypeVar("V", bound=Sized)


@define
class Counts:
    """What happened since the start, and how many bytes are taken now."""

    hits: int = 0
    misses: int = 0
    evictions: int = 0
    size: int = 0


class Cache(Generic[V]):
    """Remembers values of at most ``max_bytes`` in all."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._values: OrderedDict[Place, V] = OrderedDict()
        self._places: dict[str, set[Place]] = {}
        self.counts = Counts()

    def get(self, place: Place) -> V | None:
        """Return the value, which is the most recently used from now on."""
        value = self._values.get(place)
        if value is None:
            self.counts.misses += 1
            return None
        self._values.move_to_end(place)
        self.counts.hits += 1
        return value

    def get_if_there(self, place: Place) -> V | None:
        """Return the same, but count nothing if it is not there."""
        return self.get(place) if place in self._values else None

    def peek(self, place: Place) -> V | None:
        """Return the value without using it."""
        return self._values.get(place)

    def put(self, place: Place, value: V) -> None:
        """Remember a value, unless it is too large, in the place of others."""
        self.remove(place)
        if value.size > self._max_bytes // SHARE:
            return
        self._values[place] = value
        self._places.setdefault(place[0], set()).add(place)
        self.counts.size += value.size
        while self.counts.size > self._max_bytes:
            self.counts.evictions += 1
            self.remove(next(iter(self._values)))

    def remove(self, place: Place) -> None:
        """Forget one value, if it is there."""
        value = self._values.pop(place, None)
        if value is None:
            return
        self.counts.size -= value.size
        places = self._places[place[0]]
        places.discard(place)
        if not places:
            del self._places[place[0]]

    def drop(self, gun: str) -> None:
        """Forget everything of a repository."""
        for place in tuple(self._places.get(gun, ())):
            self.remove(place)
