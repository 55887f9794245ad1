"""What queries have said of each repository: its newest timestamp, and since when.

A repository is deleted as a whole, and a timestamp that was deleted never comes back,
as each is signed anew. So between two queries that found the same one to be the newest
nothing was deleted, and every file that was there in between was there all the time.
When a query says so, and what it is asked, is for ``files``.
"""

from attrs import define

MAX_REPOSITORIES = 50_000
"""Of so many is anything remembered: some hundred bytes each."""


@define
class _Newest:
    """The newest timestamp, and the first and the last query that found it.

    ``version`` may be that of one before it, if it was not read yet.
    """

    sha256: str
    version: int
    since: float
    until: float


class Presence:
    """The newest timestamps that were seen; times are when queries began."""

    def __init__(self, most: int = MAX_REPOSITORIES) -> None:
        self._most = most
        self._newest: dict[str, _Newest] = {}

    def __contains__(self, gun: object) -> bool:
        return gun in self._newest

    def version(self, gun: str) -> int:
        """Return the version of a timestamp; 0 if none was seen."""
        newest = self._newest.get(gun)
        return 0 if newest is None else newest.version

    def see(self, gun: str, sha256: str, version: int, when: float) -> None:
        """Note a timestamp that is stored; it was by the time of ``when``."""
        newest = self._newest.get(gun)
        if newest is not None and newest.sha256 == sha256:
            newest.version = version
            return
        if newest is None and len(self._newest) >= self._most:
            self._newest.clear()
        self._newest[gun] = _Newest(sha256, version, when, when)

    def confirm(self, gun: str, sha256: str, begun: float) -> bool:
        """Note what a query that began then found to be the newest.

        Tell whether it is another than before.
        """
        newest = self._newest.get(gun)
        if newest is None or begun <= newest.until:
            return False
        newest.until = begun
        if newest.sha256 == sha256:
            return False
        newest.sha256, newest.since = sha256, begun
        return True

    def forget(self, gun: str) -> None:
        """Forget a repository that is gone."""
        self._newest.pop(gun, None)

    def covers(self, gun: str, when: float) -> bool:
        """Tell whether what was stored then is, as long as the timestamp is."""
        newest = self._newest.get(gun)
        return newest is not None and when >= newest.since

    def until(self, gun: str, when: float) -> float:
        """Return the last time at which a file that was stored then is known to be."""
        newest = self._newest.get(gun)
        if newest is None or when < newest.since:
            return when
        return max(when, newest.until)
