"""What fuzzing has found, one sentence each; what it found it with is in the corpus."""

import pytest
from cryptography import x509

from notary import pem
from notary.auth.bundle import read_bundle
from notary.auth.files import KeysError
from notary.signing.client_certificates import refusal
from notary.signing.diagnosis import certificates as words
from notary.tuf import certificates
from notary.web.channel import LINGER_SECONDS
from tests.fuzz import connection
from tests.fuzz.corpus import FINDINGS
from tests.fuzz.table import TARGETS
from tests.publisher import certificate, ecdsa_key
from tests.tuf import crafted

# Hostile certificates make the cryptography library warn, rightly.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def named_in_bits():
    good = certificate(ecdsa_key().private, "example.com/app", is_ca=True)
    return x509.load_pem_x509_certificate(crafted.named_in_bits(good))


def test_every_finding_belongs_to_a_target():
    assert {folder.name for folder in FINDINGS.iterdir()} <= TARGETS.keys()


def test_a_certificate_whose_name_is_no_text_has_no_name(named_in_bits):
    assert certificates.common_name(named_in_bits) == ""
    assert not certificates.names_gun(named_in_bits, "example.com/app")


def test_a_certificate_whose_name_is_no_text_can_be_told_of(named_in_bits):
    assert pem.shown(named_in_bits).startswith("'(unreadable)' until ")
    assert words.subject(named_in_bits) == "an unreadable subject"
    assert words.issuer(named_in_bits) == "an unreadable issuer"
    assert words.common_name(named_in_bits) is None
    assert "is a CA certificate" in refusal(named_in_bits)


def test_a_certificate_of_a_version_that_does_not_exist_is_one_line(tmp_path):
    path = tmp_path / "ca.pem"
    path.write_bytes(crafted.of_version_4(certificate(ecdsa_key().private, "a")))
    with pytest.raises(pem.PEMError, match="holds no readable PEM certificate"):
        pem.read_certificates(path)
    with pytest.raises(KeysError, match="number 1 is damaged"):
        read_bundle(path)


def test_a_refused_connection_ends_although_the_client_stays():
    site, clock = connection.site()
    transport = connection.Wire()
    protocol = site.buildProtocol(connection.PEER)
    protocol.makeConnection(transport)
    protocol.dataReceived(b"GET /% HTTP/1.1\r\nHost: x\r\n\r\n")
    assert transport.value().startswith(b"HTTP/1.1 400 ")
    clock.advance(LINGER_SECONDS)
    assert transport.disconnecting
    protocol.connectionLost(connection.GONE)
