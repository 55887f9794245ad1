"""Private keys at rest: in the form of the Go signer, and of no other."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.signing import jwe, private_keys
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import verifies
from tests.recorded_keys import recorded_keys

PASSPHRASE = "correct-horse-battery"
RECORDED = recorded_keys()
GOOD = RECORDED[0].private


def with_header(**changes):
    """Return a recorded token with another header."""
    header, *rest = GOOD.split(".")
    members = json.loads(base64.urlsafe_b64decode(header + "=="))
    members = {k: v for k, v in (members | changes).items() if v is not None}
    encoded = base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=")
    return ".".join([encoded.decode("ascii"), *rest])


@pytest.mark.parametrize("row", RECORDED, ids=lambda row: row.key_id[:8])
def test_a_recorded_key_opens_and_signs(row):
    plaintext = jwe.decrypt(row.private, PASSPHRASE)
    key = private_keys.parse(row.algorithm, plaintext)
    assert key.public == PublicKey(row.algorithm, row.public)
    assert key.public.key_id == row.key_id
    assert key.plaintext() == plaintext
    assert verifies(key.public, key.sign(b"payload"), b"payload")


def test_what_is_written_has_the_form_of_the_go_signer():
    token = jwe.encrypt(b"x" * 121, PASSPHRASE)
    header, *parts = token.split(".")
    salt = json.loads(base64.urlsafe_b64decode(header + "=="))["p2s"]
    assert base64.urlsafe_b64decode(header + "==").decode("ascii") == (
        '{"alg":"PBES2-HS256+A128KW","enc":"A256GCM","p2c":8192,"p2s":"' + salt + '"}'
    )
    assert len(salt) == 16
    assert len(base64.urlsafe_b64decode(salt)) == 12
    sizes = [len(base64.urlsafe_b64decode(part + "==")) for part in parts]
    assert sizes == [40, 12, 121, 16]


def test_what_is_written_is_never_the_same():
    first, second = (jwe.encrypt(b"x", PASSPHRASE).split(".") for _ in range(2))
    assert not set(first) & set(second)


@given(plaintext=st.binary(max_size=200), passphrase=st.text(min_size=1, max_size=20))
def test_what_is_written_can_be_read(plaintext, passphrase):
    assert jwe.decrypt(jwe.encrypt(plaintext, passphrase), passphrase) == plaintext


def test_a_passphrase_of_bytes_that_are_no_text_works():
    passphrase = b"\xff\xfe".decode("utf-8", "surrogateescape")
    assert jwe.decrypt(jwe.encrypt(b"x", passphrase), passphrase) == b"x"


@pytest.mark.parametrize(
    "passphrase", ["", "Correct-horse-battery", PASSPHRASE + " ", "-----BEGIN KEY-----"]
)
def test_a_wrong_passphrase_is_named_without_secrets(passphrase):
    with pytest.raises(jwe.Undecryptable) as raised:
        jwe.decrypt(GOOD, passphrase)
    assert str(raised.value) == "wrong passphrase or damaged key"
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "A128KW"},
        {"alg": "dir"},
        {"alg": "PBES2-HS512+A256KW"},
        {"alg": ["PBES2-HS256+A128KW"]},
        {"enc": "A128GCM"},
        {"enc": None},
        {"zip": "DEF"},
        {"crit": ["p2c"]},
        {"p2c": None},
        {"p2s": None},
        {"p2s": 7},
        {"p2s": "*"},
        {"p2s": "\u00e9"},
        {"p2s": ""},
    ],
)
def test_another_header_is_refused(changes):
    with pytest.raises(jwe.Undecryptable):
        jwe.decrypt(with_header(**changes), PASSPHRASE)


@pytest.mark.parametrize(
    "count", [0, -1, jwe.MAX_ITERATIONS + 1, 2**64, True, 8192.0, "8192"]
)
def test_more_rounds_than_allowed_are_refused_before_any_is_made(count):
    with pytest.raises(jwe.Undecryptable, match="iteration count is out of bounds"):
        jwe.decrypt(with_header(p2c=count), PASSPHRASE)


def test_as_many_rounds_as_allowed_are_made():
    with pytest.raises(jwe.Undecryptable, match="wrong passphrase"):
        jwe.decrypt(with_header(p2c=jwe.MAX_ITERATIONS), PASSPHRASE)


def test_every_damaged_part_is_refused():
    parts = GOOD.split(".")
    for index, part in enumerate(parts):
        for damaged in ("", part[:-2], part + "AAAA", "A" + part[1:], "=" + part):
            token = ".".join([*parts[:index], damaged, *parts[index + 1 :]])
            if token != GOOD:
                with pytest.raises(jwe.Undecryptable):
                    jwe.decrypt(token, PASSPHRASE)


@given(
    token=st.one_of(
        st.text(max_size=300),
        st.lists(st.binary(max_size=40), max_size=7).map(
            lambda parts: ".".join(
                base64.urlsafe_b64encode(part).decode("ascii") for part in parts
            )
        ),
        st.tuples(st.integers(0, len(GOOD)), st.characters()).map(
            lambda at: GOOD[: at[0]] + at[1] + "!" + GOOD[at[0] :]
        ),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=5),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
        ).map(
            lambda value: (
                base64.b64encode(json.dumps(value).encode()).decode("ascii")
                + ".a.b.c.d"
            )
        ),
    )
)
def test_hostile_tokens_raise_nothing_but_our_error(token):
    with pytest.raises(jwe.Undecryptable):
        jwe.decrypt(token, PASSPHRASE)


def test_a_token_beyond_the_limit_is_refused_unread():
    with pytest.raises(jwe.Undecryptable, match="not an encrypted key"):
        jwe.decrypt(GOOD + "A" * jwe.MAX_LENGTH, PASSPHRASE)


def test_a_deeply_nested_header_is_refused():
    header = base64.b64encode(b"[" * 12_000).decode("ascii")[:16_000]
    with pytest.raises(jwe.Undecryptable):
        jwe.decrypt(f"{header}.a.b.c.d", PASSPHRASE)
