"""The backlog: what expires first comes first, and there is an end to it."""

from hypothesis import given
from hypothesis import strategies as st

from notary.server.backlog import AMONG, MOST, Backlog, Due

NOW = 1000


def due(number, expires=None):
    return Due(f"gun-{number}", "0" * 64, NOW + number if expires is None else expires)


def taken(backlog):
    """Take all; return their expiries in the order in which they came."""
    found = []
    while (each := backlog.take(NOW)) is not None:
        found.append(each.expires)
    return found


def filled(*all_due, most=MOST):
    backlog = Backlog(most)
    for each in all_due:
        backlog.add(each, NOW)
    return backlog


def test_nothing_comes_out_of_an_empty_one():
    assert Backlog().take(NOW) is None
    assert Backlog().first_expiry() is None


@given(st.lists(st.integers(1, 10**6), unique=True, max_size=60))
def test_nobody_waits_behind_more_than_a_few_that_expire_later(expiries):
    order = taken(filled(*(due(n, NOW + each) for n, each in enumerate(expiries))))
    assert sorted(order) == sorted(NOW + each for each in expiries)
    for place, expires in enumerate(order):
        assert sum(each < expires for each in order[place:]) < AMONG


def test_two_servers_hardly_ever_take_the_same():
    """Else they would sign everything twice, and store half of it in vain."""
    here, there = (filled(*map(due, range(1, 200))) for _ in range(2))
    pairs = [(here.take(NOW), there.take(NOW)) for _ in range(100)]
    assert sum(one == other for one, other in pairs) < 50


def test_what_has_expired_already_comes_last():
    expired = (due(-number, NOW - number) for number in range(30))
    order = taken(filled(*expired, *map(due, range(1, 31))))
    # Beside the last few of the others, one of them may be taken.
    assert all(expires > NOW for expires in order[: 31 - AMONG])


def test_a_repository_waits_once_and_can_be_asked_for():
    backlog = filled(due(1), due(1, NOW + 5))
    assert len(backlog) == 1
    assert "gun-1" in backlog
    assert backlog.take(NOW) == due(1)
    assert "gun-1" not in backlog


def test_what_was_tried_in_vain_comes_after_everything_else():
    backlog = filled(due(1))
    tried = backlog.take(NOW)
    backlog.put_back(tried, NOW)
    for number in range(2, 2 + 2 * AMONG):
        backlog.add(due(number), NOW)
    order = [backlog.take(NOW).gun for _ in range(2 * AMONG + 1)]
    assert "gun-1" not in order[: AMONG + 1]
    assert tried.expires == NOW + 1


def test_of_too_many_those_are_kept_that_expire_first():
    backlog = filled(*map(due, range(100, 0, -1)), most=100)
    assert len(backlog) == 100
    backlog.add(due(0, NOW - 1), NOW)
    assert len(backlog) == 50
    assert sorted(taken(backlog)) == [NOW + number for number in range(1, 51)]


def test_the_first_expiry_is_that_of_the_first():
    assert filled(due(7), due(3), due(5)).first_expiry() == NOW + 3
