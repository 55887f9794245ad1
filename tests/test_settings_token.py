"""What can be configured of token authentication, and what is refused."""

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.settings import IssuerSettings, SettingsError, TokenSettings, load_server

OPTIONS = {"realm": "r", "service": "s", "issuer": "i", "rootcertbundle": "b.pem"}
MISSING = 'auth.options.{0}: token auth requires a valid option string: "{0}"'
URL = "https://keys.example.com/jwks.json"


def load(folder, options, environ=None):
    config = {
        "server": {"http_addr": ":4443"},
        "trust_service": {"type": "local"},
        "storage": {"backend": "memory"},
        "auth": {"type": "token", "options": options},
    }
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return load_server(path, environ or {}).auth.token


def problems(folder, options, environ=None):
    with pytest.raises(SettingsError) as caught:
        load(folder, options, environ)
    return list(caught.value.problems)


def without(name):
    return {key: value for key, value in OPTIONS.items() if key != name}


def test_the_options_of_the_go_server_mean_what_they_meant_there(tmp_path):
    bundle = tmp_path / "b.pem"
    assert load(tmp_path, OPTIONS) == TokenSettings(
        "r", "s", (IssuerSettings("i", bundle),), autoredirect=False
    )


def test_the_bundle_is_relative_to_the_configuration_file(tmp_path):
    (issuer,) = load(tmp_path, {**OPTIONS, "rootcertbundle": "../c/b"}).issuers
    assert issuer.rootcertbundle == tmp_path.parent / "c" / "b"


def test_names_of_options_may_have_any_case_and_unknown_ones_are_ignored(tmp_path):
    options = {"Realm": "r", "SERVICE": "s", "Issuer": "i", "RootCertBundle": "/b"}
    issuers = (IssuerSettings("i", Path("/b")),)
    found = load(tmp_path, {**options, "colour": "blue"})
    assert found == TokenSettings("r", "s", issuers)


@pytest.mark.parametrize("name", OPTIONS)
@pytest.mark.parametrize("value", [None, "", 3, True, ["x"], {"x": "y"}])
def test_each_of_the_four_options_must_be_a_text(name, value, tmp_path):
    (problem,) = problems(tmp_path, {**OPTIONS, name: value})
    assert problem.startswith(MISSING.format(name))
    if value is None:
        assert problems(tmp_path, without(name)) == [problem]


def test_all_that_is_missing_is_reported_at_once(tmp_path):
    found = problems(tmp_path, {})
    assert [problem.partition(":")[0] for problem in found] == [
        "auth.options.realm",
        "auth.options.issuer",
        "auth.options.rootcertbundle",
        "auth.options.service",
    ]


@pytest.mark.parametrize(
    ("value", "meaning"),
    [(True, True), (False, False), ("true", True), ("False", False), (None, False)],
)
def test_autoredirect_is_a_boolean_and_may_be_its_text(value, meaning, tmp_path):
    assert load(tmp_path, {**OPTIONS, "autoredirect": value}).autoredirect is meaning


@pytest.mark.parametrize("value", ["yes", 1, 0, [], {}])
def test_anything_else_as_autoredirect_is_refused(value, tmp_path):
    assert problems(tmp_path, {**OPTIONS, "autoredirect": value}) == [
        "auth.options.autoredirect: token auth requires a valid option bool:"
        " autoredirect"
    ]


def test_with_autoredirect_no_realm_is_needed(tmp_path):
    assert load(tmp_path, {**without("realm"), "autoredirect": True}).realm == ""


def test_every_option_can_come_from_the_environment(tmp_path):
    environ = {
        "NOTARY_SERVER_AUTH_OPTIONS_REALM": "r2",
        "NOTARY_SERVER_AUTH_OPTIONS_SERVICE": "s2",
        "NOTARY_SERVER_AUTH_OPTIONS_ISSUER": "i2",
        "NOTARY_SERVER_AUTH_OPTIONS_ROOTCERTBUNDLE": "/b2",
        "NOTARY_SERVER_AUTH_OPTIONS_AUTOREDIRECT": "true",
        "NOTARY_SERVER_AUTH_OPTIONS_JWKS": URL,
        "NOTARY_SERVER_AUTH_OPTIONS_JWKS_CA_FILE": "ca",
    }
    issuer = IssuerSettings("i2", Path("/b2"), URL, tmp_path / "ca")
    expected = TokenSettings("r2", "s2", (issuer,), autoredirect=True)
    assert load(tmp_path, OPTIONS, environ) == expected
    assert load(tmp_path, {}, environ) == expected


def test_a_key_set_can_take_the_place_of_the_bundle(tmp_path):
    options = {**without("rootcertbundle"), "jwks": "keys.json"}
    (issuer,) = load(tmp_path, options).issuers
    assert issuer == IssuerSettings("i", None, tmp_path / "keys.json")


def test_a_key_set_may_be_an_https_url_with_an_authority_of_its_own(tmp_path):
    (issuer,) = load(tmp_path, {**OPTIONS, "jwks": URL, "jwks_ca_file": "ca"}).issuers
    assert issuer == IssuerSettings("i", tmp_path / "b.pem", URL, tmp_path / "ca")


@pytest.mark.parametrize(
    "url",
    [
        "http://keys.example.com/",
        "file:///keys.json",
        "https:///keys",
        "https://keys:port/",
        "https://[::1/",
        "https://keys.example.com/a b",
        "https://k\u00e9ys.example.com/",
        "https://someone:hunter2@keys.example.com/",
    ],
)
def test_a_url_that_is_not_safe_is_refused_without_being_repeated(url, tmp_path):
    (problem,) = problems(tmp_path, {**OPTIONS, "jwks": url})
    assert problem.startswith("auth.options.jwks: must be ")
    assert "hunter2" not in problem


@pytest.mark.parametrize("jwks", [{}, {"jwks": "keys.json"}])
def test_an_authority_without_a_url_is_a_mistake(jwks, tmp_path):
    assert problems(tmp_path, {**OPTIONS, **jwks, "jwks_ca_file": "ca"}) == [
        "auth.options.jwks_ca_file: is of use only if jwks is an https URL"
    ]


def test_there_may_be_several_issuers_with_or_without_one_in_the_options(tmp_path):
    more = [{"Issuer": "j", "rootcertbundle": "c"}, {"issuer": "k", "jwks": URL}]
    others = (IssuerSettings("j", tmp_path / "c"), IssuerSettings("k", None, URL))
    only = {"realm": "r", "service": "s", "issuers": more}
    assert load(tmp_path, only).issuers == others
    found = load(tmp_path, {**OPTIONS, "issuers": more}).issuers
    assert found == (IssuerSettings("i", tmp_path / "b.pem"), *others)


def test_a_problem_of_an_issuer_names_its_place_in_the_list(tmp_path):
    more = [{"issuer": "j", "jwks": URL}, {"jwks": "http://x"}, {"issuer": "l"}]
    found = problems(tmp_path, {**OPTIONS, "issuers": more})
    assert [problem.partition(":")[0] for problem in found] == [
        "auth.options.issuers[1].issuer",
        "auth.options.issuers[1].jwks",
        "auth.options.issuers[2].rootcertbundle",
    ]


@pytest.mark.parametrize("value", ["x", {"issuer": "j"}, [1], [["issuer"]], True])
def test_issuers_must_be_a_list_of_objects(value, tmp_path):
    assert problems(tmp_path, {**OPTIONS, "issuers": value}) == [
        "auth.options.issuers: must be a list of objects"
    ]


def test_no_issuer_is_named_twice(tmp_path):
    more = [{"issuer": "i", "jwks": URL}]
    assert problems(tmp_path, {**OPTIONS, "issuers": more}) == [
        "auth.options.issuers: the name of an issuer is given twice"
    ]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.just(URL),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*OPTIONS, "jwks"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(name=st.sampled_from([*OPTIONS, "jwks", "issuers", "autoredirect"]), to=anything)
def test_nothing_as_an_option_raises_anything_but_a_settings_error(
    name, to, tmp_path_factory
):
    with contextlib.suppress(SettingsError):
        load(tmp_path_factory.getbasetemp(), {**OPTIONS, name: to})
