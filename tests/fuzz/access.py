"""Fuzz targets of authentication: tokens, key sets, and the bundle of certificates."""

from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

from notary.auth import bundle, jwks, token
from notary.auth.checks import CHECKS, Case, Rules
from notary.auth.files import KeysError
from notary.auth.keyset import Issuer, KeySet
from tests.auth import minting

AUTHORITY_KEY, LEAF_KEY = minting.new_key(), minting.new_key()
AUTHORITY = minting.certificate("ca", AUTHORITY_KEY, None, minting.AUTHORITY)
LEAF = minting.certificate("leaf", LEAF_KEY, ("ca", AUTHORITY_KEY))
KEYS = KeySet.of((AUTHORITY,))
RULES = Rules(minting.SERVICE, {minting.ISSUER: Issuer(minting.ISSUER, lambda: KEYS)})


@cache
def minted() -> tuple[str, ...]:
    """Return one good token for each way to name a key."""
    kid = next(iter(KEYS.keys))
    return (
        minting.token(LEAF_KEY, {"x5c": minting.x5c(LEAF)}),
        minting.token(AUTHORITY_KEY, {"kid": kid}),
    )


def bearer_token(data: bytes) -> None:
    """A token is refused by our checks unless it says what we have signed."""
    text = data.decode("utf-8", "replace")
    case = Case(text, RULES, minting.PULL, minting.NOW)
    if all(finding.passed for finding in [each.apply(case) for each in CHECKS]):
        signed = {good.rpartition(".")[0] for good in minted()}
        assert text.rpartition(".")[0] in signed
    with suppress(token.Malformed):
        token.parse(text)


def key_set(data: bytes) -> None:
    """A key set has keys that can be used, or is refused by an error of ours."""
    with suppress(KeysError):
        assert jwks.parse(data)


def root_bundle(data: bytes) -> None:
    """A bundle has certificates that can be used, or is refused by an error of ours."""
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        with suppress(KeysError):
            assert KeySet.of(bundle.read_bundle(Path(file.name)))
