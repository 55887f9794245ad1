"""The table of deliberate differences from the Go server, read from the documentation.

There is one such table in the project: ``docs/compatibility.md`` tells it to operators,
and the replays hold every answer against it.
"""

import fnmatch
import json
import re
from pathlib import Path

from attrs import frozen

from tests.compat.server import Reply

PAGE = Path(__file__).parents[2] / "docs" / "compatibility.md"
_ROW = re.compile(r"\| `([^`]+)` \| ([^|]+?) \| `([^`]+)` \| ([^|]+?) \|")


@frozen
class Difference:
    """One row: probes by ``set:name`` patterns, and the answer that we give."""

    probes: str
    go: str
    ours: str
    reason: str

    def covers(self, probe: str) -> bool:
        return any(
            fnmatch.fnmatchcase(probe, pattern) for pattern in self.probes.split()
        )


def load() -> list[Difference]:
    """Return all rows of the table."""
    rows = [Difference(*row) for row in _ROW.findall(PAGE.read_text())]
    assert rows
    return rows


def is_listed(probe: str, reply: Reply) -> bool:
    """Tell whether the table has this answer for the probe."""
    answer = summary(reply)
    return any(row.covers(probe) and row.ours == answer for row in load())


def summary(reply: Reply) -> str:
    """Return an answer in the words of the table: status, code and class of error."""
    if not reply.body.startswith(b'{"errors"'):
        return str(reply.status)
    error = json.loads(reply.body)["errors"][0]
    detail = error.get("detail")
    name = detail.get("Name", "") if isinstance(detail, dict) else ""
    return f"{reply.status} {error['code']} {name}".rstrip()
