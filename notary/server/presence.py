"""What queries have said of each repository: its newest timestamp, and since when.

A repository is deleted as a whole, and a timestamp that was deleted never comes back,
as each is signed anew. So between two queries that found the same one to be the newest
nothing was deleted, and a file that was there in between was there until the second.

A query looks at any moment between its beginning and its answer. What a query found
that began after the answer of the first one was there after the first one looked; and
what is there when the second one looks was there when that began. So of the first
query the time of its answer counts, of all others that of their beginning. What they
are asked, and when, is for ``files``.
"""

from attrs import define

MAX_REPOSITORIES = 20_000
"""Of so many is anything remembered: some hundred bytes each."""


@define
class _Newest:
    """The newest timestamp; ``version`` is that of one before it, if not read yet.

    ``since`` is when the first query that found it had answered, ``until`` when the
    last one began.
    """

    sha256: str
    version: int
    since: float
    until: float


class Presence:
    """The newest timestamps that were seen."""

    def __init__(self, most: int = MAX_REPOSITORIES) -> None:
        self._most = most
        self._newest: dict[str, _Newest] = {}

    def __contains__(self, gun: object) -> bool:
        return gun in self._newest

    def version(self, gun: str) -> int:
        """Return the version of a timestamp; 0 if none was seen."""
        newest = self._newest.get(gun)
        return 0 if newest is None else newest.version

    def see(self, gun: str, sha256: str, version: int, now: float) -> None:
        """Note a timestamp of which is known by now that it is stored."""
        newest = self._newest.get(gun)
        if newest is not None and newest.sha256 == sha256:
            newest.version = version
            return
        if newest is None and len(self._newest) >= self._most:
            self._newest.clear()
        self._newest[gun] = _Newest(sha256, version, now, now)

    def confirm(self, gun: str, sha256: str, begun: float, now: float) -> bool:
        """Note what a query that began then, and answers now, found to be the newest.

        Tell whether it is another than before.
        """
        newest = self._newest.get(gun)
        if newest is None or begun <= newest.until:
            return False
        newest.until = begun
        if newest.sha256 == sha256:
            return False
        newest.sha256, newest.since = sha256, now
        return True

    def forget(self, gun: str) -> None:
        """Forget a repository that is gone."""
        self._newest.pop(gun, None)

    def covers(self, gun: str, when: float) -> bool:
        """Tell whether what was found then is there as long as the timestamp is."""
        newest = self._newest.get(gun)
        return newest is not None and when > newest.since

    def until(self, gun: str, when: float) -> float:
        """Return the last time of which is known that what was found then is there."""
        if not self.covers(gun, when):
            return when
        return max(when, self._newest[gun].until)
