"""Two servers on one database never disagree, whoever publishes to which of them."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Barrier, Event

import pytest
from attrs import evolve

from notary.server import publish
from notary.server.service import Service
from notary.signing.local import LocalSigner
from notary.signing.passphrase import given_passphrases
from notary.storage.sql import SQLStore
from notary.storage.sql_keys import SQLKeyStore
from tests.load import Link, Load, Outcome, create_repository, report, tuf, verify
from tests.load_link import new_repository, online_key
from tests.load_verify import (
    History,
    changes,
    check_chain,
    check_changefeed,
    fetch_history,
)
from tests.mysql_databases import dsn_of
from tests.our_server import SECRETS, bootstrap, our_server
from tests.publisher import sign
from tests.reading import new_files
from tests.server.publishing import uploads

SECONDS = 60

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def place(mariadb_server, tmp_path_factory):
    """The database of this module."""
    place = mariadb_server.create_database()
    bootstrap(tmp_path_factory.mktemp("bootstrap"), place.dsn)
    return place


@pytest.fixture(scope="module")
def ports(place, tmp_path_factory):
    """Where both servers are."""
    folder = tmp_path_factory.mktemp("servers")
    with ExitStack() as stack:
        yield [
            stack.enter_context(our_server(folder / name, place.plain().dsn)).port
            for name in ("a", "b")
        ]


@pytest.fixture
def links(ports):
    """A connection to each server."""
    with ExitStack() as stack:
        yield [stack.enter_context(closing(Link(port))) for port in ports]


@pytest.fixture
def gun():
    """A name that no other test of this module uses."""
    return f"example.com/app{next(_NUMBERS)}"


def test_competing_publishers_and_readers_see_one_history_on_both_servers(
    ports, links, place
):
    repositories = [create_repository(links[i % 2], f"load/{i}") for i in range(3)]
    with Load(ports, repositories, competing=4, readers=4) as load:
        load.record.wait_for_more(SECONDS, publishes=150, walks=150)
    for link in links:
        counts = verify(load, link)
    report(f"{counts}")
    won = {one.port for one in load.record.attempts if one.outcome is Outcome.DONE}
    assert won == set(ports)
    outcomes = {one.outcome for one in (*load.record.attempts, *load.record.walks)}
    assert outcomes == {Outcome.DONE, Outcome.REFUSED}
    assert place.run("SELECT COUNT(*) FROM tuf_files WHERE role = ''") == [(0,)]


def test_of_several_who_publish_first_one_wins_and_is_served_by_both(links, gun):
    owners = [new_repository(links[0], gun).owner for _ in range(6)]
    uploads = [owner.first_publish() for owner in owners]
    answers = together(
        links, [lambda link, files=files: link.upload(gun, files) for files in uploads]
    )
    statuses = [answer.status for answer in answers]
    assert sorted(statuses) == [200] + [400] * 5, answers
    won = uploads[statuses.index(200)]
    for role, data in won.items():
        for link in links:
            assert link.get(f"{tuf(gun)}/{role}.json").body == data
    check_history(links, gun)


def test_both_servers_give_one_key_to_all_who_ask_for_the_first(links, gun):
    asked = ["GET", "POST"] * 6
    keys = together(
        links,
        [
            lambda link, how=how: online_key(link, gun, "timestamp", how)
            for how in asked
        ],
    )
    assert len({key.key_id for key in keys}) == 1


def test_what_one_server_deletes_is_gone_on_the_other_at_once(links, gun):
    here, there = links
    for number in range(1, 9):
        repository = create_repository(here, gun)
        paths = [f"{role}.json" for role in ("root", "targets", "snapshot", "1.root")]
        assert statuses(there, gun, paths) == {200}
        assert there.send("DELETE", f"{tuf(gun)}/").status == 200
        assert statuses(here, gun, [*paths, "timestamp.json"]) == {404}
        refused = here.upload(gun, {"targets": repository.targets(2, "late")})
        assert (refused.status, refused.code) == (400, "INVALID_UPDATE")
        records = [(one["Category"], one["Version"]) for one in changes(here, gun)]
        assert records == [("update", 1), ("deletion", 0)] * number
        here, there = there, here


def test_a_deletion_amid_publishes_leaves_nothing_of_any_of_them(links, gun):
    refusals = {(400, "VERSION"), (400, "INVALID_UPDATE")}
    for _ in range(12):
        repository, published = create_repository(links[0], gun), Event()

        def go_on(link, repository=repository, published=published):
            for version in range(2, 8):
                data = repository.targets(version, f"{link.port}")
                answer = link.upload(gun, {"targets": data})
                assert answer.status == 200 or (answer.status, answer.code) in refusals
                published.set()

        def delete(link, published=published):
            assert published.wait(SECONDS)
            assert link.send("DELETE", f"{tuf(gun)}/").status == 200

        together(links, [go_on] * 4 + [delete])
        # Nobody makes it again: the deletion had the last word.
        assert check_history(links, gun) == History(gun, {}, {}, {})


def test_a_key_rotated_through_one_server_signs_through_the_other(links, gun):
    repository = create_repository(links[0], gun)
    owner, (here, there) = repository.owner, links
    for version in range(2, 6):
        new = {
            role: online_key(here, gun, role, "POST")
            for role in ("timestamp", "snapshot")
        }
        owner = evolve(
            owner, timestamp_key=new["timestamp"], snapshot_key=new["snapshot"]
        )
        root = sign(owner.root(version), owner.root_key)
        assert there.upload(gun, {"root": root}).status == 200
        published = here.upload(gun, {"targets": repository.targets(version, "app")})
        assert published.status == 200, published
        for link in links:
            for role, key in new.items():
                assert online_key(link, gun, role) == key
                metadata = json.loads(link.get(f"{tuf(gun)}/{role}.json").body)
                assert [one["keyid"] for one in metadata["signatures"]] == [key.key_id]
        here, there = there, here
    check_history(links, gun)


def test_a_timestamp_that_both_servers_find_expired_is_renewed_once(
    links, gun, run, open_dsn, place
):
    database = open_dsn(dsn_of(place))
    service = service_of(database, datetime.now(UTC) - timedelta(days=60))
    files = new_repository(links[0], gun).owner.first_publish()
    run(publish.publish(service, gun, uploads(files)))
    answers = together(
        links, [lambda link: link.get(f"{tuf(gun)}/timestamp.json")] * 12
    )
    assert {answer.status for answer in answers} == {200}
    (served,) = {answer.body for answer in answers}
    assert json.loads(served)["signed"]["version"] == 2
    history = check_history(links, gun)
    assert list(history.timestamps) == [1, 2]


def service_of(database, time):
    """Return a server's inside on this database, at this time."""
    signer = LocalSigner(
        SQLKeyStore(database), given_passphrases(SECRETS), lambda: time
    )
    store = SQLStore(database)
    return Service(store, signer, lambda: time, "ed25519", new_files(store))


def together(links, tasks):
    """Run all tasks at once, each on a connection of its own, half on each server."""
    barrier = Barrier(len(tasks))

    def one(number, task):
        with closing(Link(links[number % 2].port)) as link:
            link.get("/v2/")
            barrier.wait(SECONDS)
            return task(link)

    with ThreadPoolExecutor(len(tasks)) as executor:
        return list(executor.map(one, range(len(tasks)), tasks))


def check_history(links, gun):
    """Check that what is stored since the last deletion is whole; return it."""
    histories = [fetch_history(link, gun) for link in links]
    assert histories[0] == histories[1]
    records = changes(links[0], gun)
    assert records == changes(links[1], gun)
    deletions = [i for i, one in enumerate(records) if one["Category"] == "deletion"]
    current = records[deletions[-1] + 1 :] if deletions else records
    check_chain(histories[0])
    check_changefeed(histories[0], current)
    return histories[0]


def statuses(link, gun, names):
    return {link.get(f"{tuf(gun)}/{name}").status for name in names}
