"""Keys move from one passphrase to another, whatever else happens meanwhile."""

import pytest
from attrs import evolve

from notary.signing import jwe, reencrypt
from notary.signing.keystore import MemoryKeyStore
from notary.signing.local import LocalSigner
from notary.signing.passphrase import signer_passphrases
from notary.storage.sql_keys import SQLKeyStore
from notary.storage.store import StorageError
from notary.tuf.signatures import verifies
from tests.recorded_keys import recorded_keys
from tests.signing.conftest import NOW
from tests.signing.contract import PAYLOAD
from tests.storage.samples import outcomes

OLD, NEW = "correct-horse-battery", "staple"
ENVIRON = {"NOTARY_SIGNER_ALIAS_ONE": OLD, "NOTARY_SIGNER_TWO": NEW}
PASSPHRASES = signer_passphrases("two", ENVIRON)
ROWS = recorded_keys()[:12]


@pytest.fixture(params=["memory", "sqlite", "mysql"])
def keys(request):
    if request.param == "memory":
        return MemoryKeyStore()
    opened = {"sqlite": "open_database", "mysql": "open_mysql_keys"}[request.param]
    return SQLKeyStore(request.getfixturevalue(opened)())


@pytest.fixture
def filled(run, keys):
    for row in ROWS:
        run(keys.insert(row, NOW))
    return keys


@pytest.fixture
def lines():
    return []


@pytest.fixture
def move(run, now, lines):
    """Move the keys of an alias to the one of the passphrases; return exit code."""

    def move_them(keys, old_alias="alias_one", passphrases=PASSPHRASES):
        lines.clear()
        work = reencrypt.reencrypt_command
        return run(work(keys, passphrases, old_alias, now, lines.append))

    return move_them


def under(run, keys, alias):
    return run(keys.under_alias(alias, "", 1000))


def test_every_key_is_moved_and_signs_under_the_new_passphrase(
    run, now, filled, move, lines
):
    run(filled.delete(ROWS[0].key_id, NOW))
    assert move(filled) == 0
    assert lines[-1] == (
        "12 keys were moved from alias 'alias_one' to alias 'two';"
        " 0 still have alias 'alias_one'"
    )
    assert under(run, filled, "alias_one") == []
    signer = LocalSigner(
        filled, signer_passphrases("two", {"NOTARY_SIGNER_TWO": NEW}), now
    )
    for before in ROWS[1:]:
        after = run(filled.by_id(before.key_id))
        private = jwe.decrypt(after.private, NEW)
        assert private == jwe.decrypt(before.private, OLD)
        assert after == evolve(before, private=after.private, passphrase_alias="two")
        public = run(signer.get_key(before.key_id))
        assert verifies(public, run(signer.sign(before.key_id, PAYLOAD)), PAYLOAD)


def test_a_deleted_key_is_moved_too_and_stays_deleted(run, filled, move):
    for row in ROWS:
        run(filled.delete(row.key_id, NOW))
    assert move(filled) == 0
    assert len(under(run, filled, "two")) == len(ROWS)
    assert [run(filled.by_id(row.key_id)) for row in ROWS] == [None] * len(ROWS)


def test_more_keys_than_one_batch_are_moved(run, move, lines):
    keys, rows = MemoryKeyStore(), recorded_keys()
    for row in rows:
        run(keys.insert(row, NOW))
    assert move(keys) == 0
    progress = [line.partition(" keys moved")[0] for line in lines[:-1]]
    assert progress == [str(reencrypt.BATCH), str(len(rows))]


def test_moving_again_finds_nothing_to_do_and_back_restores_every_key(
    run, filled, move, lines
):
    assert move(filled) == 0
    moved = under(run, filled, "two")
    assert move(filled) == 0
    assert lines == ["no key has the alias 'alias_one': nothing to do"]
    assert under(run, filled, "two") == moved
    assert move(filled, "two", signer_passphrases("alias_one", ENVIRON)) == 0
    back = {row.key_id: jwe.decrypt(row.private, OLD) for row in ROWS}
    found = under(run, filled, "alias_one")
    assert {row.key_id: jwe.decrypt(row.private, OLD) for row in found} == back


@pytest.mark.parametrize(
    "case",
    [
        ("two", ENVIRON, "nothing was done: the keys are to be moved from alias 'two'"),
        ("alias.two", ENVIRON, "NOTARY_SIGNER_ALIAS_TWO is not set"),
        ("alias_one", {"NOTARY_SIGNER_ALIAS_ONE": OLD}, "NOTARY_SIGNER_TWO is not set"),
        ("", ENVIRON, "there is no passphrase of alias ''"),
        ("\ud800", ENVIRON, "there is no passphrase of alias '\\ud800'"),
    ],
)
def test_what_cannot_be_asked_for_is_told_and_changes_nothing(
    run, filled, move, lines, case
):
    old_alias, environ, expected = case
    assert move(filled, old_alias, signer_passphrases("two", environ)) == 1
    assert len(lines) == 1
    assert expected in lines[0]
    assert OLD not in lines[0]
    assert len(under(run, filled, "alias_one")) == len(ROWS)


def test_aliases_that_differ_in_case_are_told_apart(run, filled, move):
    """They share a variable, though: the environment knows no such difference."""
    assert move(filled, "ALIAS_ONE") == 0
    assert len(under(run, filled, "alias_one")) == len(ROWS)


def test_equal_passphrases_of_both_aliases_are_warned_of(filled, move, lines):
    environ = ENVIRON | {"NOTARY_SIGNER_TWO": OLD}
    assert move(filled, passphrases=signer_passphrases("two", environ)) == 0
    assert lines[0] == "warning: the passphrases of both aliases are the same"


def test_keys_that_cannot_be_opened_are_named_and_stay_as_they_are(
    run, keys, move, lines
):
    first, second, third, fourth = ROWS[:4]
    broken = [
        evolve(first, private=second.private),
        evolve(second, private="\ufffd" if isinstance(keys, MemoryKeyStore) else "x"),
        evolve(third, private=jwe.encrypt(b"secret", "another")),
    ]
    for row in (*broken, fourth):
        run(keys.insert(row, NOW))
    assert move(keys) == 1
    assert "1 keys were moved" in lines[-1]
    assert "3 still have alias 'alias_one'" in lines[-1]
    reasons = [
        ("not the key that the row names", first),
        ("not an encrypted key", second),
        ("wrong passphrase or damaged key", third),
    ]
    for reason, row in reasons:
        assert f"key {row.key_id} cannot be moved: {reason}" in lines
    assert sorted(under(run, keys, "alias_one"), key=broken.index) == broken
    assert [row.key_id for row in under(run, keys, "two")] == [fourth.key_id]


def test_two_at_the_same_time_move_every_key_once(run, now, filled):
    work = [
        reencrypt.reencrypt(filled, PASSPHRASES, "alias_one", now, lambda line: None)
        for _ in range(3)
    ]
    done = run(outcomes(work))
    assert sum(outcome.moved for outcome in done) == len(ROWS)
    assert [dict(outcome.failed) for outcome in done] == [{}, {}, {}]
    for row in under(run, filled, "two"):
        assert jwe.decrypt(row.private, NEW)


class Interrupted(MemoryKeyStore):
    """Fails at the fourth key, or makes another one under the old alias."""

    replaced = 0
    late = None

    async def replace_private(self, row, private, alias, now):
        self.replaced += 1
        if self.late and self.replaced == 4:
            await self.insert(self.late, NOW)
        elif self.replaced == 4:
            raise StorageError("the database failed: gone")
        return await super().replace_private(row, private, alias, now)


def test_an_interrupted_run_is_repeated_and_goes_on(run, move, lines):
    keys = Interrupted()
    for row in ROWS:
        run(keys.insert(row, NOW))
    assert move(keys) == 1
    assert lines == ["stopped, and may be run again: the database failed: gone"]
    assert len(under(run, keys, "two")) == 3
    assert move(keys) == 0
    assert "9 keys were moved" in lines[-1]


def test_a_key_that_is_made_under_the_old_alias_meanwhile_is_told(run, move, lines):
    keys = Interrupted()
    first, *others = sorted(ROWS, key=lambda row: row.key_id)
    keys.late = first
    for row in others:
        run(keys.insert(row, NOW))
    assert move(keys) == 1
    assert f"key {first.key_id} was not moved: made or changed" in lines[-2]
    assert move(keys) == 0
    assert "1 keys were moved" in lines[-1]


def test_signers_go_on_while_keys_are_moved(run, now, filled):
    signers = [LocalSigner(filled, PASSPHRASES, now, cache_size=0) for _ in range(2)]
    moving = reencrypt.reencrypt(
        filled, PASSPHRASES, "alias_one", now, lambda line: None
    )
    signing = [signer.sign(row.key_id, PAYLOAD) for row in ROWS for signer in signers]
    outcome, *signatures = run(outcomes([moving, *signing]))
    assert outcome.moved == len(ROWS)
    ids = [row.key_id for row in ROWS for _ in signers]
    assert [signature.key_id for signature in signatures] == ids
