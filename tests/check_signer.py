"""Runs ``notary-server -check-signer`` and reads what it prints."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from attrs import frozen

from tests.certificates import Authority, Pair
from tests.running import COMMAND, ended

STEPS = (
    "settings",
    "address",
    "connection",
    "signer certificate",
    "host name",
    "client certificate",
    "protocol",
    "health",
    "key algorithm",
)
_LINE = re.compile(r"(ok|warning|FAILED|skipped) +([1-9]) ([a-z ]+?)(: | \()(.*)")
_ADVICE = "what to do: "


@frozen
class Check:
    """The exit code, and per step its status and the line with the advice."""

    code: int
    output: str
    statuses: Mapping[str, str]
    texts: Mapping[str, str]

    def having(self, status: str) -> list[str]:
        """Return the names of the steps with a status, in their order."""
        return [name for name in STEPS if self.statuses[name] == status]


def read(code: int, output: str) -> Check:
    """Return what the output says; it must have every step once, in order."""
    statuses, texts, name = {}, {}, ""
    for line in output.splitlines()[1:-1]:
        if (step := _LINE.fullmatch(line)) is not None:
            assert step[3] == STEPS[int(step[2]) - 1]
            name = step[3]
            statuses[name], texts[name] = step[1], step[5]
        else:
            assert line.strip().startswith(_ADVICE), line
            texts[name] += f"\n{line.strip()}"
    assert tuple(statuses) == STEPS, output
    for name, status in statuses.items():
        assert (_ADVICE in texts[name]) == (status in ("FAILED", "warning")), output
    return Check(code, output, statuses, texts)


def check_signer(folder: Path, trust: Mapping[str, object]) -> Check:
    """Run the command on a server's configuration with this ``trust_service``."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {
        "server": {"http_addr": "127.0.0.1:1"},
        "trust_service": dict(trust),
        "storage": {"backend": "memory"},
    }
    path = folder / "check-signer.json"
    path.write_text(json.dumps(config))
    outcome = ended([*COMMAND, "-check-signer", f"-config={path}"], folder)
    assert outcome.stderr == ""
    return read(outcome.returncode, outcome.stdout)


def trust_service(
    port: int,
    authority: Authority,
    client: Pair | None,
    protocol: str = "grpc",
    **changes: object,
) -> dict[str, object]:
    """Return the settings of a server that uses the signer on a port of localhost."""
    own = {}
    if client is not None:
        own = {
            "tls_client_cert": str(client.certificate),
            "tls_client_key": str(client.key),
        }
    usual = {
        "type": "remote",
        "hostname": "localhost",
        "port": str(port),
        "protocol": protocol,
        "key_algorithm": "ecdsa",
        "tls_ca_file": str(authority.certificate),
        "deadline_seconds": 2,
    }
    return usual | own | changes
