"""The ``notary-server`` command: Go's flags, then the same program as with twistd.

Everything that is run is ``twistd notary-server`` in the foreground; this only
translates the command line, and errors into what operators of the Go server know.
"""

import sys
import time
from collections.abc import Mapping, Sequence

from attrs import field, frozen
from twisted.python.usage import UsageError
from twisted.scripts._twistd_unix import ServerOptions
from twisted.scripts.twistd import runApp

from notary.backends import BackendError, bootstrap
from notary.ops.logs import JSON, RENDERERS, Fields, rfc3339
from notary.options import VERSION_LINE, BadSettings

NAME = "notary-server"
USAGE = f"""\
Usage of {NAME}:
  -bootstrap
    \tDo any necessary setup of configured backend storage services
  -config string
    \tPath to configuration file
  -debug
    \tWrite debug messages, whatever logging.level is
  -development string
    \tFolder for a first try: certificates, configuration and database are made in it
  -help
    \tPrint this text
  -logf string
    \tSet the format of the logs: json or logfmt (default "json")
  -version
    \tPrint the version number of {NAME}
"""
SWITCHES = ("bootstrap", "debug", "help", "h", "version")
VALUED = ("config", "development", "logf")

_TRUE = ("1", "t", "T", "true", "TRUE", "True")
_FALSE = ("0", "f", "F", "false", "FALSE", "False")


class BadFlag(Exception):
    """The command line is not understood; the message says what is wrong."""


@frozen
class Flags:
    """What the command line asks for; what was not given is absent."""

    switches: frozenset[str] = frozenset()
    values: Mapping[str, str] = field(factory=dict)


def parse_flags(arguments: Sequence[str]) -> Flags:
    """Read flags as Go's ``flag`` package does: one dash or two, ``=`` or a space."""
    switches: dict[str, bool] = {}
    values: dict[str, str] = {}
    left = list(arguments)
    while left and left[0].startswith("-") and left[0] not in ("-", "--"):
        given = left.pop(0)
        name, equals, value = given[2 if given.startswith("--") else 1 :].partition("=")
        if name in SWITCHES:
            switches[name] = _switch(name, value if equals else "true")
        elif name not in VALUED:
            raise BadFlag(f"flag provided but not defined: -{name}")
        elif equals:
            values[name] = value
        elif left:
            values[name] = left.pop(0)
        else:
            raise BadFlag(f"flag needs an argument: -{name}")
    return Flags(frozenset(name for name in switches if switches[name]), values)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    try:
        flags = parse_flags(sys.argv[1:] if arguments is None else arguments)
    except BadFlag as error:
        sys.stderr.write(f"{error}\n{USAGE}")
        return 2
    if flags.switches & {"help", "h"}:
        sys.stderr.write(USAGE)
        return 0
    if "version" in flags.switches:
        sys.stdout.write(f"{NAME} {VERSION_LINE}\n")
        return 0
    return _run(flags)


def _run(flags: Flags) -> int:
    """Run the server until it is stopped; every problem is one fatal log line."""
    options = ServerOptions()
    try:
        options.parseOptions(_for_twistd(flags))
        if "bootstrap" in flags.switches:
            sys.stdout.write(bootstrap(options.subOptions.settings) + "\n")
            return 0
        runApp(options)
    except BadSettings as error:
        return _fatal(flags, error.problems)
    except (UsageError, BackendError) as error:
        return _fatal(flags, [str(error)])
    except SystemExit as end:
        return _fatal(flags, [end.code]) if isinstance(end.code, str) else end.code or 0
    return 0


def _for_twistd(flags: Flags) -> list[str]:
    arguments = ["--nodaemon", "--pidfile=", NAME]
    arguments += [f"--{name}={value}" for name, value in flags.values.items()]
    if "debug" in flags.switches:
        arguments.append("--debug")
    return arguments


def _fatal(flags: Flags, problems: Sequence[str]) -> int:
    render = RENDERERS.get(flags.values.get("logf", JSON), RENDERERS[JSON])
    for problem in problems:
        fields: Fields = {
            "level": "fatal",
            "msg": problem,
            "time": rfc3339(time.time()),
        }
        sys.stderr.write(render(fields) + "\n")
    return 1


def _switch(name: str, value: str) -> bool:
    if value in _TRUE or value in _FALSE:
        return value in _TRUE
    raise BadFlag(f"invalid boolean value {value!a} for -{name}")
