"""The commands ``notary-server`` and ``notary-signer``: Go's flags, same programs.

Everything that is run is ``twistd NAME`` in the foreground; this only translates the
command line, and errors into what operators of the Go programs know. What a flag
asks for instead of running is in ``notary.tasks``.
"""

import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen
from twisted.python.usage import UsageError
from twisted.scripts._twistd_unix import ServerOptions
from twisted.scripts.twistd import runApp

from notary import tasks
from notary.backends import BackendError
from notary.flags import BadFlag, Flag, Flags, parse_flags, usage
from notary.ops.logs import JSON, RENDERERS, Fields, rfc3339
from notary.options import VERSION_LINE, BadSettings

Task = Callable[[Any, Flags], int]


@frozen
class Program:
    """A command: its flags, and the tasks of those that ask for something else.

    A task gets the program's parsed options and returns an exit code.
    """

    name: str
    flags: tuple[Flag, ...]
    tasks: Mapping[str, Task]


_COMMON = (
    Flag("bootstrap", "Make or upgrade the schema of the configured database"),
    Flag("config", "Path to configuration file", "string"),
    Flag("debug", "Serve profiles and counters on localhost:8080"),
    Flag("help", "Print this text"),
    Flag(
        "logf", 'Set the format of the logs: json or logfmt (default "json")', "string"
    ),
    Flag("version", "Print the version number"),
)
_FOR_TWISTD = ("config", "debug", "development", "logf", "worker", "workers")

SERVER = Program(
    "notary-server",
    (
        *_COMMON,
        Flag(
            "check-signer",
            "Tell step by step whether the configured signer can be used, and if not,"
            " why and what to do",
        ),
        Flag(
            "development",
            "Folder for a first try: certificates, configuration and database are"
            " made in it",
            "string",
        ),
        Flag(
            "workers",
            "How many processes serve (default: one for each processor, four at most,"
            " if the storage is mysql)",
            "number",
        ),
        Flag(
            "worker",
            "Which of them this is: the program itself says so to those it starts",
            "number",
        ),
        Flag(
            "explain-token",
            "Read a token on standard input and print every check that it has to pass",
        ),
        Flag(
            "gun",
            "What the explained token is for (default: the catalog, for /v2/)",
            "string",
        ),
        Flag(
            "actions",
            'What it is for there: pull, push,pull or * (default "pull")',
            "string",
        ),
    ),
    {
        "bootstrap": tasks.bootstrap_server,
        "check-signer": tasks.check_signer,
        "explain-token": tasks.explain_token,
    },
)
SIGNER = Program(
    "notary-signer",
    (
        *_COMMON,
        Flag(
            "reencrypt",
            "Encrypt every key of this passphrase alias anew, under"
            " storage.default_alias",
            "alias",
        ),
    ),
    {"bootstrap": tasks.bootstrap_signer, "reencrypt": tasks.reencrypt},
)


def server() -> int:
    """Run the command ``notary-server`` and return its exit code."""
    return main(SERVER, sys.argv[1:])


def signer() -> int:
    """Run the command ``notary-signer`` and return its exit code."""
    return main(SIGNER, sys.argv[1:])


def main(program: Program, arguments: Sequence[str]) -> int:
    """Run a command with these arguments and return its exit code."""
    text = usage(program.name, program.flags)
    try:
        flags = parse_flags(arguments, program.flags)
    except BadFlag as error:
        sys.stderr.write(f"{error}\n{text}")
        return 2
    if "help" in flags:
        sys.stderr.write(text)
        return 0
    if "version" in flags:
        sys.stdout.write(f"{program.name} {VERSION_LINE}\n")
        return 0
    return _run(program, flags)


def _run(program: Program, flags: Flags) -> int:
    """Do what the flags ask for; every problem is one fatal log line."""
    options = ServerOptions()
    try:
        options.parseOptions(_for_twistd(program, flags))
        for name, task in program.tasks.items():
            if name in flags:
                return task(options.subOptions, flags)
        runApp(options)
    except BadSettings as error:
        return _fatal(flags, error.problems)
    except (UsageError, BackendError) as error:
        return _fatal(flags, [str(error)])
    except BrokenPipeError:
        # Whoever read our output has had enough; what is left has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except SystemExit as end:
        return _fatal(flags, [end.code]) if isinstance(end.code, str) else end.code or 0
    return 0


def _for_twistd(program: Program, flags: Flags) -> list[str]:
    given = [
        f"--{name}={value}"
        for name, value in flags.values.items()
        if name in _FOR_TWISTD
    ]
    switches = [f"--{name}" for name in flags.switches if name in _FOR_TWISTD]
    return ["--nodaemon", "--pidfile=", program.name, *given, *switches]


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


if __name__ == "__main__":
    # How the server starts its workers.
    sys.exit(server())
