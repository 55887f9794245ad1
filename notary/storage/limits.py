"""What the columns of the database can hold, the same for every store.

The core refuses what does not fit with a message for the client; a store
that is asked all the same has no such row.
"""

import re
from collections.abc import Callable, Iterable

from notary.storage.store import NewFile, StorageError

MAX_NAME = 255
MAX_VERSION = 2**31 - 1
MAX_ID = 2**63 - 1

_SURROGATE = re.compile("[\ud800-\udfff]")


def is_storable_name(name: str) -> bool:
    """Tell whether a GUN, a role or a key id fits: 255 characters, UTF-8, no NUL."""
    if len(name) > MAX_NAME or "\0" in name:
        return False
    return name.isascii() or not _SURROGATE.search(name)


def is_storable_version(version: int) -> bool:
    """Tell whether a version fits its column."""
    return 1 <= version <= MAX_VERSION


def check_storable(
    gun: str,
    files: Iterable[NewFile],
    can_hold: Callable[[str], bool] = is_storable_name,
) -> None:
    """Raise ``StorageError`` if there is no place for such files."""
    if not can_hold(gun):
        raise StorageError("the name of the repository does not fit its column")
    for file in files:
        if not can_hold(file.role):
            raise StorageError("the name of a role does not fit its column")
        if not is_storable_version(file.version):
            raise StorageError("the version of a role does not fit its column")
