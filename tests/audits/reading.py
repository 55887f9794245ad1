"""What a client relies on: all files of a repository are there, and fit together."""

import base64
import hashlib
import json

from tests.web.serving import TUF


def current(client):
    """Return all current files as a client finds them: each by the hash in the last."""
    timestamp = client("GET", f"{TUF}timestamp.json")
    assert timestamp.status == 200
    snapshot = by_hash(client, "snapshot", listed(timestamp.body)["snapshot"])
    files = {
        role: by_hash(client, role, sha256) for role, sha256 in listed(snapshot).items()
    }
    return {"timestamp": timestamp.body, "snapshot": snapshot, **files}


def listed(data):
    """Return the sha256 of each file that a timestamp or a snapshot lists."""
    meta = json.loads(data)["signed"]["meta"]
    return {
        role: base64.b64decode(item["hashes"]["sha256"]).hex()
        for role, item in meta.items()
    }


def by_hash(client, role, sha256):
    """Return the file of a role that has this hash."""
    got = client("GET", f"{TUF}{role}.{sha256}.json")
    assert got.status == 200, role
    assert hashlib.sha256(got.body).hexdigest() == sha256
    return got.body
