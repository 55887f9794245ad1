"""NCC CS-DRNT15-8: a certificate that cannot be loaded must not end in plain HTTP."""

import socket

import pytest

from tests.certificates import Authority
from tests.running import (
    COMMAND,
    SIGNER_COMMAND,
    ended,
    free_port,
    memory_config,
    write_config,
)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    authority = Authority(tmp_path_factory.mktemp("tls"))
    return authority.issue("one"), authority.issue("two")


CASES = [
    (COMMAND, "missing certificate"),
    (COMMAND, "missing key"),
    (COMMAND, "another key"),
    (SIGNER_COMMAND, "another key"),
]


@pytest.mark.parametrize(
    ("command", "kind"), CASES, ids=[f"{number}" for number in range(len(CASES))]
)
def test_without_its_certificate_a_program_does_not_start_at_all(
    command, kind, pairs, tmp_path
):
    one, two = pairs
    certificate = tmp_path / "no" if kind == "missing certificate" else one.certificate
    key = {"missing key": tmp_path / "no", "another key": two.key}.get(kind, one.key)
    port = free_port()
    config = memory_config(port)
    config["server"] |= {"tls_cert_file": str(certificate), "tls_key_file": str(key)}
    outcome = ended([*command, f"-config={write_config(tmp_path, config)}"], tmp_path)
    assert outcome.returncode == 1
    assert "fatal" in outcome.stderr
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
