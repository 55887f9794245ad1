"""Profiles in the form that pprof reads."""

from attrs import evolve

from notary.debug.profile import Kind, Profile, encode
from notary.debug.stacks import Place
from tests.debug.reading import decoded, pprof, stacks

OUTER = Place("a.outer", "/a.py", 1, 4)
INNER = Place("a.outer.<locals>.inner", "/a.py", 2, 3)
PROFILE = Profile(
    kinds=(Kind("samples", "count"), Kind("cpu", "nanoseconds")),
    samples={(INNER, OUTER): [2, 30_000_000], (OUTER,): [1, 10_000_000]},
    period=Kind("cpu", "nanoseconds"),
    period_value=10_000_000,
    began_ns=1_700_000_000_000_000_000,
    duration_ns=1_000_000_000,
    comment="for a test",
)


def test_stacks_and_numbers_are_kept():
    assert stacks(decoded(encode(PROFILE, "prog"))) == {
        ("a.outer.<locals>.inner", "a.outer"): [2, 30_000_000],
        ("a.outer",): [1, 10_000_000],
    }


def test_what_is_said_twice_is_written_once():
    message = decoded(encode(PROFILE, "prog"))
    assert len(message.string_table) == len(set(message.string_table))
    assert message.string_table[0] == ""
    assert (len(message.function), len(message.location)) == (2, 2)


def test_two_lines_of_a_function_are_two_places_in_one_function():
    samples = {(OUTER,): [1, 1], (OUTER._replace(line=5),): [1, 1]}
    message = decoded(encode(evolve(PROFILE, samples=samples), "prog"))
    assert (len(message.function), len(message.location)) == (1, 2)


def test_a_name_that_is_no_text_does_not_matter():
    odd = OUTER._replace(filename="/\udcff.py")
    message = decoded(encode(evolve(PROFILE, samples={(odd,): [1, 1]}), "prog"))
    assert "/?.py" in message.string_table


def test_pprof_prints_a_profile(tmp_path):
    (tmp_path / "p").write_bytes(encode(PROFILE, "prog"))
    lines = [line.split() for line in pprof("p", tmp_path, "-cum").splitlines()]
    assert ["File:", "prog"] in lines
    assert ["for", "a", "test"] in lines
    assert lines[-2:] == [
        ["10ms", "25.00%", "25.00%", "40ms", "100%", "a.outer"],
        ["30ms", "75.00%", "100%", "30ms", "75.00%", "a.outer.<locals>.inner"],
    ]


def test_pprof_prints_a_profile_without_samples(tmp_path):
    (tmp_path / "p").write_bytes(encode(evolve(PROFILE, samples={}), "prog"))
    assert "0 total" in pprof("p", tmp_path)
