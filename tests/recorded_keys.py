"""The rows of both recorded Go signer databases (passphrase and alias below)."""

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from notary.signing.keystore import KeyRow
from notary.signing.passphrase import Passphrases

PASSPHRASES = Passphrases("alias_one", {"alias_one": "correct-horse-battery"})

_FILE = Path(__file__).parent / "data" / "signer-keys.json"
_RECORDED = datetime(2026, 11, 22, 11, 15, 38, tzinfo=UTC)


def recorded_keys() -> list[KeyRow]:
    """Return every recorded key; those that had signed have a ``last_used``."""
    return [_row(member) for member in json.loads(_FILE.read_text("ascii"))]


def _row(member: dict[str, Any]) -> KeyRow:
    used = member.pop("used")
    public = base64.b64decode(member.pop("public"))
    return KeyRow(public=public, last_used=_RECORDED if used else None, **member)
