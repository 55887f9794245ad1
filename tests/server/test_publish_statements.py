"""How many SQL statements a publish takes: on MySQL 8, for which the Go server runs 46.

``BEGIN`` is one of them; so is ``COMMIT``, which observers are not told of.
"""

import pytest
from attrs import evolve

from notary.signing.local import LocalSigner
from notary.signing.passphrase import Passphrases
from notary.storage.sql import SQLStore
from notary.storage.sql_keys import SQLKeyStore
from tests.reading import new_files, newest_file
from tests.server.owning import GUN, new_owner

CLAIM = {"sqlite": [], "mysql": ["claim_gun", "release_gun"]}
BEGIN, TRANSACTIONS = "other", ("read", "write")
UNSEEN, READ, FOUND = ["newest_of_place"], ["checksums_from"], ["present"]
STORED = ["newest_of_role", "insert_file", "insert_change"]


@pytest.fixture(params=["sqlite", "mysql"])
def place(request):
    return request.param


@pytest.fixture
def database(place, notes, request):
    name = {"sqlite": "open_database", "mysql": "open_mysql_database"}[place]
    return request.getfixturevalue(name)(observe=notes)


@pytest.fixture
def key_database(place, database, notes, request):
    if place == "sqlite":
        return database
    return request.getfixturevalue("open_mysql_keys")(observe=notes)


@pytest.fixture
def store(database):
    return SQLStore(database)


def statements_of(run, notes, upload, owner):
    notes.all.clear()
    run(owner.publish(upload))
    assert not notes.errors()
    return [name for name, _, _ in notes.all if name not in TRANSACTIONS]


def test_a_publish_is_one_read_and_one_write(run, service, notes, place):
    owner = run(new_owner(service))
    write = [BEGIN, *CLAIM[place], *STORED]
    first = statements_of(run, notes, owner.next(**owner.everything()), owner)
    assert first == [*UNSEEN, *write]
    for version in (2, 3):
        upload = owner.next(targets=owner.targets(version))
        assert statements_of(run, notes, upload, owner) == [*READ, *write]
    assert len([*READ, *write, "commit"]) == {"mysql": 8, "sqlite": 6}[place]


def test_many_files_are_written_as_one(run, service, notes, place):
    owner = run(new_owner(service, delegations=3, server_snapshot=True))
    write = [BEGIN, *CLAIM[place], *STORED]
    first = statements_of(run, notes, owner.next(**owner.everything()), owner)
    assert first == [*UNSEEN, *write]
    below = {f"targets/d{n}": owner.delegation(2) for n in range(3)}
    again = statements_of(run, notes, owner.next(**below), owner)
    assert again == [*READ, *write]


def test_files_that_a_snapshot_newly_lists_are_looked_for_at_once(
    run, service, notes, place
):
    owner = run(new_owner(service, delegations=3))
    old = owner.everything()
    run(owner.publish(owner.next(**old)))
    new = {f"targets/d{n}": owner.delegation(2) for n in range(3)}
    run(owner.publish(owner.next(**new)))
    owner.files |= {role: old[role] for role in new}
    upload = owner.next(targets=owner.targets(2))
    found = statements_of(run, notes, upload, owner)
    assert found == [*READ, *FOUND, BEGIN, *CLAIM[place], *STORED]


def test_what_is_not_in_memory_is_read_step_by_step(run, service, store, notes):
    """The second step depends on the first: snapshot, and what it lists."""
    owner = run(new_owner(service, delegations=3, server_snapshot=True))
    run(owner.publish(owner.next(**owner.everything())))
    owner.service = evolve(service, files=new_files(store))
    upload = owner.next(**{"targets/d1": owner.delegation(2)})
    names = statements_of(run, notes, upload, owner)
    assert names[: names.index(BEGIN)] == [*UNSEEN, "at_place"]


def test_100_delegations_take_few_statements_and_are_all_stored(run, service, notes):
    owner = run(new_owner(service, delegations=100, server_snapshot=True))
    first = statements_of(run, notes, owner.next(**owner.everything()), owner)
    assert first.count("newest_of_role") == 2
    assert 2 <= first.count("insert_file") <= 4
    for role, data in owner.files.items():
        assert run(newest_file(service.store, GUN, role)).data == data


def test_a_key_is_marked_as_used_only_by_its_first_publish(
    run, service, key_database, notes, clock
):
    passphrases = Passphrases("test", {"test": "a passphrase"})
    signer = LocalSigner(SQLKeyStore(key_database), passphrases, clock)
    service = evolve(service, signer=signer)
    owner = run(new_owner(service, server_snapshot=True))
    first = statements_of(run, notes, owner.next(**owner.everything()), owner)
    assert first.count("mark_key_used") == 2
    again = owner.next(targets=owner.targets(2))
    assert "mark_key_used" not in statements_of(run, notes, again, owner)
