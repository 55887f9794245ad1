"""The table of what is measured, how, and the ratio to the Go server to reach."""

from attrs import frozen

from bench.lab import GO, NGINX, OURS
from bench.loads import Load, Mix, Paths, Publishes, Reads, Static
from bench.stock import Stock

BOTH = (GO, OURS)
REPOSITORIES = "repositories"
HISTORY = "versions of one role"
IDLE = "idle connections"
WORKERS = "workers"


@frozen
class Workload:
    """One row: what it is called, what it is, how it is made, and the floor.

    ``floor`` is the least ratio of ours to Go's; None where none is asked for.
    A row of ``scaling`` is a point at ``x`` of that curve, and not in the table.
    ``idle`` connections are open besides. ``flags`` are more arguments of our server.
    Before the first run there are ``settling`` seconds of the same load that do not
    count: so long does it take until each process has seen all.
    """

    name: str
    what: str
    load: Load
    floor: float | None = None
    scaling: str = ""
    x: int = 0
    flags: tuple[str, ...] = ()
    sides: tuple[str, ...] = BOTH
    with_tokens: bool = False
    idle: int = 0
    settling: float = 0.0


def timestamps(count: int) -> Paths:
    """Return the paths of so many repositories' timestamps."""

    def paths(stock: Stock) -> list[str]:
        return [each.current("timestamp") for each in stock.repositories(count)]

    return paths


def current(role: str) -> Paths:
    """Return the path of the current file of a role."""

    def paths(stock: Stock) -> list[str]:
        return [stock.repositories(1)[0].current(role)]

    return paths


def by_checksum(stock: Stock) -> list[str]:
    """Return the paths of files by checksum of 50 repositories."""
    return [
        each.by_checksum(role)
        for each in stock.repositories(50)
        for role in ("snapshot", "targets")
    ]


def large_targets(stock: Stock) -> list[str]:
    """Return the path of a targets file with 1,000 entries."""
    return [stock.large(1000).current("targets")]


def unknown(_: Stock) -> list[str]:
    """Return the path of a timestamp that nobody has."""
    return ["/v2/example.com/nobody/_trust/tuf/timestamp.json"]


def history(versions: int) -> Paths:
    """Return the path of a timestamp that has so many versions."""

    def paths(stock: Stock) -> list[str]:
        return [stock.history(versions).current("timestamp")]

    return paths


ONE = timestamps(1)

WORKLOADS = (
    Workload("timestamp-1", "timestamp.json of one repository", Reads(ONE), 4.0),
    Workload("timestamp-50", "of 50 repositories", Reads(timestamps(50)), 3.0),
    Workload(
        "timestamp-10000",
        "of 10,000 repositories",
        Reads(timestamps(10_000)),
        3.0,
        settling=20.0,
    ),
    Workload("checksum", "files by checksum, warm", Reads(by_checksum), 1.0),
    Workload("snapshot", "snapshot.json", Reads(current("snapshot")), 3.0),
    Workload("targets-5", "targets.json, 5 entries", Reads(current("targets")), 3.0),
    Workload("targets-1000", "targets.json, 1,000 entries", Reads(large_targets), 1.5),
    Workload(
        "connect", "a new TLS connection per request", Reads(ONE, reconnect=True), 1.1
    ),
    Workload(
        "connect-resumed",
        "a new TLS connection per request, session resumed",
        Reads(ONE, reconnect=True, resume=True),
        1.1,
    ),
    Workload("unknown", "unknown repository (404)", Reads(unknown, 404), 1.5),
    Workload(
        "token",
        "timestamp.json with token authentication",
        Reads(ONE, with_token=True),
        with_tokens=True,
    ),
    Workload("publish-1", "publishes, 1 publisher", Publishes(1, 400), 1.0),
    Workload("publish-8", "publishes, 8 publishers", Publishes(8, 150), 1.5),
    Workload("mix", "95 % pulls, 5 % publishes, as the client makes them", Mix(), 1.0),
    Workload("nginx", "the same bytes as a file", Static(ONE), sides=(NGINX,)),
    Workload(
        "nginx-connect",
        "the same, a new TLS connection per request",
        Static(ONE, reconnect=True),
        sides=(NGINX,),
    ),
    *(
        Workload(
            f"repositories-{count}",
            f"timestamp.json of {count:,} repositories",
            Reads(timestamps(count)),
            scaling=REPOSITORIES,
            x=count,
            settling=min(count // 500, 20),
        )
        for count in (100, 1000, 10_000, 100_000)
    ),
    *(
        Workload(
            f"history-{count}",
            f"timestamp.json with {count:,} versions stored",
            Reads(history(count)),
            scaling=HISTORY,
            x=count,
        )
        for count in (1, 10, 100, 1000, 10_000)
    ),
    *(
        Workload(
            f"idle-{count}",
            f"timestamp.json while {count:,} connections are idle",
            Reads(ONE),
            idle=count,
            scaling=IDLE,
            x=count,
        )
        for count in (0, 1000, 2500, 5000)
    ),
    *(
        Workload(
            f"workers-{count}",
            f"timestamp.json of 50 repositories, {count} workers",
            Reads(timestamps(50)),
            scaling=WORKERS,
            x=count,
            flags=("-workers", str(count)),
            sides=(OURS,),
        )
        for count in (1, 2, 3, 4)
    ),
)
