"""Move the keys under one passphrase to another, while signers use them.

Every key is a step of its own that happens or does not, so the whole may be
interrupted, repeated, and run twice at a time. Signers must know both passphrases
until it is done; docs/operating.md tells in which order. Where the keys are kept
is left to the ``KeyStore``.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from attrs import field, frozen
from twisted.internet.threads import deferToThread

from notary.signing import jwe, private_keys
from notary.signing.keystore import KeyRow, KeyStore
from notary.signing.passphrase import PassphraseError, Passphrases
from notary.storage.store import StorageError

BATCH = 100

Report = Callable[[str], None]


class SameAlias(Exception):
    """The keys shall be moved to the alias that they have."""


@frozen
class Outcome:
    """How many keys were moved, and by key id why the others were not."""

    moved: int
    failed: Mapping[str, str]


async def reencrypt(
    keys: KeyStore,
    passphrases: Passphrases,
    old_alias: str,
    now: Callable[[], datetime],
    report: Report,
) -> Outcome:
    """Move every key of the old alias, deleted ones too, to ``passphrases.alias``.

    A key that cannot be opened stays as it is. ``report`` is given lines that tell
    no secret. Raise ``SameAlias``, ``PassphraseError`` if one of the two is missing,
    or ``StorageError``; what was moved until then stays moved.
    """
    if old_alias == passphrases.alias:
        raise SameAlias(f"the keys are to be moved from alias {old_alias!r} to itself")
    old, new = passphrases.get(old_alias), passphrases.get(passphrases.alias)
    if old == new:
        report("warning: the passphrases of both aliases are the same")
    move = _Move(keys, passphrases.alias, old, new, now, report)
    outcome = await move.all(old_alias)
    left = await _left(keys, old_alias, outcome.failed, report)
    return Outcome(outcome.moved, {**outcome.failed, **left})


async def reencrypt_command(
    keys: KeyStore,
    passphrases: Passphrases,
    old_alias: str,
    now: Callable[[], datetime],
    report: Report,
) -> int:
    """Do the same, report the outcome or why there is none; return the exit code."""
    try:
        outcome = await reencrypt(keys, passphrases, old_alias, now, report)
    except (SameAlias, PassphraseError) as error:
        report(f"nothing was done: {error}")
        return 1
    except StorageError as error:
        report(f"stopped, and may be run again: {error}")
        return 1
    if not outcome.moved and not outcome.failed:
        report(f"no key has the alias {old_alias!r}: nothing to do")
        return 0
    report(
        f"{outcome.moved} keys were moved from alias {old_alias!r} to alias"
        f" {passphrases.alias!r}; {len(outcome.failed)} still have alias {old_alias!r}"
    )
    return 1 if outcome.failed else 0


@frozen
class _Move:
    """Moves keys from the old passphrase to the new one, whose alias it knows."""

    keys: KeyStore
    alias: str
    old: str = field(repr=False)
    new: str = field(repr=False)
    now: Callable[[], datetime]
    report: Report

    async def all(self, old_alias: str) -> Outcome:
        """Move every key of an alias, in the order of their ids."""
        moved, failed, after = 0, dict[str, str](), ""
        while batch := await self.keys.under_alias(old_alias, after, BATCH):
            for row in batch:
                try:
                    moved += await self._one(row)
                except (jwe.Undecryptable, private_keys.UnreadableKey) as error:
                    failed[row.key_id] = str(error)
                    self.report(f"key {row.key_id} cannot be moved: {error}")
            after = batch[-1].key_id
            self.report(f"{moved} keys moved, {len(failed)} failed, now at key {after}")
        return Outcome(moved, failed)

    async def _one(self, row: KeyRow) -> bool:
        # False if another changed the key meanwhile, mostly by moving it.
        private = await deferToThread(self._reencrypted, row)
        return await self.keys.replace_private(row, private, self.alias, self.now())

    def _reencrypted(self, row: KeyRow) -> str:
        plaintext = jwe.decrypt(row.private, self.old)
        private_keys.parse_named(row.key_id, row.algorithm, plaintext)
        private = jwe.encrypt(plaintext, self.new)
        if jwe.decrypt(private, self.new) != plaintext:
            raise jwe.Undecryptable("what was encrypted anew is not the same")
        return private


async def _left(
    keys: KeyStore, alias: str, known: Mapping[str, str], report: Report
) -> dict[str, str]:
    """Return why keys other than the known ones still have the alias."""
    left, after = dict[str, str](), ""
    while batch := await keys.under_alias(alias, after, BATCH):
        for row in batch:
            if row.key_id not in known:
                left[row.key_id] = "made or changed while this ran: run it again"
                report(f"key {row.key_id} was not moved: {left[row.key_id]}")
        after = batch[-1].key_id
    return left
