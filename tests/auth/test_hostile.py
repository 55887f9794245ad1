"""Whatever a client sends: it is let in, or refused with our own error."""

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notary.auth import jwk, token
from notary.auth.access import Access, Unauthorized
from notary.auth.explain import explain
from notary.auth.jwk import UnusableKey
from notary.auth.keyset import KeySet
from notary.auth.token import Malformed
from tests.auth.minting import AUTHORITY, GUN, PULL, Gate, certificate, new_key, part
from tests.auth.test_keyset import RFC_KEY

KEY = new_key()
GATE = Gate(KeySet.of([certificate("root", KEY, None, AUTHORITY)]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
HEADERS = st.fixed_dictionaries(
    {},
    optional={
        "alg": VALUES | st.sampled_from(["ES256", "none", "HS256"]),
        "kid": VALUES | st.sampled_from(sorted(GATE.keys.keys)),
        "x5c": VALUES | st.lists(st.binary().map(part)),
        "jwk": VALUES | st.builds(lambda more: {**RFC_KEY, **more}, st.dictionaries(
            st.sampled_from(["n", "e", "kty", "crv", "x", "kid", "x5c"]), VALUES)),
        "crit": VALUES,
    },
)  # fmt: skip
CLAIMS = st.fixed_dictionaries(
    {"iss": st.just("auth issuer"), "aud": st.just("notary.example.com")},
    optional={
        "exp": VALUES | st.just(2**40),
        "nbf": VALUES | st.just(0),
        "sub": VALUES,
        "access": VALUES | st.lists(st.dictionaries(st.sampled_from(
            ["type", "name", "actions", "class"]), VALUES) | st.none()),
    },
)  # fmt: skip


def refused(header: str) -> Unauthorized:
    with pytest.raises(Unauthorized) as error:
        GATE.authenticator.authenticate(header, PULL, "localhost")
    return error.value


@settings(max_examples=300, deadline=None)
@given(st.text() | st.text(st.characters(max_codepoint=255)).map("Bearer {}".format))
def test_any_header_is_refused(header):
    assert "\n" not in refused(header).challenge


@settings(max_examples=300, deadline=None)
@given(st.binary(), st.binary(), st.binary())
def test_any_bytes_in_the_place_of_a_token_are_refused(head, body, signature):
    refused(f"Bearer {part(head)}.{part(body)}.{part(signature)}")


@settings(max_examples=300, deadline=None)
@given(HEADERS, CLAIMS, st.binary())
def test_any_token_that_nobody_signed_is_refused(head, body, signature):
    parts = [json.dumps(head).encode(), json.dumps(body).encode(), signature]
    text = ".".join(map(part, parts))
    said = str(refused(f"Bearer {text}"))
    assert len(said) < 4000
    assert said.isprintable()
    lines = list(explain(GATE.authenticator, text, GUN, ["pull"]))
    assert "refused" in lines[-1]


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(max_codepoint=127)))
def test_any_text_is_a_token_or_malformed(text):
    with suppress(Malformed):
        token.parse(text)


@settings(max_examples=300, deadline=None)
@given(VALUES | HEADERS)
def test_any_value_is_a_key_or_unusable(value):
    with suppress(UnusableKey):
        jwk.public_key(value)
    KeySet.of(jwks=[value])


@settings(max_examples=200, deadline=None)
@given(st.text(), st.text())
def test_any_name_and_host_fit_into_the_challenge(name, host):
    needed = [Access("repository", name, "pull")]
    with pytest.raises(Unauthorized) as error:
        GATE.authenticator.authenticate(None, needed, host)
    challenge = error.value.challenge
    assert not {"\r", "\n", "\0"} & set(challenge)
    assert challenge.count('"') - challenge.count('\\"') >= 6
