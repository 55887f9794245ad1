"""Known attacks on JSON web tokens, each refused by the check that is meant for it."""

import base64
import hmac
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notary.auth.keyset import KeySet, libtrust_id
from tests.auth.minting import (
    AUTHORITY,
    GUN,
    NOW,
    SERVICE,
    Gate,
    certificate,
    claims,
    new_key,
    part,
    token,
    x5c,
)
from tests.auth.test_keyset import as_jwk

MANY = [str(number) for number in range(900)]


def forged(header, body=None, signature=b"x" * 64):
    raw = body if isinstance(body, bytes) else json.dumps(body or claims()).encode()
    return f"{part(json.dumps(header).encode())}.{part(raw)}.{part(signature)}"


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", "HS256", "PS256", "RS256"])
def test_an_algorithm_that_does_not_fit_the_key_is_refused(gate, kid, alg):
    assert gate.reason(forged({"alg": alg, "kid": kid})) == "signature"
    assert gate.reason(forged({"alg": alg, "kid": kid}, signature=b"")) == "signed"


def test_a_missing_algorithm_is_refused(gate, kid):
    assert gate.reason(forged({"kid": kid})) == "signature"
    assert gate.reason(forged({"kid": kid, "alg": None})) == "signature"
    assert gate.reason(forged({"kid": kid, "alg": ["ES256"]})) == "form"


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
@pytest.mark.parametrize("size", ["256", "384", "512"])
def test_the_public_key_is_no_secret_to_sign_with(gate, key, kid, encoding, size):
    secret = key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    unsigned = forged({"alg": f"HS{size}", "kid": kid}).rpartition(".")[0]
    digest = hmac.new(secret, unsigned.encode(), f"sha{size}").digest()
    assert gate.reason(f"{unsigned}.{part(digest)}") == "signature"


def test_an_algorithm_of_another_curve_or_padding_is_refused(rsa_key):
    curve384 = ec.generate_private_key(ec.SECP384R1())
    keys = KeySet.of(jwks=[as_jwk(rsa_key, kid="r"), as_jwk(curve384, kid="e")])
    gate = Gate(keys)
    minted = jwt.encode(claims(), rsa_key, "PS256", {"kid": "r"})
    assert gate.reason(minted) == "signature"
    minted = token(curve384, {"alg": "ES256", "kid": "e"})
    assert gate.reason(minted) == "signature"
    assert gate.admits(jwt.encode(claims(), curve384, "ES384", {"kid": "e"}))


def test_an_elliptic_signature_must_have_the_fixed_size(gate, key, kid):
    unsigned = forged({"alg": "ES256", "kid": kid}).rpartition(".")[0]
    der = key.sign(unsigned.encode(), ec.ECDSA(SHA256()))
    assert gate.reason(f"{unsigned}.{part(der)}") == "signature"
    for size in (63, 65, 96, 5000):
        assert gate.reason(f"{unsigned}.{part(bytes(size))}") == "signature"
    assert gate.reason(f"{unsigned}.{part(bytes(64))}") == "signature"


def test_a_key_that_the_token_brings_is_not_trusted_for_that(gate, kid):
    mine = new_key()
    own_root = certificate("root", mine, None, AUTHORITY)
    for header in (
        {"jwk": as_jwk(mine)},
        {"jwk": as_jwk(mine), "kid": kid},
        {"jwk": as_jwk(mine, kid=kid)},
        {"jwk": as_jwk(mine, x5c=x5c(own_root))},
        {"x5c": x5c(own_root)},
        {"x5c": x5c(own_root), "kid": kid},
    ):
        assert gate.reason(token(mine, header)) == "key"


def test_a_trusted_chain_does_not_vouch_for_another_key(gate, key, root, kid):
    mine = new_key()
    # The certificate is good, but it is not that of the key in jwk.
    assert gate.reason(token(mine, {"jwk": as_jwk(mine, x5c=x5c(root))})) == "key"
    # Of two keys in one token the chain counts.
    both = {"x5c": x5c(root), "jwk": as_jwk(mine)}
    assert gate.reason(token(mine, both)) == "signature"
    assert gate.admits(token(key, both)) == "alice"
    assert gate.admits(token(key, {"jwk": as_jwk(key, x5c=x5c(root))})) == "alice"
    assert gate.reason(token(key, {"jwk": as_jwk(key, kid="other")})) == "key"
    assert gate.admits(token(key, {"jwk": as_jwk(key, kid=kid)})) == "alice"


def test_a_bad_chain_is_not_rescued_by_a_good_id(gate, key, kid):
    foreign = certificate("foreign", new_key())
    for bad in ({"x5c": x5c(foreign)}, {"jwk": {"kty": "EC"}}, {"jwk": "x"}):
        assert gate.reason(token(key, {"kid": kid, **bad})) == "key"
    for none in ({"x5c": []}, {"x5c": None}, {"jwk": None}):
        assert gate.admits(token(key, {"kid": kid, **none})) == "alice"


def test_a_private_key_in_a_token_is_refused(gate, key):
    writer = jwt.get_algorithm_by_name("ES256")
    private = writer.to_jwk(key, as_dict=True)
    assert "d" in private
    assert gate.reason(token(key, {"jwk": private})) == "key"


def test_claims_that_were_changed_after_signing_are_refused(gate, mint):
    head, _, signature = mint().split(".")
    more = [{"type": "repository", "name": GUN, "actions": ["*"]}]
    for body in (claims(access=more), claims(sub="root"), claims(exp=2**40)):
        changed = part(json.dumps(body).encode())
        assert gate.reason(f"{head}.{changed}.{signature}") == "signature"


def test_the_header_is_signed_too(gate, key, kid):
    _, body, signature = token(key, {"kid": kid}).split(".")
    other = part(json.dumps({"alg": "ES256", "kid": kid, "typ": "x"}).encode())
    assert gate.reason(f"{other}.{body}.{signature}") == "signature"


@pytest.mark.parametrize(
    "kid",
    [
        "../../../dev/null",
        "/etc/passwd",
        "' OR 1=1 --",
        "",
        "\0",
        "x" * 9000,
        "__class__",
    ],
)
def test_an_id_is_looked_up_and_nothing_else(gate, key, kid):
    assert gate.reason(token(key, {"kid": kid})) == "key"


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(claims())[:-1].encode() + b',"exp":9999999999}',
        json.dumps(claims())[:-1].encode() + b',"EXP":9999999999}',
        json.dumps(claims())[:-1].encode() + b',"access":[{"type":"a","type":"b"}]}',
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        b"[" * 20000,
        b'{"a":' + b"[" * 17 + b"]" * 17 + b"}",
        b'{"exp":' + b"9" * 20000 + b"}",
        b'{"exp":1e400}',
        b'{"exp":NaN}',
        json.dumps(claims(aud=[SERVICE] * 3000)).encode(),
        json.dumps(claims(access=[{"type": n, "actions": MANY[:1]} for n in MANY]))
        .encode(),
        json.dumps(claims(access=[{"actions": MANY}])).encode(),
    ],
    ids=[
        "duplicate", "other case", "duplicate inside", "deep object", "deep array",
        "18 levels", "long number", "large number", "NaN", "audiences", "entries",
        "actions",
    ],
)  # fmt: skip
def test_claims_that_are_ambiguous_or_too_large_are_refused(gate, mint, body):
    assert gate.reason(mint(body)) in ("form", "size")


def test_a_header_that_is_ambiguous_or_too_large_is_refused(gate, key, kid, mint):
    assert gate.reason(mint(junk="x" * 40000)) == "size"
    assert gate.reason(mint(crit=["exp"])) == "form"
    assert gate.reason(mint(Kid="other")) == "form"
    assert gate.reason(mint(x5c="x")) == "form"
    assert gate.reason(mint(x5c=[5])) == "form"
    assert gate.reason("." * 32000) == "form"


def test_a_token_is_refused_after_its_expiry_even_if_it_was_used_before(gate, mint):
    minted = mint(claims(exp=int(NOW.timestamp()) + 10))
    assert gate.admits(minted) == "alice"
    gate.now = NOW.replace(minute=1, second=10)
    assert gate.admits(minted) == "alice"
    gate.now = NOW.replace(minute=1, second=11)
    assert gate.reason(minted) == "expiry"


def test_huge_keys_in_a_token_cost_nothing(gate, key, rsa_key):
    great = base64.urlsafe_b64encode(b"\xff" * 8000).decode().rstrip("=")
    member = as_jwk(rsa_key)
    started = time.process_time()
    for changed in ({"n": great}, {"e": great}, {"n": great, "e": great}):
        assert (
            gate.reason(forged({"alg": "RS256", "jwk": {**member, **changed}})) == "key"
        )
    assert time.process_time() - started < 0.5


def test_certificates_of_a_stranger_that_all_fit_each_other_cost_little(gate):
    mine = new_key()
    many = [certificate("x", mine, None, AUTHORITY) for _ in range(5)]
    minted = token(mine, {"x5c": x5c(*many)})
    started = time.process_time()
    assert gate.reason(minted) == "key"
    assert time.process_time() - started < 1


def test_a_token_like_one_that_was_used_is_not_that_one(gate, mint):
    minted = mint()
    assert gate.admits(minted) == "alice"
    other = minted[:-4] + ("AAAA" if minted[-4:] != "AAAA" else "BBBB")
    assert gate.reason(other) == "signature"


def test_the_id_of_a_key_is_not_enough(gate, kid):
    assert gate.reason(token(new_key(), {"kid": kid})) == "signature"
    assert libtrust_id(new_key().public_key()) not in gate.keys.keys
