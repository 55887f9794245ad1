"""Command lines are read as Go's ``flag`` package reads them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notary.flags import BadFlag, Flag, Flags, parse_flags, usage

KNOWN = (
    Flag("debug", "Say more"),
    Flag("help", "Print this text"),
    Flag("config", "Path to the file", "string"),
    Flag("logf", "Format of the log", "string"),
)


@pytest.mark.parametrize(
    ("arguments", "values", "switches"),
    [
        (["-config=a", "-debug"], {"config": "a"}, {"debug"}),
        (["--config", "a", "--logf=logfmt"], {"config": "a", "logf": "logfmt"}, ()),
        (["-debug=false", "-config", "-x"], {"config": "-x"}, ()),
        (["-config", "a", "-config", "b"], {"config": "b"}, ()),
        (["-debug", "rest", "-nope"], {}, {"debug"}),
        (["--", "-nope"], {}, ()),
        (["-h"], {}, {"help"}),
    ],
)
def test_flags_are_read_as_go_reads_them(arguments, values, switches):
    assert parse_flags(arguments, KNOWN) == Flags(frozenset(switches), values)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["-nope"], "flag provided but not defined: -nope"),
        (["---config=a"], "flag provided but not defined: --config"),
        (["-config"], "flag needs an argument: -config"),
        (["-debug=maybe"], "invalid boolean value 'maybe' for -debug"),
    ],
)
def test_a_wrong_flag_is_named(arguments, problem):
    with pytest.raises(BadFlag) as caught:
        parse_flags(arguments, KNOWN)
    assert str(caught.value) == problem


@given(st.lists(st.text(max_size=12) | st.from_regex(r"--?[a-z]*(=.*)?"), max_size=4))
def test_no_command_line_raises_anything_but_a_bad_flag(arguments):
    with contextlib.suppress(BadFlag):
        parse_flags(arguments, KNOWN)


def test_the_usage_lists_every_flag_with_the_kind_of_its_value():
    assert usage("prog", KNOWN).splitlines() == [
        "Usage of prog:",
        "  -config string",
        "    \tPath to the file",
        "  -debug",
        "    \tSay more",
        "  -help",
        "    \tPrint this text",
        "  -logf string",
        "    \tFormat of the log",
    ]
