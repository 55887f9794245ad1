"""The smallest configuration of a server, changes to it, and what is said of them."""

import json

import pytest
from hypothesis import strategies as st

from notary.settings import SettingsError, load_server

MINIMAL = {
    "server": {"http_addr": ":4443"},
    "trust_service": {"type": "local"},
    "storage": {"backend": "memory"},
}
REMOTE = {"trust_service.type": "remote", "trust_service.key_algorithm": "ecdsa"}
TOKEN = {"realm": "r", "service": "s", "issuer": "i", "rootcertbundle": "b"}
environment_text = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20
)
LIMITS = (
    "head_bytes",
    "body_bytes",
    "parts",
    "part_bytes",
    "idle_seconds",
    "request_seconds",
    "bodies_bytes",
    "answers_bytes",
    "changes",
    "connections",
    "connections_per_address",
)


def nested(pairs, start=None):
    """Return the object with the values at their key paths."""
    tree = json.loads(json.dumps(start or {}))
    for key, value in pairs.items():
        *sections, last = key.split(".")
        place = tree
        for section in sections:
            place = place.setdefault(section, {})
        place[last] = value
    return tree


def write(folder, config):
    path = folder / "config.json"
    path.write_bytes(
        config if isinstance(config, bytes) else json.dumps(config).encode()
    )
    return path


def load(folder, config, environ=None):
    return load_server(write(folder, config), environ or {})


def problems(folder, config, environ=None):
    with pytest.raises(SettingsError) as caught:
        load(folder, config, environ)
    return caught.value.problems


def variable(key):
    return "NOTARY_SERVER_" + key.upper().replace(".", "_")
