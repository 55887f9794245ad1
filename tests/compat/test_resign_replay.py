"""The recorded probes of what expires or is damaged, row by row, in the database.

What was asked many times at once is left out: which answer came when was chance.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from attrs import evolve

from tests import expiry, recorded
from tests.compat import differences
from tests.compat.compare import difference
from tests.compat.recorded_signer import RecordedSigner
from tests.compat.server import Reply, replay_server
from tests.mariadb import Place
from tests.recorded import Exchange

SET = "resign"
AT_ONCE = "hij"
"""The repositories in which requests competed."""
# Recorded times are whole seconds, of which some part had passed.
FRACTION = timedelta(milliseconds=500)


def both_expire(place: Place, gun: str) -> None:
    expiry.expire_snapshot(place, gun)
    expiry.expire_timestamp(place, gun)


# What the recorder did to the newest rows of the repository before the probe.
EDITS: dict[str, Callable[[Place, str], None]] = {
    "timestamp-expires-in-5s": partial(
        expiry.expire_timestamp, when="2026-11-22T11:15:48Z"
    ),
    "root-while-ts-expired": expiry.expire_timestamp,
    "snapshot-get-while-ts-expired": expiry.expire_timestamp,
    "server-snapshot-expired": both_expire,
    "client-snapshot-expired-ts": expiry.expire_snapshot,
    "root-expired-ts-expired": expiry.expire_timestamp,
    "snapshot-row-missing-ts": partial(expiry.lose, role="snapshot"),
    "corrupt-ts-emptyobj": partial(expiry.replace, role="timestamp", data=b"{}"),
    "corrupt-ts-garbage": partial(expiry.replace, role="timestamp", data=b"garbage"),
}


def test_what_expires_or_is_damaged_gets_the_recorded_or_a_better_answer(
    run, reactor_thread, mysql, mysql_places
):
    exchanges = [
        one
        for one in recorded.probes(SET)
        if one.when and not one.gun.endswith(tuple(AT_ONCE))
    ]
    assert EDITS.keys() <= {one.name for one in exchanges}
    unexpected = []
    signer = RecordedSigner.of(exchanges)
    with replay_server(run, reactor_thread, mysql, signer=signer) as server:
        for exchange in exchanges:
            if exchange.name in EDITS:
                EDITS[exchange.name](mysql_places.server, exchange.gun)
                # Rows never change while a server runs; it would not notice.
                server.service.files.drop(exchange.gun)
            reply = server.send(evolve(exchange, when=exchange.when + FRACTION))
            probe = f"{SET}:{exchange.name}"
            found = difference(exchange, reply) or renewal(exchange, reply)
            if found and not differences.is_listed(probe, reply):
                unexpected.append(f"{probe}: {found}; {reply.body[:200]!r}")
    assert not unexpected, "\n".join(unexpected)


def renewal(exchange: Exchange, reply: Reply) -> str:
    """Say whether another version is served, or one that expires at another time."""
    if not exchange.url.endswith(".json") or exchange.status != 200:
        return ""
    theirs, ours = (json.loads(one.body)["signed"] for one in (exchange, reply))
    for member in ("version", "expires"):
        # A renewed file has the fraction of the second at which it was made.
        before, now = (str(one[member])[:19] for one in (theirs, ours))
        if before != now and exchange.name != "versioned-while-ts-expired":
            return f"{member} {now} instead of {before}"
    return ""
