"""How long the reserve of valid timestamps lasts, as far as it is known."""

import pytest

from notary.ops.metrics import Metrics
from notary.ops.reserve import Reserve
from notary.server.backlog import Backlog, Due
from notary.tuf import moment
from tests.ops.pages import samples
from tests.publisher import NOW

DAY = 86400


@pytest.fixture
def backlog():
    return Backlog()


def test_the_reserve_is_shown_if_it_is_known(backlog):
    metrics = Metrics()
    reserve = Reserve(backlog, lambda: NOW)
    metrics.signing.watch_reserve(reserve.waiting, reserve.seconds)

    def shown():
        found = samples(metrics.page().decode())
        return [
            found.get((f"notary_{name}",))
            for name in ("renewals_waiting", "timestamp_reserve_seconds")
        ]

    assert shown() == [0, None]
    now = moment.of(NOW).nanoseconds
    reserve.counted(now + 8 * DAY * 10**9)
    assert shown() == [0, 8 * DAY]
    reserve.found([Due("a", "base", now + 9 * 10**9)])
    assert shown() == [1, 9]
    reserve.found([Due("b", "base", now - 1)])
    assert shown() == [2, 0]


def test_what_the_walk_saw_expire_first_counts_only_as_long_as_it_may_be_so(backlog):
    reserve = Reserve(backlog, lambda: NOW)
    reserve.counted(moment.of(NOW).nanoseconds - 1)
    assert reserve.seconds() is None
