"""NCC A.2: ways in which owners could lock themselves out, and how they get back in."""

from tests.audits.reading import current
from tests.publisher import ed25519_key, key_map, role, sign, targets
from tests.web.serving import GUN


def root_with_roles(owner, version, **roles):
    signed = owner.root(version)
    signed["roles"] |= roles
    return sign(signed, owner.root_key)


def test_a_role_that_nobody_can_sign_any_more_is_set_free_by_the_next_root(
    client, owner, published
):
    too_many = role(owner.targets_key, threshold=2)
    locked = root_with_roles(owner, 2, targets=too_many)
    assert client.upload(GUN, {"root": locked}).status == 200
    got = client.upload(GUN, {"targets": sign(targets(2), owner.targets_key)})
    assert (got.status, got.code) == (400, "INVALID_UPDATE")
    free = root_with_roles(owner, 3, targets=role(owner.targets_key))
    assert client.upload(GUN, {"root": free}).status == 200
    got = client.upload(GUN, {"targets": sign(targets(2), owner.targets_key)})
    assert got.status == 200


def test_a_root_that_asks_for_more_signatures_than_it_has_keys_is_refused(
    client, owner, published
):
    before = current(client)
    root = root_with_roles(owner, 2, root=role(owner.root_key, threshold=2))
    got = client.upload(GUN, {"root": root})
    assert (got.status, got.code) == (400, "INVALID_UPDATE")
    assert current(client) == before


def test_online_roles_that_the_server_could_never_sign_are_refused(
    client, owner, published
):
    before = current(client)
    stranger = ed25519_key()
    signed = owner.root(2)
    signed["keys"] |= key_map(stranger)
    signed["roles"]["timestamp"] = role(stranger)
    got = client.upload(GUN, {"root": sign(signed, owner.root_key)})
    assert (got.status, got.code) == (400, "INVALID_UPDATE")
    assert current(client) == before


def test_online_roles_that_ask_for_more_signatures_than_keys_are_refused(
    client, owner, published
):
    before = current(client)
    for online in ("timestamp", "snapshot"):
        asks_for_two = owner.root(2)["roles"][online] | {"threshold": 2}
        root = root_with_roles(owner, 2, **{online: asks_for_two})
        got = client.upload(GUN, {"root": root})
        assert (got.status, got.code) == (400, "INVALID_UPDATE"), online
    assert current(client) == before
