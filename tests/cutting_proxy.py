"""A TCP proxy before a database that loses what the test tells it to lose."""

from contextlib import AbstractContextManager
from typing import Any

from tests.proxy import Connection, Cut, Proxy

COMMIT = b"\x07\x00\x00\x00\x03COMMIT"
_START = b"\x03START TRANSACTION"
_READ_ONLY = b" READ ONLY"


class _Transactions(Connection):
    def __init__(self, proxy: Any) -> None:
        super().__init__(proxy)
        self._writes = False
        self._counts = False
        self._cut_answer = False

    def upwards(self, data: bytes) -> bytes:
        if _START in data:
            self._writes = _READ_ONLY not in data
            self._counts = False
        self._counts |= self.proxy.only in data
        if self._writes and self._counts and data == COMMIT:
            self._writes = False
            if self.proxy.lose_commits:
                self.proxy.lose_commits -= 1
                raise Cut
            if self.proxy.lose_answers:
                self.proxy.lose_answers -= 1
                self._cut_answer = True
        return data

    def downwards(self, data: bytes) -> bytes:
        if self._cut_answer:
            raise Cut
        return data


class CuttingProxy(Proxy):
    """Cuts connections at commits.

    ``lose_answers`` is how many of the next commits of writing transactions are
    passed on and cut off when their answer comes; ``lose_commits``, before. Only those
    count that have a statement in which ``only`` occurs.
    """

    connection = _Transactions

    def __init__(self, target: int) -> None:
        super().__init__(target)
        self.lose_answers = 0
        self.lose_commits = 0
        self.only = b""


def cutting_proxy(target: int) -> AbstractContextManager[CuttingProxy]:
    """Run a proxy to a port until the block ends."""
    return CuttingProxy(target).running()
