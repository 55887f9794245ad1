"""Key sets of RFC 7517: what of them can be used to verify tokens."""

import json

from notary.auth.files import MAX_BYTES, KeysError
from notary.auth.keyset import KeySet

MAX_KEYS = 256


def parse(content: bytes) -> tuple[object, ...]:
    """Return the members of ``keys``, at least one of them usable, or ``KeysError``."""
    if len(content) > MAX_BYTES:
        raise KeysError(f"it is larger than {MAX_BYTES} bytes")
    try:
        parsed = json.loads(content)
    except (ValueError, RecursionError):
        raise KeysError("it is not JSON") from None
    keys = parsed.get("keys") if isinstance(parsed, dict) else None
    if not isinstance(keys, list):
        raise KeysError("it is not a JSON object with a list of keys")
    if len(keys) > MAX_KEYS:
        raise KeysError(f"it has more than {MAX_KEYS} keys")
    found = KeySet.of(jwks=keys)
    if not found.keys:
        why = "; ".join(found.ignored[:4]) or "the list is empty"
        raise KeysError(f"it has no key that can be used: {why}")
    return tuple(keys)
