"""The files of a remote signer's settings, and what is told about them at the start."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from attrs import evolve
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from notary.pem import key_to_pem
from notary.settings.errors import SettingsError
from notary.signing.client_tls import read_client_tls
from notary.signing.remote import Renewal, open_remote
from tests.certificates import TOO_SHORT

NOW = datetime.now(UTC)


def problems(trust):
    with pytest.raises(SettingsError) as raised:
        open_remote(trust, None)
    return raised.value.problems


def warnings(trust, pair):
    files = {"tls_client_cert": pair.certificate, "tls_client_key": pair.key}
    return read_client_tls(evolve(trust, **files)).warnings(NOW)


def test_good_files_are_nothing_to_warn_of(trust, authority):
    assert read_client_tls(trust).warnings(NOW) == []
    assert warnings(trust, authority.issue("any purpose", purposes=[])) == []
    any_use = [ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE]
    assert warnings(trust, authority.issue("any use", purposes=any_use)) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"starts": timedelta(days=-3), "days": 1}, "it expired on 20"),
        ({"starts": timedelta(days=1)}, "it is valid from 20"),
        ({"ca": True}, "it is a CA certificate, whose holder"),
        (
            {"purposes": [ExtendedKeyUsageOID.SERVER_AUTH]},
            "extendedKeyUsage lacks clientAuth",
        ),
    ],
)
def test_what_signers_refuse_is_told_with_what_to_do(trust, authority, options, words):
    (warning,) = warnings(trust, authority.issue("faulty", **options))
    assert warning.startswith("trust_service.tls_client_cert: ")
    assert words in warning
    assert "; " in warning


def test_to_have_no_certificate_is_told(trust):
    nobody = evolve(trust, tls_client_cert=None, tls_client_key=None)
    (warning,) = open_remote(nobody, None).warnings
    assert warning.startswith("trust_service.tls_client_cert: there is none")


def test_every_problem_is_named_at_once(trust, tmp_path):
    missing = tmp_path / "missing"
    (tmp_path / "empty").write_text("")
    settings = evolve(
        trust,
        hostname="a b",
        port="70000",
        tls_ca_file=missing,
        tls_client_cert=tmp_path / "empty",
        tls_client_key=tmp_path / "empty",
    )
    assert problems(settings) == (
        "trust_service.hostname: must be a host name or an IP address",
        "trust_service.port: must be a number between 1 and 65535",
        f"trust_service.tls_ca_file: open {missing}: no such file or directory",
        f"trust_service.tls_client_cert: {tmp_path}/empty holds no readable PEM"
        " certificate",
        f"trust_service.tls_client_key: {tmp_path}/empty holds no readable,"
        " unencrypted PEM key",
    )


@pytest.mark.parametrize("port", ["", "0", "x", "-1", "٣", "1" * 5000])
def test_a_port_is_a_number(trust, port):
    assert len(problems(evolve(trust, port=port))) == 1


@pytest.mark.parametrize("host", ["", "a/b", "a:1@b", "x" * 254, "\0", "é", "[::1]"])
def test_a_host_is_a_name_or_an_address(trust, host):
    assert len(problems(evolve(trust, hostname=host))) == 1


def test_a_host_of_https_has_no_underscore(trust):
    assert len(problems(evolve(trust, hostname="a_b", protocol="https"))) == 1


def test_a_key_belongs_to_its_certificate(trust, authority):
    other = authority.issue("other")
    (problem,) = problems(evolve(trust, tls_client_key=other.key))
    assert problem.endswith("is not the certificate's key")
    (problem,) = problems(evolve(trust, tls_client_key=None))
    assert problem.startswith("trust_service.tls_client_key: either pass both")


def test_a_certificate_that_openssl_refuses_is_named(trust, authority, reactor_thread):
    pair = authority.issue("short", curve=TOO_SHORT)
    files = {"tls_client_cert": pair.certificate, "tls_client_key": pair.key}
    with pytest.raises(SettingsError) as raised:
        open_remote(evolve(trust, protocol="https", **files), reactor_thread)
    assert raised.value.problems == (
        "trust_service.tls_client_cert: OpenSSL refuses it: ee key too small",
    )


def test_a_certificate_that_openssl_refuses_is_not_renewed_to(
    trust, authority, run, reactor_thread
):
    pair = authority.issue("renewed")
    files = {"tls_client_cert": pair.certificate, "tls_client_key": pair.key}
    trust = evolve(trust, protocol="https", port="1", **files)
    remote = open_remote(trust, reactor_thread)
    renewal = Renewal(trust, remote)
    before = renewal.tls
    authority.issue("renewed", curve=TOO_SHORT)
    with pytest.raises(SettingsError, match="OpenSSL refuses it"):
        renewal()
    assert renewal.tls is before
    run(remote.close())


def test_an_encrypted_key_is_refused_and_no_key_is_shown(trust, tmp_path):
    key = ed25519.Ed25519PrivateKey.generate()
    path = tmp_path / "encrypted"
    form = BestAvailableEncryption(b"secret")
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, form))
    (problem,) = problems(evolve(trust, tls_client_key=path))
    assert "unencrypted" in problem
    assert "object at" not in repr(read_client_tls(trust)).partition("key")[2]


def test_a_chain_is_sent_whole(trust, tmp_path):
    chain = tmp_path / "chain"
    leaf, above = Path(trust.tls_client_cert), Path(trust.tls_ca_file)
    chain.write_bytes(b"text\n" + leaf.read_bytes() + above.read_bytes())
    assert len(read_client_tls(evolve(trust, tls_client_cert=chain)).chain) == 2


def test_a_key_may_come_after_other_blocks(trust, tmp_path):
    both = tmp_path / "both"
    key = Path(trust.tls_client_key).read_bytes()
    both.write_bytes(Path(trust.tls_client_cert).read_bytes() + key)
    settings = evolve(trust, tls_client_cert=both, tls_client_key=both)
    assert key_to_pem(read_client_tls(settings).key) == key
