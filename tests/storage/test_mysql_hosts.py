"""Several servers in one address: which is asked next, and which is left alone."""

from notary.settings.dsn import Host
from notary.storage.mysql_hosts import AVOID_SECONDS, REFUSE_SECONDS, Hosts

A, B, C = (Host(name, 3306) for name in "abc")


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_servers_are_tried_in_the_order_of_the_list():
    hosts = Hosts([A, B, C])
    assert hosts.candidates() == [A, B, C]
    hosts.reached(C)
    assert hosts.candidates() == [A, B, C]


def test_who_failed_comes_last_for_a_while_and_then_first_again():
    clock = Clock()
    hosts = Hosts([A, B], clock)
    hosts.unreachable(A)
    assert hosts.candidates() == [B]
    clock.now += REFUSE_SECONDS
    assert hosts.candidates() == [B, A]
    clock.now += AVOID_SECONDS
    assert hosts.candidates() == [A, B]


def test_when_all_failed_nobody_is_asked_for_a_moment():
    clock = Clock()
    hosts = Hosts([A], clock)
    hosts.unreachable(A)
    assert hosts.candidates() == []
    clock.now += REFUSE_SECONDS
    assert hosts.candidates() == [A]
    hosts.reached(A)
    assert hosts.candidates() == [A]


def test_a_useless_server_comes_last_but_is_still_asked():
    hosts = Hosts([A, B], Clock())
    hosts.lost(A, useless=True)
    assert hosts.candidates() == [B, A]


def test_a_broken_connection_makes_older_ones_suspect():
    clock = Clock()
    hosts = Hosts([A, B], clock)
    hosts.lost(A, useless=False)
    assert hosts.candidates() == [A, B]
    assert not hosts.is_trusted(A, since=99.0)
    assert hosts.is_trusted(A, since=101.0)
    assert hosts.is_trusted(B, since=99.0)
