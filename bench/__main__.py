"""The command line: ``bash bench/run [--quick] [--only NAME,...] [--report]``."""

import argparse
import resource
import signal
import sys

from bench import plots, report, results
from bench.compare import FULL, QUICK, Comparison, Record
from bench.content import Author
from bench.generators import LoadFailed
from bench.lab import open_lab
from bench.profiling import profile
from bench.programs import NotStarted
from bench.stock import Stock
from bench.summary import lines
from bench.workloads import WORKLOADS, Workload


def main() -> int:
    """Measure what was asked for, and write what came of it."""
    arguments = _arguments()
    if arguments.profile:
        return _profile(arguments)
    failed = [] if arguments.report else _measure(arguments)
    if not arguments.quick:
        machine, measured = results.last(results.FOLDER)
        report.write(report.PAGE, machine, measured)
        plots.draw(report.PAGE.parent, measured)
    return int(bool(failed))


def _measure(arguments: argparse.Namespace) -> list[str]:
    """Tell each workload's outcome at once, and keep every record.

    Return the names of those that could not be measured.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    kept = results.Results(arguments.quick, sys.argv[1:])
    effort = QUICK if arguments.quick else FULL
    chosen, failed = _chosen(arguments.only), []
    with open_lab() as lab:
        comparison = Comparison(Stock(lab, Author(lab.online_key())), effort)
        for workload in chosen:
            records: list[Record] = []
            try:
                for record in comparison.measured(workload):
                    kept.keep(record)
                    records.append(record)
            except (LoadFailed, NotStarted) as error:
                failed.append(workload.name)
                print(f"{workload.name}: {error}", file=sys.stderr)  # noqa: T201
            print("\n".join(lines(workload, records)), flush=True)  # noqa: T201
    return failed


def _profile(arguments: argparse.Namespace) -> int:
    chosen = _chosen(arguments.only)
    with open_lab() as lab:
        stock = Stock(lab, Author(lab.online_key()))
        for workload in chosen:
            print(profile(stock, workload), flush=True)  # noqa: T201
    return 0


def _chosen(only: str) -> list[Workload]:
    names = [name for name in only.split(",") if name]
    known = {workload.name: workload for workload in WORKLOADS}
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"unknown: {', '.join(unknown)}; there are {', '.join(known)}")
    return [known[name] for name in names] or list(WORKLOADS)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bash bench/run", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter, fewer runs")
    parser.add_argument("--only", default="", help="names of workloads, with commas")
    parser.add_argument(
        "--report", action="store_true", help="only write docs/performance.md again"
    )
    parser.add_argument(
        "--profile", action="store_true", help="show where the time of ours goes"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
