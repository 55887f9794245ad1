"""Chains in ``x5c``: only what a root has issued, through authorities, is trusted."""

from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from notary.auth import chain
from notary.auth.chain import UntrustedChain
from notary.auth.keyset import KeySet, libtrust_id
from tests.auth.minting import (
    AUTHORITY,
    NOW,
    Gate,
    certificate,
    claims,
    new_key,
    token,
    x5c,
)
from tests.auth.test_keyset import as_jwk
from tests.counting import Calls

DATA = Path(__file__).parents[1] / "data" / "auth"
LEAF = x509.BasicConstraints(ca=False, path_length=None)
DAY = timedelta(days=1)


def usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        *(True, False, False, False, False, signs_certificates, False, False, False)
    )


@pytest.fixture
def leaf_key():
    return new_key()


@pytest.fixture
def leaf(leaf_key, key):
    return certificate("leaf", leaf_key, ("root", key), LEAF)


def through(key, leaf_key, *extensions, **validity):
    """Return a leaf and the intermediate that issued it, which the root issued."""
    between = new_key()
    authority = certificate("between", between, ("root", key), *extensions, **validity)
    return certificate("leaf", leaf_key, ("between", between), LEAF), authority


def test_a_leaf_of_a_root_is_trusted(gate, leaf_key, leaf):
    assert gate.admits(token(leaf_key, {"x5c": x5c(leaf)})) == "alice"


def test_a_certificate_of_the_bundle_itself_is_trusted(gate, key, root):
    assert gate.admits(token(key, {"x5c": x5c(root)})) == "alice"


@pytest.mark.parametrize("make", [new_key, ed25519.Ed25519PrivateKey.generate])
def test_any_certificate_of_the_bundle_is_trusted_even_if_it_is_no_authority(make):
    key = make()
    own = certificate("plain", key)
    kid = libtrust_id(key.public_key())
    gate = Gate(KeySet.of([own]))
    assert gate.admits(token(key, {"kid": kid})) == "alice"


def test_a_chain_through_an_intermediate_is_trusted(gate, key, leaf_key):
    pair = through(key, leaf_key, AUTHORITY, usage(signs_certificates=True))
    assert gate.admits(token(leaf_key, {"x5c": x5c(*pair)})) == "alice"
    assert gate.reason(token(leaf_key, {"x5c": x5c(pair[0])})) == "key"


@pytest.mark.parametrize("purpose", ["SERVER_AUTH", "CLIENT_AUTH", "CODE_SIGNING"])
def test_any_purpose_will_do(gate, key, leaf_key, purpose):
    oid = getattr(x509.ExtendedKeyUsageOID, purpose)
    extension = x509.ExtendedKeyUsage([oid])
    leaf = certificate("leaf", leaf_key, ("root", key), extension)
    assert gate.admits(token(leaf_key, {"x5c": x5c(leaf)})) == "alice"


def test_an_rsa_leaf_of_an_elliptic_root_is_trusted(gate, key, rsa_key):
    leaf = certificate("leaf", rsa_key, ("root", key))
    minted = token(rsa_key, {"alg": "RS384", "x5c": x5c(leaf)})
    assert gate.admits(minted) == "alice"


@pytest.mark.parametrize(
    ("extensions", "validity"),
    [
        ([LEAF], {}),
        ([], {}),
        ([AUTHORITY, usage(signs_certificates=False)], {}),
        ([AUTHORITY], {"starts": -2 * DAY, "ends": -DAY}),
        ([AUTHORITY], {"starts": DAY, "ends": 2 * DAY}),
    ],
    ids=["leaf as authority", "no authority", "key usage", "expired", "not yet valid"],
)
def test_an_intermediate_must_be_a_valid_authority(
    gate, key, leaf_key, extensions, validity
):
    pair = through(key, leaf_key, *extensions, **validity)
    assert gate.reason(token(leaf_key, {"x5c": x5c(*pair)})) == "key"


def test_the_length_of_a_path_is_limited_by_its_authorities(gate, key, leaf_key):
    none_below = x509.BasicConstraints(ca=True, path_length=0)
    second, third = new_key(), new_key()
    chained = [
        certificate("leaf", leaf_key, ("third", third), LEAF),
        certificate("third", third, ("second", second), AUTHORITY),
        certificate("second", second, ("root", key), none_below),
    ]
    assert gate.reason(token(leaf_key, {"x5c": x5c(*chained)})) == "key"
    chained[2] = certificate("second", second, ("root", key), AUTHORITY)
    assert gate.admits(token(leaf_key, {"x5c": x5c(*chained)})) == "alice"


def test_a_foreign_authority_of_the_same_name_is_not_trusted(gate, leaf_key):
    foreign = new_key()
    leaf = certificate("leaf", leaf_key, ("root", foreign), LEAF)
    root = certificate("root", foreign, None, AUTHORITY)
    assert gate.reason(token(leaf_key, {"x5c": x5c(leaf, root)})) == "key"


def test_what_a_stranger_has_signed_verifies_nothing(gate):
    own = ("root", new_key())
    circle = [certificate("root", own[1], own, AUTHORITY) for _ in range(5)]
    with Calls(chain._is_issued_by) as calls, pytest.raises(UntrustedChain):
        chain.verify(x5c(*circle), gate.keys.certificates, NOW)
    assert calls.of["_is_issued_by"] == 5


def test_an_expired_leaf_and_an_expired_root_are_not_trusted(key, root, leaf_key):
    late = certificate(
        "leaf", leaf_key, ("root", key), LEAF, ends=-DAY, starts=-2 * DAY
    )
    assert Gate(KeySet.of([root])).reason(token(leaf_key, {"x5c": x5c(late)})) == "key"
    old = certificate("root", key, None, AUTHORITY, starts=-2 * DAY, ends=-DAY)
    leaf = certificate("leaf", leaf_key, ("root", key), LEAF)
    assert Gate(KeySet.of([old])).reason(token(leaf_key, {"x5c": x5c(leaf)})) == "key"


def test_weak_and_costly_keys_in_a_chain_are_refused_before_they_are_used(gate, key):
    weak = rsa.generate_private_key(65537, 1024)
    made = certificate("leaf", weak, ("root", key))
    with pytest.raises(UntrustedChain, match="not 1024"):
        chain.verify(x5c(made), gate.keys.certificates, NOW)


@pytest.mark.parametrize("value", ["", "AAAA", "%", "TUlJ", "é", "A" * 20000])
def test_what_is_no_certificate_is_refused(gate, mint, leaf, value):
    assert gate.reason(mint(x5c=[value])) == "key"
    assert gate.reason(mint(x5c=[*x5c(leaf), value])) == "key"


def test_line_breaks_in_base64_are_no_matter(gate, leaf_key, leaf):
    (text,) = x5c(leaf)
    broken = "\r\n".join(text[at : at + 64] for at in range(0, len(text), 64))
    assert gate.admits(token(leaf_key, {"x5c": [broken]})) == "alice"


def test_there_may_be_no_more_than_five_certificates(gate, leaf_key, leaf, root):
    few, many = x5c(leaf, *[root] * 4), x5c(leaf, *[root] * 5)
    assert gate.admits(token(leaf_key, {"x5c": few})) == "alice"
    assert gate.reason(token(leaf_key, {"x5c": many})) == "form"
    inside = as_jwk(leaf_key, x5c=many)
    assert gate.reason(token(leaf_key, {"jwk": inside})) == "key"


def test_a_verified_chain_is_trusted_no_longer_than_its_certificates(
    gate, key, leaf_key
):
    short = timedelta(seconds=30)
    leaf = certificate("leaf", leaf_key, ("root", key), LEAF, ends=short)
    minted = token(leaf_key, {"x5c": x5c(leaf)})
    assert gate.admits(minted) == "alice"
    gate.now = NOW + short + timedelta(seconds=1)
    assert gate.reason(minted) == "key"


def test_a_bundle_of_one_curve_per_certificate_can_be_mixed(rsa_key):
    keys = [rsa_key, new_key(), ec.generate_private_key(ec.SECP521R1())]
    roots = [certificate(f"r{n}", key, None, AUTHORITY) for n, key in enumerate(keys)]
    gate = Gate(KeySet.of(roots))
    for number, key in enumerate(keys):
        leaf_key = new_key()
        leaf = certificate("leaf", leaf_key, (f"r{number}", key), LEAF)
        assert gate.admits(token(leaf_key, {"x5c": x5c(leaf)})) == "alice"


def test_an_edwards_authority_is_one_too(leaf_key):
    key = ed25519.Ed25519PrivateKey.generate()
    gate = Gate(KeySet.of([certificate("root", key, None, AUTHORITY)]))
    leaf = certificate("leaf", leaf_key, ("root", key))
    assert gate.admits(token(leaf_key, {"x5c": x5c(leaf)})) == "alice"


def test_restrictions_that_are_not_understood_are_refused(gate, key, leaf_key):
    names = x509.NameConstraints([x509.DNSName("a.example")], None)
    pair = through(key, leaf_key, AUTHORITY, names)
    assert gate.reason(token(leaf_key, {"x5c": x5c(*pair)})) == "key"
    unknown = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    leaf = certificate("leaf", leaf_key, ("root", key), unknown)
    said = str(gate.refusal(token(leaf_key, {"x5c": x5c(leaf)})))
    assert "CN=leaf has the critical extension 1.2.3.4" in said


def test_certificates_of_version_1_will_do_as_leaf_and_as_root_only():
    root, leaf = (
        x509.load_pem_x509_certificate((DATA / f"version1-{name}.crt").read_bytes())
        for name in ("root", "leaf")
    )
    leaf_key = load_pem_private_key((DATA / "version1-leaf.key").read_bytes(), None)
    gate = Gate(KeySet.of([root]), now=NOW + DAY)
    body = claims(exp=int(gate.now.timestamp()))
    assert gate.admits(token(leaf_key, {"x5c": x5c(leaf)}, body)) == "alice"
    below = new_key()
    forged = certificate("below", below, ("leaf", leaf_key), ends=3 * DAY)
    assert gate.reason(token(below, {"x5c": x5c(forged, leaf)}, body)) == "key"


def test_the_log_says_what_is_wrong_with_which_certificate(gate, key, leaf_key):
    pair = through(key, leaf_key, LEAF)
    said = str(gate.refusal(token(leaf_key, {"x5c": x5c(*pair)})))
    assert "CN=between is no authority" in said
    said = str(gate.refusal(token(leaf_key, {"x5c": x5c(pair[0])})))
    assert "no root is among its issuers" in said
