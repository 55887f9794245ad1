"""How many signatures a role needs, and whose they must be."""

import pytest
from attrs import evolve
from cryptography import x509

from notary.tuf.errors import InvalidSignatures
from notary.tuf.signatures import RoleKeys, Signature, verify_role
from tests import publisher
from tests.publisher import Key, ecdsa_key, ed25519_key
from tests.tuf import crafted
from tests.tuf.methods import FITTING, PAYLOAD, signature_by


def role_of(*by: Key, threshold: int = 1) -> RoleKeys:
    return RoleKeys("targets", {key.key_id: key.public for key in by}, threshold)


def verify(*made: Signature, role: RoleKeys) -> None:
    verify_role(PAYLOAD, made, role, {})


def test_the_threshold_is_met_by_one_signature_of_any_key_of_the_role(all_keys):
    for kind, methods in FITTING.items():
        for method in methods:
            key = all_keys[kind]
            verify(signature_by(key, method), role=role_of(ecdsa_key(), key))


def test_no_signatures_at_all_have_a_message_of_their_own():
    with pytest.raises(InvalidSignatures, match=r"^tuf: data has no signatures$"):
        verify(role=role_of(ecdsa_key()))


@pytest.mark.parametrize("threshold", [0, -1])
def test_a_threshold_below_one_is_never_met(threshold):
    key = ecdsa_key()
    with pytest.raises(
        InvalidSignatures, match=r"^valid signatures did not meet threshold$"
    ):
        verify(key.sign(PAYLOAD), role=role_of(key, threshold=threshold))


def test_a_threshold_of_two_needs_two_keys():
    one, two = ecdsa_key(), ed25519_key()
    role = role_of(one, two, threshold=2)
    verify(one.sign(PAYLOAD), two.sign(PAYLOAD), role=role)
    with pytest.raises(
        InvalidSignatures,
        match=r"^valid signatures did not meet threshold for targets$",
    ):
        verify(one.sign(PAYLOAD), role=role)


def test_the_log_is_told_how_many_signatures_count_and_whose_they_would_have_to_be():
    one, two, stranger = ecdsa_key(), ed25519_key(), ecdsa_key()
    role = role_of(one, two, threshold=2)
    with pytest.raises(InvalidSignatures) as caught:
        verify(one.sign(PAYLOAD), stranger.sign(PAYLOAD), role=role)
    assert caught.value.because == (
        f"1 of 2 are valid; it is signed by {one.key_id}, {stranger.key_id}; those who"
        f" may sign are {one.key_id}, {two.key_id}"
    )


def test_of_many_signatures_the_log_is_told_a_few():
    signatures = [Signature(f"{n:064x}", "ecdsa", b"") for n in range(200)]
    with pytest.raises(InvalidSignatures, match="threshold") as caught:
        verify(*signatures, role=role_of(ecdsa_key()))
    assert "and 195 others" in caught.value.because
    assert len(caught.value.because) < 600


def test_two_signatures_of_one_key_count_once():
    one, two = ecdsa_key(), ecdsa_key()
    with pytest.raises(InvalidSignatures):
        verify(
            one.sign(PAYLOAD), one.sign(PAYLOAD), role=role_of(one, two, threshold=2)
        )


def test_a_threshold_higher_than_the_number_of_keys_is_never_met():
    key = ecdsa_key()
    with pytest.raises(InvalidSignatures):
        verify(key.sign(PAYLOAD), role=role_of(key, threshold=2))


def test_a_role_without_keys_accepts_nothing():
    with pytest.raises(InvalidSignatures):
        verify(ecdsa_key().sign(PAYLOAD), role=role_of())


def test_signatures_that_do_not_count_are_skipped(all_keys):
    key, stranger = ecdsa_key(), ed25519_key()
    good = key.sign(PAYLOAD)
    role = role_of(key, all_keys["unknown type"], all_keys["rsa 1024"])
    verify(
        stranger.sign(PAYLOAD),
        evolve(good, method="md5"),
        evolve(good, value=b"x"),
        all_keys["unknown type"].sign(PAYLOAD),
        all_keys["rsa 1024"].sign(PAYLOAD),
        Signature("", "", b""),
        good,
        role=role,
    )


def test_a_signature_under_the_id_of_another_key_does_not_count():
    one, two = ecdsa_key(), ecdsa_key()
    with pytest.raises(InvalidSignatures, match="did not meet threshold for targets"):
        verify(one.sign(PAYLOAD, two.key_id), role=role_of(one, two))


def test_a_key_listed_under_a_wrong_id_spoils_the_file_once_it_signs():
    key = ecdsa_key()
    role = RoleKeys("targets", {"0" * 64: key.public}, 1)
    with pytest.raises(
        InvalidSignatures, match=r"^key ID is not valid for key content$"
    ):
        verify(key.sign(PAYLOAD, "0" * 64), role=role)


def test_a_key_listed_under_a_wrong_id_does_no_harm_as_long_as_it_is_silent():
    key, other = ecdsa_key(), ecdsa_key()
    role = RoleKeys("targets", {"0" * 64: other.public, key.key_id: key.public}, 1)
    verify(key.sign(PAYLOAD), role=role)


def test_one_key_under_two_ids_counts_once():
    key = ecdsa_key()
    role = RoleKeys("targets", {key.key_id: key.public, "0": key.public}, 2)
    with pytest.raises(InvalidSignatures):
        verify(key.sign(PAYLOAD), key.sign(PAYLOAD, "0"), role=role)


def test_ids_are_compared_exactly():
    key = ecdsa_key()
    with pytest.raises(InvalidSignatures):
        verify(key.sign(PAYLOAD, key.key_id.upper()), role=role_of(key))


def test_an_expired_certificate_can_still_sign_what_is_not_a_root():
    past = publisher.NOW.replace(year=2020)
    key = publisher.x509_key("gun", not_before=past, not_after=past)
    verify(key.sign(PAYLOAD), role=role_of(key))


@pytest.mark.filterwarnings("ignore:Attribute.s length")
def test_a_certificate_whose_name_is_longer_than_64_characters_can_sign():
    key = ecdsa_key()
    certificate = crafted.made(key.private, _long_name())
    bundle = publisher.bundle_key(key, certificate)
    verify(bundle.sign(PAYLOAD), role=role_of(bundle))


def _long_name() -> x509.Name:
    return crafted.named("docker.io/" + "x" * 90)
