"""Which clients may call the gRPC server, and what the others see of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import grpc
import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from notary.signer.rpc_clients import ClientCertificates
from notary.signing.proto import signer_pb2 as pb
from tests.certificates import Authority
from tests.signer.calls import CHECK, CREATE, DELETE, INFO, SIGN

REQUEST = pb.CreateKeyRequest(gun="example.com/app", algorithm="ecdsa")


@pytest.fixture(scope="module")
def other_authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("other"))


@pytest.fixture
def unwelcome(authority, other_authority):
    """Pairs of a certificate and a key that TLS refuses."""
    servers = [ExtendedKeyUsageOID.SERVER_AUTH]
    return {
        "none": None,
        "of another authority": other_authority.issue("stranger"),
        "expired": authority.issue("expired", starts=timedelta(days=-3)),
        "not yet valid": authority.issue("early", starts=timedelta(hours=1)),
        "for servers only": authority.issue("server-only", purposes=servers),
    }


@pytest.mark.parametrize(
    "which",
    ["none", "of another authority", "expired", "not yet valid", "for servers only"],
)
def test_a_client_that_tls_refuses_gets_no_connection(
    serve, connect, signer, unwelcome, which
):
    served = serve(signer)
    stranger = connect(served, unwelcome[which])
    for method in (CREATE, CHECK):
        code, text = stranger.failure(method, REQUEST)
        assert code == "UNAVAILABLE"
        assert "failed to connect" in text
    assert connect(served).create().publicKey


def test_a_ca_certificate_is_no_client_certificate(
    serve, connect, signer, authority, log_lines
):
    served = serve(signer)
    issuer = connect(served, authority.issue("an-issuer", ca=True))
    for method in (CREATE, DELETE, INFO, SIGN, CHECK):
        code, text = issuer.failure(method, REQUEST)
        assert code == "UNAUTHENTICATED"
        assert "of 'CN=an-issuer' is a CA certificate, whose holder could" in text
        assert "CA:FALSE and clientAuth" in text
    with pytest.raises(grpc.RpcError) as caught:
        next(issuer.watch())
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    refused = [line for line in log_lines() if "reason" in line]
    assert {line["level"] for line in refused} == {"warning"}
    assert {line["reason"] for line in refused} == {text}
    assert len(refused) == 6
    assert [line for line in log_lines() if "operation" in line] == []
    assert connect(served).create().publicKey


@pytest.mark.parametrize(
    "purposes",
    [[], [ExtendedKeyUsageOID.CLIENT_AUTH]],
    ids=["without purposes", "for clients only"],
)
def test_an_ordinary_client_certificate_is_accepted(
    serve, connect, signer, authority, purposes
):
    pair = authority.issue("plain", purposes=purposes, hosts=[])
    assert connect(serve(signer), pair).create().publicKey


def test_a_connection_without_any_certificate_is_refused_by_default():
    with ThreadPoolExecutor(1) as threads:
        server = grpc.server(threads, interceptors=[ClientCertificates()])
        answer = grpc.unary_unary_rpc_method_handler(lambda request, context: b"")
        service = grpc.method_handlers_generic_handler("proto.Signer", {"Sign": answer})
        server.add_generic_rpc_handlers((service,))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            error = channel.unary_unary(SIGN).future(b"", timeout=20).exception()
        server.stop(0).wait()
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    assert error.details() == "the client has no certificate"


def test_without_a_client_ca_anybody_may_call(serve, connect, signer, other_authority):
    served = serve(signer, client_ca=None)
    for pair in (None, other_authority.issue("stranger", ca=True)):
        assert connect(served, pair).create().publicKey
