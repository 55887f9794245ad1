"""The certificates of a server and a signer: judged by OpenSSL, and really used."""

import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from notary.ops.make_certificates import main
from notary.ops.tls import server_tls
from notary.settings import ServerSettings
from notary.signing.client_certificates import refusal
from tests.ops.handshakes import client_context, handshake
from tests.running import ended

HOSTS = ["--server-host", "notary.example.com", "--server-host", "127.0.0.1"]
HOSTS += ["--signer-host", "signer.internal", "--signer-host", "::1"]
LEAVES = ["notary-server", "notary-server-client", "notary-signer"]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "made"
    assert main([str(folder), *HOSTS]) == 0
    return folder


def openssl(*arguments):
    """Return whether OpenSSL succeeds."""
    done = subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, timeout=20, check=False
    )
    return done.returncode == 0


def verified(folder, name, *more):
    ca = folder / "ca.crt"
    certificate = folder / f"{name}.crt"
    return openssl("verify", "-x509_strict", "-CAfile", ca, *more, certificate)


def load(folder, name):
    return x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def serial_numbers(folder):
    return {name: load(folder, name).serial_number for name in ["ca", *LEAVES]}


@pytest.mark.parametrize(
    ("name", "purpose", "other"),
    [
        ("notary-server", "sslserver", "sslclient"),
        ("notary-signer", "sslserver", "sslclient"),
        ("notary-server-client", "sslclient", "sslserver"),
    ],
)
def test_openssl_accepts_each_certificate_for_its_purpose_only(
    folder, name, purpose, other
):
    assert verified(folder, name, "-purpose", purpose)
    assert not verified(folder, name, "-purpose", other)


def test_openssl_finds_the_names_of_the_hosts(folder):
    assert verified(folder, "notary-server", "-verify_hostname", "notary.example.com")
    assert verified(folder, "notary-server", "-verify_ip", "127.0.0.1")
    assert verified(folder, "notary-signer", "-verify_hostname", "signer.internal")
    assert verified(folder, "notary-signer", "-verify_ip", "::1")
    assert not verified(folder, "notary-signer", "-verify_hostname", "example.com")


def test_the_client_certificate_is_no_ca_and_for_clients_only(folder):
    extensions = load(folder, "notary-server-client").extensions
    constraints = extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, constraints.value.ca) == (True, False)
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.key_cert_sign) == (True, False)
    purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_the_signer_accepts_the_client_certificate_and_no_other(folder):
    accepted = [name for name in ["ca", *LEAVES] if refusal(load(folder, name)) is None]
    assert accepted == ["notary-server-client"]


def test_the_authority_can_issue_no_authorities(folder):
    extensions = load(folder, "ca").extensions
    constraints = extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert (constraints.value.ca, constraints.value.path_length) == (True, 0)
    usage = extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.key_cert_sign, usage.digital_signature) == (True, False)


def test_only_the_owner_may_read_the_keys(folder):
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    keys = [f"{name}.key" for name in ["ca", *LEAVES]]
    certificates = [f"{name}.crt" for name in ["ca", *LEAVES]]
    assert modes == dict.fromkeys(keys, 0o600) | dict.fromkeys(certificates, 0o644)


def test_what_is_printed_names_every_file_but_the_authority_s_key(folder, capsys):
    assert main([str(folder)]) == 0
    printed = capsys.readouterr().out
    assert "nothing: all is here already" in printed
    for path in folder.iterdir():
        assert str(path) in printed or path.name == "ca.key"


def test_a_second_time_changes_nothing(folder):
    before = contents(folder)
    assert main([str(folder), *HOSTS, "--days", "9"]) == 0
    assert contents(folder) == before


def test_what_is_missing_is_made_by_the_same_authority(folder):
    before = contents(folder)
    (folder / "notary-signer.crt").unlink()
    (folder / "notary-signer.key").unlink()
    assert main([str(folder), *HOSTS]) == 0
    after = contents(folder)
    changed = [name for name in after if after[name] != before[name]]
    assert sorted(changed) == ["notary-signer.crt", "notary-signer.key"]
    assert verified(folder, "notary-signer", "-purpose", "sslserver")


def test_renewing_keeps_the_authority_the_keys_and_the_names(folder):
    before, serials = contents(folder), serial_numbers(folder)
    assert main([str(folder), "--renew", "--days", "30"]) == 0
    after = contents(folder)
    changed = sorted(name for name in after if after[name] != before[name])
    assert changed == sorted(f"{name}.crt" for name in LEAVES)
    renewed = serial_numbers(folder)
    assert [name for name in renewed if renewed[name] == serials[name]] == ["ca"]
    assert verified(folder, "notary-signer", "-verify_hostname", "signer.internal")
    life = load(folder, "notary-server").not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=29) < life < timedelta(days=30)


def test_other_hosts_need_a_renewal(folder, capsys):
    other = [str(folder), "--signer-host", "signer.example.com"]
    before = contents(folder)
    assert main(other) == 1
    assert "has other names; change it with --renew" in capsys.readouterr().err
    assert contents(folder) == before
    assert main([*other, "--renew"]) == 0
    assert verified(folder, "notary-signer", "-verify_hostname", "signer.example.com")
    assert not verified(folder, "notary-signer", "-verify_hostname", "signer.internal")


def test_no_certificate_outlives_its_authority(folder):
    assert main([str(folder), "--renew", "--days", "3650"]) == 0
    ends = {load(folder, name).not_valid_after_utc for name in ["ca", *LEAVES]}
    assert ends == {load(folder, "ca").not_valid_after_utc}


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("ca.key", None, "ca.key is missing: put it back to issue more"),
        ("ca.crt", None, "ca.key is here without its certificate"),
        ("ca.key", b"hunter2", "ca.key is no readable key"),
        ("ca.crt", b"hunter2", "ca.crt is no certificate"),
    ],
)
def test_an_incomplete_authority_is_refused_and_left_alone(
    folder, name, content, said, capsys
):
    (folder / name).unlink()
    if content:
        (folder / name).write_bytes(content)
    before = contents(folder)
    assert main([str(folder), "--renew"]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert "hunter2" not in error
    assert contents(folder) == before


def test_without_the_name_of_a_host_nothing_is_made_for_it(tmp_path, capsys):
    assert main([str(tmp_path / "made"), "--server-host", "localhost"]) == 1
    error = capsys.readouterr().err
    assert error == (
        "make-certificates: --signer-host is needed to make notary-signer.crt\n"
    )
    assert not (tmp_path / "made/notary-signer.crt").exists()


@pytest.mark.parametrize(
    "host", ["", "https://a", "a:443", "a b", "1.2.3", "-a", "x" * 64, "é.example"]
)
def test_what_is_no_host_is_refused(tmp_path, host, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path / "made"), f"--server-host={host}"])
    assert "neither a name nor an IP address" in capsys.readouterr().err


@pytest.mark.parametrize("days", ["0", "-1", "3651", "x", "\u0663"])
def test_a_validity_that_makes_no_sense_is_refused(tmp_path, days):
    with pytest.raises(SystemExit):
        main([str(tmp_path / "made"), f"--days={days}"])


def test_a_server_and_its_client_shake_hands_with_these(folder):
    server = folder / "notary-signer.crt", folder / "notary-signer.key"
    tls = server_tls(ServerSettings(":1", *server, folder / "ca.crt"))
    client = client_context(folder / "ca.crt")
    names = folder / "notary-server-client.crt", folder / "notary-server-client.key"
    client.load_cert_chain(*names)
    assert handshake(tls, client, "signer.internal").version == "TLSv1.3"


def test_make_certificates_is_a_command_of_the_installed_package(tmp_path):
    command = [sys.executable, "-m", "notary.ops.make_certificates", "made", *HOSTS]
    done = ended(command, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    keys = "server.client_ca_file", "trust_service.tls_client_cert"
    assert all(key in done.stdout for key in keys)
    assert str(tmp_path / "made") in done.stdout
