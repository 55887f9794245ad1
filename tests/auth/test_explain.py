"""The explanation of a token: every check, whatever failed before."""

import json

from notary.auth.checks import CHECKS
from notary.auth.explain import explain
from tests.auth.minting import GUN, claims, new_key, part, token


def lines(gate, text, gun=GUN, actions=("pull",)):
    found = list(explain(gate.authenticator, text, gun, actions))
    assert [line.split()[0] for line in found[1:-1]] == [item.name for item in CHECKS]
    for piece in text.split("."):
        assert len(piece) < 20 or not any(piece in line for line in found)
    return found


def verdicts(found):
    return {line.split()[0]: line.split()[1] for line in found[1:-1]}


def test_a_good_token_passes_every_check(gate, mint):
    found = lines(gate, mint())
    assert set(verdicts(found).values()) == {"passed"}
    assert found[0] == f'access asked for: "repository:{GUN}:pull"'
    assert found[-1] == "The token is accepted."


def test_every_check_that_fails_is_shown_not_only_the_first(gate, kid):
    bad = claims(aud="x", exp=1, access=[])
    found = lines(gate, token(new_key(), {"kid": kid}, bad))
    failed = [name for name, verdict in verdicts(found).items() if verdict == "FAILED"]
    assert failed == ["audience", "expiry", "signature", "scope"]
    assert found[-1] == (
        'The token is refused: audience. The client is told error="invalid_token".'
    )
    shown = next(line for line in found if line.startswith("audience"))
    assert 'expected aud "notary.example.com"; given "x"' in shown


def test_what_could_not_be_checked_is_said(gate, mint):
    found = lines(gate, mint(claims(iss="other")))
    assert verdicts(found)["issuer"] == "FAILED"
    assert verdicts(found)["key"] == verdicts(found)["signature"] == "-"
    assert "not checked: the issuer is not known" in found[8]
    found = lines(gate, "nonsense")
    assert verdicts(found)["form"] == "FAILED"
    assert list(verdicts(found).values()).count("-") == 8


def test_a_token_that_lacks_only_access_is_told_so(gate, mint):
    found = lines(gate, mint() + "\n", GUN, ("push", "pull"))
    assert 'given "repository:example.com/app:pull"' in found[-2]
    assert "insufficient_scope" in found[-1]


def test_without_a_gun_the_catalog_is_asked_for(gate, mint):
    catalog = {"type": "registry", "name": "catalog", "actions": ["*"]}
    found = lines(gate, mint(claims(access=[catalog])), None, ())
    assert found[0] == 'access asked for: "registry:catalog:*"'
    assert found[-1] == "The token is accepted."


def test_a_secret_that_is_not_ours_is_not_shown_either(gate, kid):
    head = part(json.dumps({"alg": "ES256", "kid": kid}).encode())
    body = part(json.dumps(claims(password="hunter2")).encode())
    found = lines(gate, f"{head}.{body}.{part(b'secret signature')}")
    assert not any("hunter2" in line or "secret" in line for line in found)
