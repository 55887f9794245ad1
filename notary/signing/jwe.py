"""Private keys at rest: the compact JWE that the Go signer reads and writes.

Deriving the wrapping key takes milliseconds on purpose: a service calls these
functions in a thread. What the plaintext means is left to ``private_keys``.
"""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

KEY_WRAP = "PBES2-HS256+A128KW"
ENCRYPTION = "A256GCM"
ITERATIONS = 8192
MAX_ITERATIONS = 100_000
MAX_LENGTH = 16_384

_SALT_BYTES = 12
_MEMBERS = {"alg", "enc", "p2c", "p2s"}


class Undecryptable(Exception):
    """The passphrase is wrong, or this is no key as the signers write them."""


def encrypt(plaintext: bytes, passphrase: str) -> str:
    """Return the compact JWE of the plaintext, under a new salt."""
    salt = base64.urlsafe_b64encode(secrets.token_bytes(_SALT_BYTES)).decode("ascii")
    header = {"alg": KEY_WRAP, "enc": ENCRYPTION, "p2c": ITERATIONS, "p2s": salt}
    return jwe.encrypt_compact(
        header, plaintext, _key(passphrase), algorithms=[KEY_WRAP, ENCRYPTION]
    )


def decrypt(token: str, passphrase: str) -> bytes:
    """Return the plaintext or raise ``Undecryptable``, which tells no secret."""
    if len(token) > MAX_LENGTH or not token.isascii():
        raise Undecryptable("not an encrypted key")
    _check(_header(token))
    try:
        opened = jwe.decrypt_compact(
            token, _key(passphrase), algorithms=[KEY_WRAP, ENCRYPTION]
        )
    except (JoseError, InvalidTag, InvalidUnwrap, ValueError, AssertionError):
        raise Undecryptable("wrong passphrase or damaged key") from None
    return opened.plaintext or b""


def _key(passphrase: str) -> OctKey:
    # Not import_key: it takes passphrases for keys, and warns when they are short.
    raw = passphrase.encode("utf-8", "surrogateescape")
    return OctKey(raw, raw)


def _header(token: str) -> object:
    encoded = token.partition(".")[0]
    try:
        padded = encoded + "=" * (-len(encoded) % 4)
        header: object = json.loads(base64.b64decode(padded, b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        raise Undecryptable("not an encrypted key") from None
    return header


def _check(header: object) -> None:
    if not isinstance(header, Mapping) or set(header) != _MEMBERS:
        raise Undecryptable("not an encrypted key")
    if (header["alg"], header["enc"]) != (KEY_WRAP, ENCRYPTION):
        raise Undecryptable("the key is encrypted by another algorithm")
    count = header["p2c"]
    if type(count) is not int or not 0 < count <= MAX_ITERATIONS:
        raise Undecryptable("the key's iteration count is out of bounds")
