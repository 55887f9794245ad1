"""Who is believed to be the signer, and how a refusal of ours is told."""

import ssl
from datetime import timedelta

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from notary.signing.service import SigningRefused, SigningUnavailable
from tests.signing.remote.conftest import PROTOCOLS
from tests.signing.remote.peers import peer, silent, tls_of

EXPIRED = {"starts": timedelta(days=-3), "days": 1}
FAULTY_SIGNERS = {
    "expired": (EXPIRED, "certificate has expired", "certificate has expired"),
    "not valid yet": (
        {"starts": timedelta(days=1)},
        "certificate is not valid yet",
        "certificate is not valid yet",
    ),
    "other names": (
        {"hosts": ["a.example", "b.example"]},
        "certificate is for other names than trust_service.hostname",
        "certificate names a.example, b.example, but trust_service.hostname is"
        " localhost",
    ),
    "no name": (
        {"hosts": []},
        "certificate is for other names than trust_service.hostname",
        "certificate names nothing, but trust_service.hostname is localhost",
    ),
    "a client's": (
        {"purposes": [ExtendedKeyUsageOID.CLIENT_AUTH]},
        "certificate is not for a server",
        "certificate is not for a server",
    ),
}
SIX = {"grpc": "[::1]", "https": "::1"}
BOTH_VERSIONS = pytest.mark.parametrize(
    "version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
)


def failure(run, signer):
    with pytest.raises(SigningUnavailable) as raised:
        run(signer.check())
    return str(raised.value)


@PROTOCOLS
@pytest.mark.parametrize("fault", FAULTY_SIGNERS)
def test_a_signer_with_a_faulty_certificate_is_refused_with_the_reason(
    run, remote, serve, local, *, authority, protocol, fault
):
    options, grpc, https = FAULTY_SIGNERS[fault]
    pair = authority.issue(f"faulty-{protocol}", **options)
    port = serve(local, protocol, pair=pair).port
    message = failure(run, remote(port, protocol=protocol))
    reason = {"grpc": grpc, "https": https}[protocol]
    assert message == f"signer localhost:{port}: its {reason}"


@PROTOCOLS
def test_a_signer_of_another_authority_is_refused(
    run, remote, serve, local, *, another_authority, protocol
):
    served = serve(local, protocol, pair=another_authority.issue("signer"))
    message = failure(run, remote(served.port, protocol=protocol))
    assert message.endswith(
        "its certificate is not from an authority in trust_service.tls_ca_file"
    )


@PROTOCOLS
def test_without_an_authority_of_ones_own_the_systems_are_believed(
    run, remote, serve, local, protocol
):
    served = serve(local, protocol)
    message = failure(run, remote(served.port, protocol=protocol, tls_ca_file=None))
    assert "its certificate is not from an authority" in message


@PROTOCOLS
def test_an_address_is_as_good_as_a_name(run, remote, serve, local, protocol):
    served = serve(local, protocol)
    run(remote(served.port, protocol=protocol, hostname="127.0.0.1").check())


@PROTOCOLS
def test_an_address_of_ipv6_is_as_good(
    run, remote, serve, local, *, authority, protocol
):
    pair = authority.issue("six", hosts=["::1"])
    served = serve(local, protocol, pair=pair, interface=SIX[protocol])
    run(remote(served.port, protocol=protocol, hostname="::1").check())


@PROTOCOLS
def test_a_certificate_for_a_name_is_not_for_the_address(
    run, remote, serve, local, *, authority, protocol
):
    pair = authority.issue("named", hosts=["localhost"])
    served = serve(local, protocol, pair=pair)
    run(remote(served.port, protocol=protocol).check())
    by_address = remote(served.port, protocol=protocol, hostname="127.0.0.1")
    assert "its certificate" in failure(run, by_address)


@PROTOCOLS
def test_a_signer_that_speaks_only_old_tls_is_refused(
    run, remote, server_pair, protocol
):
    tls = tls_of(server_pair, protocol)
    tls.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_1
    with peer(silent, tls) as there:
        failure(run, remote(there.port, protocol=protocol))


def client_settings(pair):
    return {
        "tls_client_cert": pair and pair.certificate,
        "tls_client_key": pair and pair.key,
    }


@PROTOCOLS
@BOTH_VERSIONS
@pytest.mark.parametrize("fault", ["none", "expired", "of another authority"])
def test_a_refusal_of_our_certificate_names_what_is_wrong_with_it(
    run, remote, server_pair, authority, *, another_authority, protocol, version, fault
):
    pair = {
        "none": lambda: None,
        "expired": lambda: authority.issue("expired", **EXPIRED),
        "of another authority": lambda: another_authority.issue("client"),
    }[fault]()
    tls = tls_of(server_pair, protocol)
    tls.load_verify_locations(authority.certificate)
    tls.verify_mode = ssl.CERT_REQUIRED
    tls.minimum_version = tls.maximum_version = version
    with peer(silent, tls) as there:
        signer = remote(there.port, protocol=protocol, **client_settings(pair))
        message = failure(run, signer)
    assert "it refuses our client certificate" in message
    own = {"none": "there is none", "expired": "it expired on"}.get(fault, "")
    assert own in message
    assert len(signer.warnings) == (fault != "of another authority")


@PROTOCOLS
def test_a_signer_refuses_an_authority_as_a_client(
    run, remote, serve, local, *, authority, protocol
):
    port = serve(local, protocol).port
    pair = authority.issue("client-authority", ca=True)
    signer = remote(port, protocol=protocol, **client_settings(pair))
    with pytest.raises(SigningRefused, match="CA certificate"):
        run(signer.create_key("gun", "timestamp", "ecdsa"))
    assert "it is a CA certificate" in signer.warnings[0]
