"""Which tokens let in, which check refuses the others, and what the client is told."""

import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from notary.auth import token as tokens
from notary.auth.access import Access, Unauthorized
from notary.auth.checks import CHECKS, REASONS
from notary.auth.keyset import KeySet, libtrust_id, thumbprint
from tests.auth.minting import (
    GUN,
    NOW,
    PULL,
    SERVICE,
    Gate,
    certificate,
    claims,
    new_key,
    token,
)
from tests.auth.test_keyset import as_jwk

SECONDS = int(NOW.timestamp())


def access(*actions, type="repository", name=GUN, **more):
    return {"type": type, "name": name, "actions": list(actions), **more}


def test_a_good_token_lets_its_subject_in(gate, mint):
    assert gate.admits(mint()) == "alice"
    assert gate.reasons == []


def test_a_token_without_subject_lets_in_somebody_without_a_name(gate, mint):
    assert gate.admits(mint(claims(sub=...))) == ""


def test_a_subject_that_cannot_be_written_is_made_so_that_it_can(gate, mint):
    assert gate.admits(mint(claims(sub="a\ud800"))) == "a?"


@pytest.mark.parametrize(
    "body",
    [
        claims(aud=["other", SERVICE]),
        claims(exp=SECONDS - 60),
        claims(nbf=SECONDS + 60),
        claims(nbf=..., iat=..., jti=...),
        claims(access=[access("*")]),
        claims(access=[access("push"), access("pull", **{"class": "image"})]),
        claims(more={"of": ["anything", 1.5, None]}, uid=2**60),
    ],
)
def test_claims_within_their_limits_are_accepted(gate, mint, body):
    assert gate.admits(mint(body)) == "alice"


@pytest.mark.parametrize(
    ("reason", "body"),
    [
        ("issuer", claims(iss="other")),
        ("issuer", claims(iss=...)),
        ("audience", claims(aud="other")),
        ("audience", claims(aud=[])),
        ("audience", claims(aud=...)),
        ("expiry", claims(exp=SECONDS - 61)),
        ("expiry", claims(exp=...)),
        ("expiry", claims(exp=-(2**53))),
        ("not_before", claims(nbf=SECONDS + 61)),
        ("not_before", claims(nbf=2**53)),
        ("form", claims(exp=float(SECONDS + 300))),
        ("form", claims(exp=str(SECONDS + 300))),
        ("form", claims(exp=True)),
        ("form", claims(exp=2**63)),
        ("form", claims(sub=5)),
        ("form", claims(aud=[5])),
        ("form", claims(aud={})),
        ("form", claims(access={})),
        ("form", claims(access=[None])),
        ("form", claims(access=[access("pull"), 5])),
        ("form", claims(access=[access(5)])),
        ("form", b"[]"),
        ("form", b"null"),
        ("form", b"{}{}"),
        ("form", b""),
        ("scope", claims(access=None)),
        ("scope", claims(access=[])),
        ("scope", claims(access=[access("push")])),
        ("scope", claims(access=[access("pull", name=f"{GUN}/sub")])),
        ("scope", claims(access=[access("pull", name="*")])),
        ("scope", claims(access=[access("pull", name=GUN.upper())])),
        ("scope", claims(access=[access("pull", type="Repository")])),
        ("scope", claims(access=[access("PULL")])),
    ],
)
def test_claims_are_refused_by_the_check_that_they_fail(gate, mint, reason, body):
    assert gate.reason(mint(body)) == reason


def test_the_checks_are_made_in_the_order_of_the_contract(gate, mint):
    wrong = {
        "iss": "x", "aud": "x", "exp": 1, "nbf": 2**50, "access": []
    }  # fmt: skip
    reasons = []
    for name in list(wrong):
        reasons.append(gate.reason(mint(claims(**wrong), kid="x")))
        del wrong[name]
    expected = ["issuer", "audience", "expiry", "not_before"]
    assert reasons == [*expected, "key"]
    assert [check.name for check in CHECKS] == [
        "size", "form", *expected, "signed", "key", "signature", "scope",
    ]  # fmt: skip


def test_a_signature_of_no_bytes_is_refused_before_any_key_is_looked_for(gate, mint):
    unsigned = mint(kid="x").rpartition(".")[0] + "."
    assert gate.reason(unsigned) == "signed"


def test_all_actions_of_a_route_are_needed(gate, mint):
    both = (*PULL, Access("repository", GUN, "push"))
    assert gate.reason(mint(), both) == "scope"
    merged = claims(access=[access("push"), access("pull")])
    assert gate.admits(mint(merged), both) == "alice"


@pytest.mark.parametrize("way", ["thumbprint", "jwks id", "libtrust id"])
@pytest.mark.parametrize("kind", ["P-256", "P-384", "P-521", "Ed25519", "RSA"])
def test_each_kind_of_key_is_found_by_each_kind_of_id(rsa_key, kind, way):
    curves = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
    private = (
        rsa_key
        if kind == "RSA"
        else ed25519.Ed25519PrivateKey.generate()
        if kind == "Ed25519"
        else ec.generate_private_key(curves[kind])
    )
    public = private.public_key()
    member = as_jwk(private, kid="2026-11")
    ids = {
        "thumbprint": thumbprint(public),
        "jwks id": "2026-11",
        "libtrust id": libtrust_id(public),
    }
    (alg, *_) = {"P-256": ["ES256"], "P-384": ["ES384"], "P-521": ["ES512"]}.get(
        kind, ["EdDSA"] if kind == "Ed25519" else ["RS256"]
    )
    # Minted by an independent library, which is what token servers use.
    minted = jwt.encode(claims(), private, alg, {"kid": ids[way]})
    assert Gate(KeySet.of(jwks=[member])).admits(minted) == "alice"


def test_the_keys_of_one_issuer_verify_no_tokens_of_another(key, root, kid):
    theirs = new_key()
    other_root = certificate("other", theirs)
    gate = Gate(KeySet.of([root]), {"other issuer": KeySet.of([other_root])})
    their_kid = libtrust_id(theirs.public_key())
    other = claims(iss="other issuer")
    assert gate.admits(token(theirs, {"kid": their_kid}, other)) == "alice"
    assert gate.reason(token(key, {"kid": kid}, other)) == "key"
    assert gate.reason(token(theirs, {"kid": their_kid}, claims())) == "key"
    assert gate.reason(token(key, {"jwk": as_jwk(key)}, other)) == "key"


def test_the_client_is_told_no_more_than_the_standard_allows(gate, mint):
    start = (
        'Bearer realm="https://auth.example.com/token",service="notary.example.com",'
        f'scope="repository:{GUN}:pull"'
    )
    expired = gate.refusal(mint(claims(exp=1)))
    assert expired.challenge == start + ',error="invalid_token"'
    assert "1970-01-01T00:00:01Z" in str(expired)
    small = gate.refusal(mint(claims(access=[])))
    assert small.challenge == start + ',error="insufficient_scope"'
    assert small.needed == PULL
    for header in (None, "", "Bearer", "Basic YTpi", "Bearer  x", "Bearer x y", "x"):
        with pytest.raises(Unauthorized) as refused:
            gate.authenticator.authenticate(header, PULL, "")
        assert refused.value.challenge == start
    assert gate.reasons[2:] == ["header"] * 6


def test_the_log_is_told_what_was_expected_and_given_but_not_the_token(gate, mint):
    wrong = mint(claims(iss="evil\nissuer"))
    said = str(gate.refusal(wrong))
    assert said == r'issuer: expected iss "auth issuer", got "evil\nissuer"'
    for reason, body in (("form", b"{"), ("audience", claims(aud="x" * 5000))):
        minted = mint(body)
        said = str(gate.refusal(minted))
        assert said.startswith(f"{reason}: ")
        assert len(said) < 400
        assert not any(part in said for part in minted.split("."))


def test_limits_are_those_that_are_documented(gate, mint):
    many = [f"audience {number}" for number in range(tokens.MAX_AUDIENCES)]
    assert gate.admits(mint(claims(aud=[SERVICE, *many[1:]]))) == "alice"
    assert gate.reason(mint(claims(aud=[SERVICE, *many]))) == "form"
    long = mint(claims(jti="x" * tokens.MAX_BYTES))
    assert gate.reason(long) == "size"
    assert set(gate.reasons) <= set(REASONS)
    body = json.dumps(claims()).encode()
    padded = mint(body + b" " * ((-len(body)) % 3 + 1))
    head, claimed, signature = padded.split(".")
    assert len(claimed) % 4
    # The signature covers the text, so padding that was not signed is refused.
    padding = "=" * (-len(claimed) % 4)
    assert gate.reason(f"{head}.{claimed}{padding}.{signature}") == "signature"
    assert gate.admits(f"{head}.{claimed}.{signature}{'=' * (-len(signature) % 4)}")
