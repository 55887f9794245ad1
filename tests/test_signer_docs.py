"""docs/signer.md is true: its keys, its messages and its commands exist."""

import re

import pytest

from notary.command import SERVER, SIGNER
from notary.settings.check import SERVER_KEYS
from notary.settings.signer import SIGNER_KEYS
from tests.pages import Page, texts_of_the_program, unknown_pieces

PAGE = Page("signer.md")
TRUST_KEYS = [key for key in SERVER_KEYS.scalars if key.startswith("trust_service.")]


@pytest.mark.parametrize("key", [*SIGNER_KEYS.scalars, *TRUST_KEYS])
def test_every_key_of_the_configuration_is_explained(key):
    assert [cell for cell in PAGE.first_cells("Configuration") if f"`{key}`" in cell]


@pytest.mark.parametrize(
    "heading", ["Certificates", "Changing the passphrase of the keys"]
)
def test_every_message_that_is_explained_exists(heading):
    known = texts_of_the_program()
    messages = [cell for cell in PAGE.first_cells(heading) if " " in cell]
    messages = [each for each in messages if "`, `" not in each]
    assert len(messages) > 3
    assert [each for each in messages if unknown_pieces(each, known)] == []


@pytest.mark.parametrize("program", [SERVER, SIGNER], ids=lambda each: each.name)
def test_every_flag_of_a_command_exists(program):
    lines = re.findall(rf"^ *{program.name} (.*)$", PAGE.text, re.M)
    given = {f for line in lines for f in re.findall(r"(?:^| )-([a-z-]+)", line)}
    assert given
    assert given <= {flag.name for flag in program.flags}
