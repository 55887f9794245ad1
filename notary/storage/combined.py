"""One statement instead of many: the same, with each of several sets of parameters.

It saves round trips, and each part uses the index as it would alone.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

_PARAMETER = re.compile(r":(\w+)")
_EACH = "SELECT * FROM"


@lru_cache(64)
def columns(sql: str, count: int) -> str:
    """Return one row, with what each of the queries finds as a column."""
    return "SELECT " + ", ".join(f"({_numbered(sql, n)})" for n in range(count))


@lru_cache(64)
def union(sql: str, count: int) -> str:
    """Return the rows of all the queries, in no order."""
    # A query among others may have a limit only if it has a name of its own.
    sql = f"{_EACH} ({sql}) AS found" if sql.endswith("LIMIT 1") else sql
    return " UNION ALL ".join(_numbered(sql, n) for n in range(count))


@lru_cache(64)
def either(sql: str, count: int) -> str:
    """Return the rows for which the bracketed condition at its end holds for any."""
    rows, bracket, condition = sql.rpartition("(")
    each = (f"({_numbered(condition, n)}" for n in range(count))
    return f"{rows}{bracket}{' OR '.join(each)})"


@lru_cache(64)
def inserts(sql: str, count: int) -> str:
    """Return the insert of all the rows."""
    into, _, row = sql.partition("VALUES")
    return f"{into}VALUES" + ",".join(_numbered(row, n) for n in range(count))


def parameters(each: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Return the parameters of all the queries under the names they have there."""
    return {
        f"{name}_{number}": value
        for number, values in enumerate(each)
        for name, value in values.items()
    }


def _numbered(sql: str, number: int) -> str:
    return _PARAMETER.sub(rf":\1_{number}", sql)
