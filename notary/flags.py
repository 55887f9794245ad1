"""The command lines of Go programs: one dash or two, ``=`` or a space.

Which flags a program has is said in one table, from which its usage is made, too.
"""

from collections.abc import Mapping, Sequence

from attrs import field, frozen

ALIASES = {"h": "help"}

_TRUE = ("1", "t", "T", "true", "TRUE", "True")
_FALSE = ("0", "f", "F", "false", "FALSE", "False")


class BadFlag(Exception):
    """The command line is not understood; the message says what is wrong."""


@frozen
class Flag:
    """One flag: a switch, unless ``value`` says what kind of value it takes."""

    name: str
    text: str
    value: str = ""


@frozen
class Flags:
    """What the command line asks for; what was not given is absent."""

    switches: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(factory=dict)

    def __contains__(self, name: object) -> bool:
        """Tell whether a flag was given, as a switch or with a value."""
        return name in self.switches or name in self.values


def parse_flags(arguments: Sequence[str], known: Sequence[Flag]) -> Flags:
    """Read flags as Go's ``flag`` package does, or raise ``BadFlag``."""
    kinds = {flag.name: flag.value for flag in known}
    switches: dict[str, bool] = {}
    values: dict[str, str] = {}
    left = list(arguments)
    while left and left[0].startswith("-") and left[0] not in ("-", "--"):
        given = left.pop(0)
        name, equals, value = given[2 if given.startswith("--") else 1 :].partition("=")
        name = ALIASES.get(name, name)
        if name not in kinds:
            raise BadFlag(f"flag provided but not defined: -{name}")
        if not kinds[name]:
            switches[name] = _switch(name, value if equals else "true")
        elif equals:
            values[name] = value
        elif left:
            values[name] = left.pop(0)
        else:
            raise BadFlag(f"flag needs an argument: -{name}")
    return Flags(frozenset(name for name in switches if switches[name]), values)


def usage(program: str, known: Sequence[Flag]) -> str:
    """Return the text that lists the flags of a program."""
    lines = [f"Usage of {program}:"]
    for flag in sorted(known, key=lambda flag: flag.name):
        lines += [f"  -{flag.name} {flag.value}".rstrip(), f"    \t{flag.text}"]
    return "\n".join(lines) + "\n"


def _switch(name: str, value: str) -> bool:
    if value in _TRUE or value in _FALSE:
        return value in _TRUE
    raise BadFlag(f"invalid boolean value {value!a} for -{name}")
