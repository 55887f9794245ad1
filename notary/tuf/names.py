"""Role names: the four base roles and the delegations below ``targets``."""

import re

ROOT = "root"
TARGETS = "targets"
SNAPSHOT = "snapshot"
TIMESTAMP = "timestamp"
BASE_ROLES = (ROOT, TARGETS, SNAPSHOT, TIMESTAMP)

MAX_LENGTH = 255
_DELEGATION = re.compile(r"targets(?:/[-a-z0-9_]+)+")


def is_delegation(role: str) -> bool:
    """Tell whether the name is one of a delegation, at most 255 bytes long."""
    return len(role) <= MAX_LENGTH and _DELEGATION.fullmatch(role) is not None


def is_role(role: str) -> bool:
    """Tell whether the name is a base role or a delegation."""
    return role in BASE_ROLES or is_delegation(role)


def is_targets_file(role: str) -> bool:
    """Tell whether files of this role are of type ``Targets``."""
    return role == TARGETS or is_delegation(role)


def parent(role: str) -> str:
    """Return the role that delegates to this delegation."""
    return role.rpartition("/")[0]


def ancestors(role: str) -> list[str]:
    """Return the chain from ``targets`` down to the delegation's parent."""
    pieces = role.split("/")
    return ["/".join(pieces[:depth]) for depth in range(1, len(pieces))]


def parents_first(role: str) -> tuple[int, int, str]:
    """Sort key: root first, then parents before their children, then by name."""
    return role != ROOT, role.count("/"), role
