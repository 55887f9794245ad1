"""Edits stored metadata: it expires as with time, or is damaged."""

import base64
import hashlib
import json
from typing import Any

from tests.mariadb import Place

LONG_AGO = "2026-11-01T00:00:00Z"


def expire_timestamp(place: Place, gun: str, when: str = LONG_AGO) -> None:
    """Let the newest timestamp expire at that time."""
    timestamp = _read(place, gun, "timestamp")
    timestamp["signed"]["expires"] = when
    _write(place, gun, "timestamp", timestamp)


def expire_snapshot(place: Place, gun: str) -> None:
    """Let the newest snapshot have expired, to which the newest timestamp leads."""
    snapshot = _read(place, gun, "snapshot")
    snapshot["signed"]["expires"] = LONG_AGO
    data = _write(place, gun, "snapshot", snapshot)
    timestamp = _read(place, gun, "timestamp")
    timestamp["signed"]["meta"]["snapshot"] = {
        "hashes": {
            name: base64.b64encode(hashlib.new(name, data).digest()).decode()
            for name in ("sha256", "sha512")
        },
        "length": len(data),
    }
    _write(place, gun, "timestamp", timestamp)


def replace(place: Place, gun: str, role: str, data: bytes) -> None:
    """Replace the newest file of a role."""
    place.run(
        f"UPDATE tuf_files SET data = x'{data.hex()}',"
        f" sha256 = '{hashlib.sha256(data).hexdigest()}' WHERE {_newest(gun, role)}"
    )


def lose(place: Place, gun: str, role: str) -> None:
    """Delete the newest file of a role."""
    place.run(f"DELETE FROM tuf_files WHERE {_newest(gun, role)}")


def _newest(gun: str, role: str) -> str:
    return f"gun = '{gun}' AND role = '{role}' ORDER BY version DESC LIMIT 1"


def _read(place: Place, gun: str, role: str) -> Any:
    [(data,)] = place.run(f"SELECT data FROM tuf_files WHERE {_newest(gun, role)}")
    return json.loads(data)


def _write(place: Place, gun: str, role: str, content: Any) -> bytes:
    data = json.dumps(content).encode()
    replace(place, gun, role, data)
    return data
