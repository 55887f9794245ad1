"""The size of a signature: no other way to write the same numbers counts."""

import pytest
from attrs import evolve

from notary.tuf.signatures import ECDSA, RSAPKCS1V15, RSAPSS, verifies
from tests.tuf.methods import PAYLOAD, signature_by


@pytest.mark.parametrize("curve", ["P-224", "P-256", "P-384", "P-521"])
def test_two_numbers_with_more_zeros_than_the_curve_has_room_for_do_not_count(
    curve, all_keys
):
    key = all_keys[f"ecdsa {curve}"]
    good = signature_by(key, ECDSA)
    r, s = good.value[: len(good.value) // 2], good.value[len(good.value) // 2 :]
    assert verifies(key.public, evolve(good, value=r + s), PAYLOAD)
    for zeros in (b"\0", b"\0" * 2, b"\0" * len(s)):
        for value in (r + zeros + s, zeros + r + s, zeros + r + zeros + s):
            assert not verifies(key.public, evolve(good, value=value), PAYLOAD)


@pytest.mark.parametrize("method", [RSAPSS, RSAPKCS1V15])
def test_an_rsa_signature_has_the_size_of_its_key(method, rsa_2048):
    good = signature_by(rsa_2048, method)
    assert verifies(rsa_2048.public, good, PAYLOAD)
    for value in (good.value[:255], good.value + b"\0", b"\0" + good.value, b"", b"x"):
        assert not verifies(rsa_2048.public, evolve(good, value=value), PAYLOAD)
