"""When the server's own files are to be signed anew: well before they expire.

Who signs them, and in which order and how fast, is left to the workflows.
"""

from datetime import datetime

from notary.tuf import moment
from notary.tuf.moment import Moment

ONLY_EXPIRED = 100
"""The percentage at which nothing is due before somebody asks for it in vain."""


def due_at(created_at: datetime, expires: Moment, after_percent: int) -> int:
    """Return when so much of a file's life is over, in nanoseconds since 1970.

    Its life begins when it is stored. What was stored after it had expired has no life,
    and is due since it expired.
    """
    life = max(0, expires.nanoseconds - moment.of(created_at).nanoseconds)
    return expires.nanoseconds - life * (100 - after_percent) // 100


def is_due(
    created_at: datetime, expires: Moment, after_percent: int, now: Moment
) -> bool:
    """Tell whether a file is to be signed anew without anybody waiting for it."""
    if after_percent >= ONLY_EXPIRED:
        return False
    return due_at(created_at, expires, after_percent) < now.nanoseconds
