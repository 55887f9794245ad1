"""Recorded start-ups of the Go programs: what was said, and what we may say instead."""

from collections.abc import Iterable, Mapping
from typing import Any

Difference = tuple[str | None, str]
"""What we say of a probe, or None for nothing, and why not what Go says."""


def judge(said: str | None, expected: str | None) -> None:
    """Check that what is expected was said, or that nothing was."""
    if expected is None:
        assert said is None
    else:
        assert said is not None
        assert expected in said


def check_table(
    probes: Iterable[Mapping[str, Any]], table: Mapping[str, Difference]
) -> None:
    """Check that every difference is one, has a reason, and belongs to a probe."""
    recorded = {probe["name"]: probe["message"] for probe in probes}
    assert table
    for name, (expected, why) in table.items():
        assert why
        assert recorded[name] != expected
