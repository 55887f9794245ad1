"""The routes: one table of the server's, from which everything that routes is made.

What every program tells of itself may also be served apart, on an address of its own.
"""

from collections.abc import Awaitable, Callable

from attrs import frozen

from notary.auth.access import Access
from notary.web import handlers, status
from notary.web.answers import Answer
from notary.web.eagerly import Later

Handler = Callable[..., Awaitable[Answer]]


@frozen
class Scope:
    """What a token must allow; without a ``name`` it is about the GUN of the path."""

    type: str
    actions: tuple[str, ...]
    name: str = ""

    def needed(self, gun: str) -> tuple[Access, ...]:
        """Return each access that a request for this GUN needs."""
        name = self.name or gun
        return tuple(Access(self.type, name, action) for action in self.actions)


OPEN = Scope("", ())

CATALOG = Scope("registry", ("*",), "catalog")
PULL = Scope("repository", ("pull",))
PUSH_AND_PULL = Scope("repository", ("push", "pull"))
EVERYTHING = Scope("repository", ("*",))


@frozen
class Route:
    """One operation: where it is found, who may use it, and what does it.

    Without a ``scope`` of its own it needs the same as a path that does not exist.
    ``tells_prefixes`` means that a GUN that is not served here is answered with 400
    and not with 404. ``is_rated`` routes are subject to ``notary.web.rates``
    and to the limit on changes at a time; requests for ``is_quick`` ones may take the
    short path. There, ``at_once`` is asked first: it answers, or raises, if nothing has
    to be waited for, else says what that is, or leaves it to the handler with ``None``.
    """

    method: str
    rule: str
    handler: Handler
    operation: str = ""
    scope: Scope = CATALOG
    tells_prefixes: bool = False
    is_rated: bool = False
    is_quick: bool = False
    at_once: Callable[..., Answer | Later[Answer] | None] | None = None

    @property
    def name(self) -> str:
        """A name that no other route has."""
        return f"{self.method} {self.rule}"


_TUF = "/v2/<gun:gun>/_trust/tuf/"
_KEY = f"{_TUF}<online_role:role>.key"


def health_routes(program: str) -> tuple[Route, ...]:
    """Return where the program, ``server`` or ``signer``, tells whether it is well."""
    return tuple(
        Route("GET", f"/_notary_{program}/{name}", handler, scope=OPEN)
        for name, handler in (
            ("health", status.health),
            ("live", status.live),
            ("ready", status.ready),
        )
    )


def metrics_routes(program: str) -> tuple[Route, ...]:
    """Return where the program's metrics are."""
    return tuple(
        Route("GET", rule, status.metrics, "prometheus", OPEN)
        for rule in (f"/_notary_{program}/metrics", "/metrics")
    )


WITHOUT_METRICS = (
    Route("GET", "/v2/", handlers.ping, is_quick=True, at_once=handlers.ping_at_once),
    Route(
        "POST",
        _TUF,
        handlers.update,
        "UpdateTUF",
        PUSH_AND_PULL,
        tells_prefixes=True,
        is_rated=True,
    ),
    Route(
        "GET",
        f"{_TUF}<role:role>.<checksum:checksum>.json",
        handlers.by_checksum,
        "GetRoleByHash",
        PULL,
        is_quick=True,
        at_once=handlers.by_checksum_at_once,
    ),
    Route(
        "GET",
        f"{_TUF}<version:version>.<role:role>.json",
        handlers.by_version,
        "GetRoleByVersion",
        PULL,
        is_quick=True,
    ),
    Route(
        "GET",
        f"{_TUF}<role:role>.json",
        handlers.current,
        "GetRole",
        PULL,
        is_quick=True,
        at_once=handlers.current_later,
    ),
    Route("GET", _KEY, handlers.get_key, "GetKey", PUSH_AND_PULL, is_rated=True),
    Route("POST", _KEY, handlers.rotate_key, "RotateKey", EVERYTHING, is_rated=True),
    Route("DELETE", _TUF, handlers.delete, "DeleteTUF", EVERYTHING),
    Route(
        "GET", "/v2/<gun:gun>/_trust/changefeed", handlers.changes, "Changefeed", PULL
    ),
    Route("GET", "/v2/_trust/changefeed", handlers.changes, "Changefeed", CATALOG),
    *health_routes("server"),
)

ROUTES = (*WITHOUT_METRICS, *metrics_routes("server"))
