"""The repositories of a comparison, made when a workload first asks for them."""

from collections.abc import Iterator

from attrs import define, field

from bench.content import Author, Repository, Row, insert, rows
from bench.lab import Lab
from bench.uploads import Uploads, make_uploads

DISTINCT = 10_000
"""So many repositories have bytes of their own; those beyond share the last one's."""

_WHOLE = 50
_PREFIX = "example.com/team/image-"


@define
class Stock:
    """What is in both databases."""

    lab: Lab
    author: Author
    _all: list[Repository] = field(factory=list, init=False)
    _large: dict[int, Repository] = field(factory=dict, init=False)
    _histories: dict[int, Repository] = field(factory=dict, init=False)
    _uploads: dict[tuple[str, int], list[Uploads]] = field(factory=dict, init=False)

    def repositories(self, count: int) -> list[Repository]:
        """Return the first of all repositories, of which there are now enough."""
        missing = range(len(self._all), count)
        if missing:
            made = [self._make(number) for number in missing]
            insert(self.lab.places, (row for each in made for row in _needed(each)))
        return self._all[:count]

    def large(self, entries: int) -> Repository:
        """Return a repository whose targets file has so many entries."""
        if entries not in self._large:
            made = self.author.repository(f"example.com/large/{entries}", entries)
            insert(self.lab.places, rows(made))
            self._large[entries] = made
        return self._large[entries]

    def history(self, versions: int) -> Repository:
        """Return a repository whose timestamp has so many versions."""
        if versions not in self._histories:
            made = self.author.repository(f"example.com/history/{versions}")
            older = self.author.timestamps(made, range(1, versions + 1))
            insert(self.lab.places, rows(made, "root", "targets", "snapshot"))
            numbered = enumerate(older, 1)
            insert(
                self.lab.places,
                ((made.gun, "timestamp", number, data) for number, data in numbered),
            )
            self._histories[versions] = made
        return self._histories[versions]

    def uploads(self, name: str, run: int, publishers: int, each: int) -> list[Uploads]:
        """Return publishes to new repositories, the same for both sides."""
        if (name, run) not in self._uploads:
            self._uploads[name, run] = [
                make_uploads(
                    self.author,
                    f"example.com/{name}/{run}/{number}",
                    self.lab.folder / f"{name}-{run}-{number}.uploads",
                    each,
                )
                for number in range(publishers)
            ]
        return self._uploads[name, run]

    def static(self) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of current files of the first repository."""
        first = self.repositories(1)[0]
        for role, data in first.files.items():
            yield first.current(role), data

    def _make(self, number: int) -> Repository:
        gun = f"{_PREFIX}{number}"
        if number < _WHOLE:
            made = self.author.repository(gun)
        elif number < DISTINCT:
            made = self.author.same(gun, self._all[0])
        else:
            made = Repository(gun, self._all[-1].files)
        self._all.append(made)
        return made


def _needed(repository: Repository) -> Iterator[Row]:
    """Yield all files of the first ones; of the others what a timestamp needs."""
    is_whole = int(repository.gun.removeprefix(_PREFIX)) < _WHOLE
    return rows(repository, *(() if is_whole else ("snapshot", "timestamp")))
