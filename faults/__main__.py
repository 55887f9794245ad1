"""The command: injects faults one after the other, and writes what they cost."""

import argparse
import json
import random
import sys
from pathlib import Path
from typing import Any

import attrs

from faults import report
from faults.table import FAULTS, run, run_million

_MILLION = "million"
_RESULTS = Path(__file__).with_name("results.jsonl")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bash faults/run", description=__doc__)
    parser.add_argument("--only", action="append", choices=[*FAULTS, _MILLION])
    parser.add_argument("--quick", action="store_true", help="only a few of each")
    seed = random.SystemRandom().randrange(10**9)
    parser.add_argument("--seed", type=int, default=seed, help="repeats a run")
    parser.add_argument("--report", action="store_true", help="only write the page")
    return parser.parse_args()


def main() -> int:
    """Run what is asked for; return 1 if a promise was broken."""
    arguments = _arguments()
    if arguments.report:
        report.write(_RESULTS)
        return 0
    broken = []
    for name in arguments.only or [*FAULTS, _MILLION]:
        sys.stderr.write(f"{name}, seed {arguments.seed}\n")
        if not _done(name, arguments):
            broken.append(name)
    if broken:
        sys.stderr.write(f"broken: {', '.join(broken)}\n")
    return 1 if broken else 0


def _done(name: str, arguments: argparse.Namespace) -> bool:
    """Run one, keep what came of it, and return whether that is as it must be."""
    quick, seed = arguments.quick, arguments.seed
    results: list[dict[str, Any]]
    if name == _MILLION:
        results = run_million(seed, quick=quick)
        is_good = not any(result["broken"] for result in results)
    else:
        result = run(FAULTS[name], seed, quick=quick)
        results, is_good = [attrs.asdict(result)], result.is_kept
    lines = "".join(f"{json.dumps(each)}\n" for each in results)
    sys.stdout.write(lines)
    sys.stdout.flush()
    if not quick:
        with _RESULTS.open("a") as kept:
            kept.write(lines)
        report.write(_RESULTS)
    return is_good


if __name__ == "__main__":
    sys.exit(main())
