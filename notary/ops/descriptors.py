"""How many connections fit into what the process may have open."""

import resource

RESERVE = 256
"""For everything else: the database, the signer, the log, certificates read anew."""


def connections_at_most(wanted: int) -> int:
    """Return how many of the wanted connections can be open, raising the soft limit.

    When no descriptor is left, nobody can be told anything, and the connections to
    database and signer fail as well.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + RESERVE
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return wanted
    return min(wanted, max(soft - RESERVE, soft // 2))
