"""Role names: which exist, and how they hang together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.tuf import names
from tests import recorded

each_in_go = pytest.mark.parametrize(
    "item", recorded.golib("roles.json"), ids=lambda item: repr(item["name"][:40])
)
SEGMENT = st.from_regex(r"[-a-z0-9_]{1,9}", fullmatch=True)
DELEGATIONS = st.lists(SEGMENT, min_size=1, max_size=5).map(
    lambda parts: "/".join(["targets", *parts])
)


@each_in_go
def test_a_name_is_a_role_or_a_delegation_exactly_if_go_says_so(item):
    assert names.is_role(item["name"]) is item["valid"]
    assert names.is_delegation(item["name"]) is item["delegation"]


@pytest.mark.parametrize(
    "item", [item for item in recorded.golib("roles.json") if item["delegation"]]
)
def test_the_parent_of_a_delegation_is_the_one_go_names(item):
    assert names.parent(item["name"]) == item["parent"]


def test_a_name_may_have_255_characters_but_not_256():
    longest = "targets/" + "a" * 247
    assert names.is_role(longest)
    assert not names.is_role(longest + "a")


def test_only_targets_and_delegations_are_targets_files():
    files = [role for role in (*names.BASE_ROLES, "targets/a") if _is_file(role)]
    assert files == ["targets", "targets/a"]


def _is_file(role: str) -> bool:
    return names.is_targets_file(role)


def test_the_ancestors_lead_from_targets_down_to_the_parent():
    assert names.ancestors("targets/a/b/c") == ["targets", "targets/a", "targets/a/b"]
    assert names.ancestors("targets") == []


def test_roots_come_first_and_parents_before_their_children():
    roles = ["targets/b/a", "targets/a", "targets", "targets/b", "root"]
    expected = ["root", "targets", "targets/a", "targets/b", "targets/b/a"]
    assert sorted(roles, key=names.parents_first) == expected


@given(st.lists(DELEGATIONS, max_size=3))
def test_every_ancestor_of_a_delegation_sorts_before_it(roles):
    for role in roles:
        above = names.ancestors(role)
        assert above[-1] == names.parent(role)
        assert sorted([role, *above], key=names.parents_first) == [*above, role]


@given(st.text())
def test_any_text_is_a_role_or_not(text):
    if names.is_role(text):
        assert text in names.BASE_ROLES or text.startswith("targets/")
        assert text.isascii()
