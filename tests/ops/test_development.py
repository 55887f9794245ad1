"""The development folder: what is in it, and that it is left alone later."""

import json
import stat
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID

from notary.ops.development import commands_to_try, prepare
from notary.ops.tls import server_tls
from notary.settings import load_server
from tests.ops.handshakes import client_context, handshake

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def extension(certificate, kind):
    return certificate.extensions.get_extension_for_class(kind)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def certificate(tmp_path):
    prepare(tmp_path / "dev", NOW)
    return x509.load_pem_x509_certificate((tmp_path / "dev/server.crt").read_bytes())


def test_only_the_owner_may_read_what_is_made(tmp_path):
    prepare(tmp_path / "dev", NOW)
    assert stat.S_IMODE((tmp_path / "dev").stat().st_mode) == 0o700
    modes = {
        path.name: stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "dev").iterdir()
    }
    assert modes == dict.fromkeys(
        ("ca.crt", "server.crt", "server.key", "config.json"), 0o600
    )


def test_the_key_of_the_authority_is_kept_nowhere(tmp_path):
    prepare(tmp_path / "dev", NOW)
    holding = [
        name for name, text in contents(tmp_path / "dev").items() if b"PRIVATE" in text
    ]
    assert holding == ["server.key"]


def test_the_server_certificate_is_for_serving_this_machine_only(certificate):
    assert isinstance(certificate.public_key(), ec.EllipticCurvePublicKey)
    assert certificate.public_key().curve.name == "secp256r1"
    assert extension(certificate, x509.BasicConstraints).value.ca is False
    purposes = extension(certificate, x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]
    names = extension(certificate, x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(each) for each in names.get_values_for_type(x509.IPAddress)] == [
        "127.0.0.1",
        "::1",
    ]


def test_the_server_certificate_lasts_825_days(certificate):
    life = certificate.not_valid_after_utc - certificate.not_valid_before_utc
    assert life == timedelta(days=825)
    assert certificate.not_valid_before_utc < NOW


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_a_client_that_trusts_only_the_authority_gets_a_connection(name, tmp_path):
    config = prepare(tmp_path / "dev", datetime.now(UTC))
    settings = load_server(config, {})
    client = client_context(tmp_path / "dev/ca.crt")
    assert handshake(server_tls(settings.server), client, name).version == "TLSv1.3"


def test_the_configuration_is_an_ordinary_one(tmp_path):
    settings = load_server(prepare(tmp_path / "dev", NOW), {})
    assert settings.server.http_addr == "localhost:4443"
    assert settings.storage.backend == "sqlite3"
    assert settings.storage.db_url == str(tmp_path / "dev/notary.db")
    assert settings.trust_service.type == "local"
    assert settings.logging.level == "info"


def test_nothing_that_exists_is_changed_by_a_later_start(tmp_path):
    config = prepare(tmp_path / "dev", NOW)
    config.write_text(json.dumps({"mine": 1}))
    before = contents(tmp_path / "dev")
    assert prepare(tmp_path / "dev", NOW + timedelta(days=1)) == config
    assert contents(tmp_path / "dev") == before


def test_an_interrupted_first_start_is_completed_by_the_next(tmp_path):
    prepare(tmp_path / "dev", NOW)
    (tmp_path / "dev/server.key").unlink()
    prepare(tmp_path / "dev", datetime.now(UTC))
    settings = load_server(tmp_path / "dev/config.json", {})
    client = client_context(tmp_path / "dev/ca.crt")
    assert handshake(server_tls(settings.server), client, "localhost").version


def test_the_commands_to_try_survive_a_folder_with_a_space(tmp_path):
    text = commands_to_try(tmp_path / "a b", 4443)
    assert f"--tlscacert '{tmp_path}/a b/ca.crt' -d " in text
