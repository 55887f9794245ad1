"""Activities as text, for a reader without pprof."""

from collections import Counter
from collections.abc import Iterator, Sequence

from notary.debug.activities import Activity
from notary.debug.stacks import Stack


def grouped(found: Sequence[Activity]) -> str:
    """Return each stack once, with how many activities of which kind have it."""
    groups = Counter((each.kind, each.stack) for each in found)
    lines = [f"goroutine profile: total {len(found)}"]
    for (kind, stack), count in groups.most_common():
        lines += [f"{count} {kind}", *_shown(stack), ""]
    return "\n".join(lines)


def one_by_one(found: Sequence[Activity]) -> str:
    """Return every activity by itself, with its name."""
    lines = []
    for each in found:
        lines += [f"{each.kind} [{each.name}]:", *_shown(each.stack), ""]
    return "\n".join(lines)


def _shown(stack: Stack) -> Iterator[str]:
    for place in stack:
        yield f"#\t{place.function}\t{place.filename}:{place.line}"
