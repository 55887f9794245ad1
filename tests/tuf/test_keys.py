"""Public keys: their ids, and which of them can verify anything."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, x448
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from notary.tuf import keys, metadata
from notary.tuf.errors import InvalidMetadata
from notary.tuf.keys import PublicKey
from tests import publisher, recorded
from tests.tuf import crafted

GO = recorded.golib("keys.json")
KEYTYPES = [
    keys.ECDSA,
    keys.ED25519,
    keys.RSA,
    keys.ECDSA_X509,
    keys.RSA_X509,
    "ECDSA",
    "foo",
    "",
]


def _listed(key: object) -> PublicKey:
    """Return the key after a journey through a targets file."""
    signed = publisher.targets()
    role = {"name": "targets/a", "keyids": ["k"], "threshold": 1}
    signed["delegations"] = {"keys": {"k": key}, "roles": [role]}
    return metadata.parse_targets("targets", signed).delegations["targets/a"].keys["k"]


@pytest.mark.parametrize("item", [item for item in GO if not item["error"]])
def test_the_id_of_a_key_is_the_one_go_computes(item):
    if "KeyType" in item["key"]:
        with pytest.raises(InvalidMetadata, match="is confusable with 'key"):
            _listed(item["key"])
    else:
        key = _listed(item["key"])
        assert key.key_id == item["id"]
        assert key.keytype == item["algorithm"]


@pytest.mark.parametrize("item", [item for item in GO if item["error"]])
def test_a_key_that_go_cannot_read_is_refused_with_its_message(item):
    with pytest.raises(InvalidMetadata) as caught:
        _listed(item["key"])
    assert str(caught.value) == item["error"]


def test_the_private_part_never_changes_the_id_and_is_never_written():
    plain = publisher.ecdsa_key().public
    with_private = plain.as_json()
    with_private["keyval"]["private"] = "AAAA"
    assert _listed(with_private) == plain
    assert plain.as_json()["keyval"]["private"] is None


def test_other_members_of_a_key_do_not_count():
    key = publisher.ecdsa_key().public
    listed = {**key.as_json(), "scheme": "ecdsa-sha2-nistp256"}
    assert _listed(listed).key_id == key.key_id


def test_an_absent_public_part_differs_from_an_empty_one():
    absent, empty = PublicKey("ecdsa", None), PublicKey("ecdsa", b"")
    assert absent.key_id != empty.key_id
    assert absent.as_json()["keyval"]["public"] is None
    assert empty.as_json()["keyval"]["public"] == ""


def test_the_key_material_does_not_show_in_the_repr():
    key = publisher.ed25519_key().public
    assert base64.b64encode(key.public).decode() not in repr(key)
    assert repr(key.public) not in repr(key)


def test_the_canonical_id_of_a_plain_key_is_its_id():
    key = publisher.ecdsa_key().public
    assert key.canonical_id == key.key_id


@pytest.mark.parametrize("kind", ["ecdsa", "rsa"])
def test_the_canonical_id_of_a_certificate_is_the_id_of_its_plain_key(kind, rsa_2048):
    plain = publisher.ecdsa_key() if kind == "ecdsa" else rsa_2048
    first = publisher.x509_key("gun", plain)
    second = publisher.x509_key("other", plain)
    assert first.key_id != second.key_id
    assert first.public.canonical_id == second.public.canonical_id
    assert first.public.canonical_id == plain.key_id


def test_the_canonical_id_of_a_bundle_is_that_of_its_first_certificate():
    leaf, authority = publisher.ecdsa_key(), publisher.ecdsa_key()
    bundle = publisher.bundle_key(
        leaf,
        publisher.certificate(leaf.private, "gun"),
        publisher.certificate(authority.private, "ca", is_ca=True),
    )
    assert bundle.public.canonical_id == leaf.key_id


def test_a_certificate_that_cannot_be_parsed_has_no_canonical_id():
    with pytest.raises(InvalidMetadata):
        _ = PublicKey(keys.ECDSA_X509, b"x").canonical_id


@pytest.mark.parametrize(
    "curve", [ec.SECP224R1(), ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()]
)
def test_the_four_nist_curves_can_verify(curve):
    assert keys.verifying_key(publisher.ecdsa_key(curve).public) is not None


@pytest.mark.parametrize(
    "curve", [ec.SECP256K1(), ec.BrainpoolP256R1(), ec.SECP192R1()]
)
def test_no_other_curve_can_verify(curve):
    assert keys.verifying_key(publisher.ecdsa_key(curve).public) is None


def test_rsa_keys_of_2048_bits_can_verify_and_shorter_ones_cannot(rsa_2048, rsa_1024):
    assert keys.verifying_key(rsa_2048.public) is not None
    assert keys.verifying_key(rsa_1024.public) is None


def test_a_key_of_one_type_cannot_verify_under_another(rsa_2048):
    elliptic = publisher.ecdsa_key().public.public
    edwards = publisher.ed25519_key().public.public
    assert keys.verifying_key(PublicKey(keys.RSA, elliptic)) is None
    assert keys.verifying_key(PublicKey(keys.ECDSA, rsa_2048.public.public)) is None
    assert keys.verifying_key(PublicKey(keys.ECDSA, edwards)) is None
    assert keys.verifying_key(PublicKey("ECDSA", elliptic)) is None


def test_a_certificate_cannot_verify_as_a_plain_key_nor_the_other_way_round():
    pem = publisher.x509_key("gun").public.public
    plain = publisher.ecdsa_key().public.public
    assert keys.verifying_key(PublicKey(keys.ECDSA, pem)) is None
    assert keys.verifying_key(PublicKey(keys.ECDSA_X509, plain)) is None


def test_only_the_pkix_form_of_a_plain_key_can_verify(rsa_2048):
    public = rsa_2048.private.public_key()
    pkcs1 = public.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    pkcs1_pem = public.public_bytes(Encoding.PEM, PublicFormat.PKCS1)
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    assert keys.verifying_key(PublicKey(keys.RSA, pkcs1)) is None
    assert keys.verifying_key(PublicKey(keys.RSA, pem)) is None
    assert keys.pem_rsa_key(PublicKey(keys.RSA, pkcs1_pem)) is None
    assert keys.pem_rsa_key(PublicKey(keys.RSA, pem)) is not None


def test_a_compressed_point_cannot_verify():
    key = publisher.ecdsa_key()
    public = key.private.public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    prefix = bytes.fromhex("3039301306072a8648ce3d020106082a8648ce3d030107032200")
    assert keys.verifying_key(PublicKey(keys.ECDSA, prefix + point)) is None


def test_keys_of_algorithms_that_notary_never_had_cannot_verify():
    for private in (dsa.generate_private_key(1024), x448.X448PrivateKey.generate()):
        for keytype in KEYTYPES:
            key = PublicKey(keytype, publisher.der(private))
            assert keys.verifying_key(key) is None


def test_bytes_after_a_key_make_it_useless(rsa_2048):
    for key in (publisher.ecdsa_key(), publisher.ed25519_key(), rsa_2048):
        longer = PublicKey(key.public.keytype, key.public.public + b"\0")
        assert keys.verifying_key(longer) is None


def test_certificates_in_any_form_nobody_writes_cannot_verify(rsa_2048):
    good = publisher.certificate(rsa_2048.private, "gun")
    for public in (
        b"",
        crafted.der(good),
        crafted.of_version_4(good),
        crafted.pem(crafted.der(good), "TRUSTED CERTIFICATE"),
        crafted.pem(b""),
        crafted.pem(crafted.der(good))[:-1] * 17,
    ):
        assert keys.verifying_key(PublicKey(keys.RSA_X509, public)) is None


@given(st.sampled_from(KEYTYPES), st.none() | st.binary(max_size=200))
def test_hostile_bytes_are_a_key_with_an_id_that_can_verify_or_not(keytype, public):
    key = PublicKey(keytype, public)
    assert len(key.key_id) == 64
    usable = keys.verifying_key(key)
    assert usable is None or keytype == keys.ED25519
    assert keys.pem_rsa_key(key) is None
