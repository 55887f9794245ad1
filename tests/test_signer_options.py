"""What the signer starts from, and what it takes over while it runs."""

import pytest

from notary.settings import SettingsError
from notary.signer_options import SignerOptions
from tests.certificates import TOO_SHORT, Authority
from tests.running import write_config


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "certificates")


@pytest.fixture
def options(authority, tmp_path):
    pair = authority.issue("signer")
    config = {
        "server": {
            "grpc_addr": ":1",
            "http_addr": ":2",
            "tls_cert_file": str(pair.certificate),
            "tls_key_file": str(pair.key),
        },
        "storage": {"backend": "memory"},
    }
    options = SignerOptions()
    options.parseOptions(["--config", str(write_config(tmp_path, config))])
    return options


def test_both_ports_take_over_a_new_certificate(options, authority):
    authority.issue("signer")
    assert "new certificate 'CN=signer'" in options.reload_tls()
    assert options.rpc_tls.identity == options.tls.identity


def test_what_one_of_the_ports_cannot_use_is_taken_over_by_neither(options, authority):
    before = options.rpc_tls.identity, options.tls.identity
    authority.issue("signer", curve=TOO_SHORT)
    with pytest.raises(SettingsError, match="OpenSSL refuses it"):
        options.reload_tls()
    assert (options.rpc_tls.identity, options.tls.identity) == before
