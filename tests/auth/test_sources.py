"""Where keys come from: bundles and key sets in files, with what is wrong in them."""

import json
import os

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import OKPAlgorithm
from twisted.logger import capturedLogs

from notary.auth import files, jwks
from notary.auth.files import KeysError
from notary.auth.keyset import libtrust_id
from notary.auth.sources import IssuerKeys, key_sources
from notary.settings import IssuerSettings, SettingsError, TokenSettings
from tests.auth.key_server import key_set, member, written
from tests.auth.minting import certificate, new_key
from tests.recorded import DATA, auth_info

RECORDED = DATA / "auth" / "bundle.pem"


def pem(key=None):
    return certificate("root", key or new_key()).public_bytes(Encoding.PEM)


def refused(**paths):
    with pytest.raises(KeysError) as caught:
        IssuerKeys(IssuerSettings("i", **paths))
    return str(caught.value)


def text_of(events):
    return [event["log_format"].format(**event) for event in events]


def test_every_key_of_the_recorded_bundle_has_its_recorded_id():
    source = IssuerKeys(IssuerSettings("i", RECORDED))
    known = {
        name
        for name, kid in auth_info()["kids"].items()
        if kid in source.current().keys
    }
    assert {"ec256", "ec384", "rsa", "ca"} <= known
    assert "outsider" not in known


def test_blocks_that_are_no_certificates_are_passed_over(tmp_path):
    key = new_key()
    noise = b"text\n-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n"
    bundle = written(tmp_path, "b", noise + pem(key) + noise)
    keys = IssuerKeys(IssuerSettings("i", bundle)).current()
    assert libtrust_id(key.public_key()) in keys.keys
    assert len(keys.certificates) == 1


def test_a_bundle_that_cannot_be_used_is_refused_in_the_words_of_the_go_server(
    tmp_path,
):
    missing, empty = tmp_path / "nope", written(tmp_path, "empty", b"")
    start = "auth.options.rootcertbundle: "
    assert refused(rootcertbundle=missing) == (
        f'{start}unable to open token auth root certificate bundle file "{missing}":'
        f" open {missing}: no such file or directory"
    )
    none = f"{start}token auth requires at least one token signing root certificate"
    os.mkfifo(tmp_path / "pipe")
    for path in (empty, "/dev/null", tmp_path / "pipe"):
        assert refused(rootcertbundle=path) == none
    assert "is a directory" in refused(rootcertbundle=tmp_path)
    large = written(tmp_path, "large", b" " * (files.MAX_BYTES + 1))
    assert "larger than" in refused(rootcertbundle=large)


@pytest.mark.parametrize(
    ("second", "problem"),
    [
        (
            b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "unable to parse token auth root certificate: number 2",
        ),
        (
            pem(ec.generate_private_key(ec.SECP256K1())),
            "unable to get public key from token auth root certificate: number 2",
        ),
    ],
    ids=["no certificate", "a key of another curve"],
)
def test_one_certificate_that_cannot_be_used_spoils_the_bundle(
    second, problem, tmp_path
):
    assert problem in refused(rootcertbundle=written(tmp_path, "b", pem() + second))


def test_a_key_set_may_have_keys_that_are_of_no_use_and_the_log_names_them(tmp_path):
    ed = ed25519.Ed25519PrivateKey.generate()
    good = {**OKPAlgorithm.to_jwk(ed.public_key(), as_dict=True), "kid": "ed"}
    private = OKPAlgorithm.to_jwk(ed, as_dict=True)
    others = [private, {"kty": "oct", "k": "AAAA"}, {**member("enc"), "use": "enc"}, 3]
    content = json.dumps({"keys": [good, *others]}).encode()
    path = written(tmp_path, "keys.json", content)
    with capturedLogs() as events:
        source = IssuerKeys(IssuerSettings("i", None, path))
    assert "ed" in source.current().keys
    assert "enc" not in source.current().keys
    said = text_of(events)
    assert len(said) == len(others)
    assert "key 2: a private key, which must not leave its owner" in said[0]
    assert private["d"] not in "".join(said)
    assert str(source) == "0 certificates and a key set of 1"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"\xff", "it is not JSON"),
        (b"[]", "it is not a JSON object with a list of keys"),
        (b'{"keys": {}}', "it is not a JSON object with a list of keys"),
        (b'{"keys": []}', "it has no key that can be used: the list is empty"),
        (b'{"keys": [{"kty": "oct"}]}', "it has no key that can be used: key 1: "),
        (json.dumps({"keys": [{}] * 257}).encode(), "it has more than 256 keys"),
        (b" " * (files.MAX_BYTES + 1), "larger than"),
    ],
)
def test_a_key_set_that_cannot_be_used_is_refused(content, problem, tmp_path):
    path = written(tmp_path, "keys.json", content)
    said = refused(jwks=path)
    assert said.startswith(f"auth.options.jwks: {path}")
    assert problem in said


@given(
    st.binary(max_size=60)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["keys", "kty", "x", "kid"]), inner, max_size=3
            )
        ),
        max_leaves=6,
    ).map(lambda value: json.dumps(value).encode())
)
def test_no_bytes_as_a_key_set_raise_anything_but_our_error(content):
    with pytest.raises(KeysError):
        jwks.parse(content)


def test_a_key_set_is_looked_at_only_up_to_its_limit_wherever_it_comes_from():
    with pytest.raises(KeysError, match="larger than"):
        jwks.parse(b" " * (files.MAX_BYTES + 1))


def test_the_problems_of_all_issuers_are_told_at_once(tmp_path):
    issuers = (
        IssuerSettings("a", tmp_path / "nope"),
        IssuerSettings("b", RECORDED),
        IssuerSettings("c", None, tmp_path / "none.json"),
        IssuerSettings("d", None, "https://localhost/", tmp_path / "ca"),
    )
    with pytest.raises(SettingsError) as caught:
        key_sources(TokenSettings("r", "s", issuers))
    assert [problem.partition(": ")[0] for problem in caught.value.problems] == [
        "auth.options.rootcertbundle",
        "auth.options.jwks",
        "auth.options.jwks_ca_file",
    ]
    assert key_sources(None) == ()


def test_reading_again_changes_the_keys_only_if_the_files_have_changed(tmp_path):
    path = written(tmp_path, "keys.json", key_set("a"))
    source = IssuerKeys(IssuerSettings("i", None, path))
    before = source.current()
    assert source.reload() is False
    assert source.current() is before
    path.write_bytes(key_set("b"))
    assert source.reload() is True
    assert "b" in source.current().keys
    assert "a" not in source.current().keys


def test_a_file_that_cannot_be_read_again_leaves_the_keys_as_they_are(tmp_path):
    bundle = written(tmp_path, "b", pem())
    path = written(tmp_path, "keys.json", key_set("a"))
    source = IssuerKeys(IssuerSettings("i", bundle, path))
    before = source.current()
    bundle.write_bytes(pem())
    path.write_bytes(b"{")
    with pytest.raises(KeysError):
        source.reload()
    assert source.current() is before
