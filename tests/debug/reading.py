"""Profiles as pprof's own tool and the format's messages read them."""

import gzip
import subprocess
from pathlib import Path

from notary.debug.proto import profile_pb2
from tests.running import environment


def decoded(body: bytes) -> profile_pb2.Profile:
    """Return the message of a profile."""
    return profile_pb2.Profile.FromString(gzip.decompress(body))


def stacks(message: profile_pb2.Profile) -> dict[tuple[str, ...], list[int]]:
    """Return the values by the names of the functions, innermost first."""
    texts = message.string_table
    functions = {each.id: texts[each.name] for each in message.function}
    names = {each.id: functions[each.line[0].function_id] for each in message.location}
    return {
        tuple(names[location] for location in sample.location_id): list(sample.value)
        for sample in message.sample
    }


def functions(message: profile_pb2.Profile) -> set[str]:
    """Return the names of all functions in a profile."""
    return {message.string_table[each.name] for each in message.function}


def pprof(source: str, folder: Path, *options: str) -> str:
    """Return what ``go tool pprof -top`` prints about a file or an address."""
    done = subprocess.run(
        ["go", "tool", "pprof", "-top", *options, source],
        cwd=folder,
        env=environment(PPROF_TMPDIR=str(folder), HOME=str(folder)),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
