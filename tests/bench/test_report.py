"""The comparison with the Go server: its table is complete, and the page is made.

No load is made here: records are made up.
"""

import json

import pytest

from bench import report, results
from bench.lab import GO, OURS
from bench.summary import figures, lines
from bench.workloads import BOTH, WORKLOADS

FLOORS = {
    "timestamp-1": 4.0,
    "timestamp-50": 3.0,
    "timestamp-10000": 3.0,
    "snapshot": 3.0,
    "targets-5": 3.0,
    "targets-1000": 1.5,
    "checksum": 1.0,
    "connect": 1.1,
    "connect-resumed": 1.1,
    "unknown": 1.5,
    "mix": 1.0,
    "publish-8": 1.5,
    "publish-1": 1.0,
}
PAGE = f"written by hand\n{report.BEGIN}\nold\n{report.END}\nthis, too\n"


def record(workload, side, speed, rate=0.0, **changes):
    return {
        "workload": workload,
        "side": side,
        "rate": rate,
        "operations": speed,
        "requests": speed,
        "seconds": 1.0,
        "failures": 0,
        "failure": "",
        "p50": 1.0,
        "p99": 2.0,
        "server_cpu": 0.5,
        "signer_cpu": 0.0,
        "database_cpu": 0.25,
        "memory": [20480, 40960],
        "statements": {"Questions": 2 * speed, "Com_stmt_prepare": speed},
        "died": False,
        **changes,
    }


def both(workload, go, ours, **changes):
    return [record(workload, GO, go), record(workload, OURS, ours, **changes)]


def written(folder, measured):
    page = folder / "performance.md"
    page.write_text(PAGE)
    report.write(page, {"date": "today"}, measured)
    return page.read_text()


def row(page, start):
    return next(line for line in page.splitlines() if line.startswith(f"| {start} |"))


def test_every_floor_of_the_issue_is_a_row():
    assert {row.name: row.floor for row in WORKLOADS if row.floor} == FLOORS


def test_every_row_with_a_floor_is_measured_on_both_servers():
    assert {row.sides for row in WORKLOADS if row.floor} == {BOTH}


def test_no_two_workloads_have_the_same_name():
    assert len({row.name for row in WORKLOADS}) == len(WORKLOADS)


def test_every_curve_rises_along_its_axis():
    assert report.curves()
    for rows in report.curves().values():
        places = [row.x for row in rows]
        assert places == sorted(set(places))


def test_a_ratio_is_that_of_the_medians_of_the_runs():
    runs = [record("mix", GO, speed) for speed in (100, 300, 200)]
    assert figures(runs, GO).speed == 200


def test_runs_of_which_the_server_died_do_not_count_but_are_told():
    runs = [record("mix", GO, 100), record("mix", GO, 9000, died=True)]
    assert (figures(runs, GO).speed, figures(runs, GO).deaths) == (100, 1)


def test_what_was_not_measured_has_no_figures():
    assert figures([record("mix", GO, 100)], OURS) is None


def test_statements_are_counted_for_each_request():
    assert figures([record("mix", GO, 50)], GO).statements == 3


@pytest.mark.parametrize(("speed", "said"), [(299, "**no**"), (300, "yes")])
def test_the_page_tells_which_floors_are_reached(tmp_path, speed, said):
    page = written(tmp_path, {"snapshot": both("snapshot", 100, speed)})
    assert f"| 3 | {said} |" in row(page, "snapshot.json")


@pytest.mark.parametrize(("p99", "said"), [(2.0, "yes"), (2.1, "**no**")])
def test_the_page_tells_whose_latency_is_higher_at_equal_load(tmp_path, p99, said):
    paced = [
        record("mix", GO, 60, rate=60.0),
        record("mix", OURS, 60, rate=60.0, p99=p99),
    ]
    page = written(tmp_path, {"mix": both("mix", 100, 100) + paced})
    assert row(page, "95 % pulls, 5 % publishes, as the client makes them").endswith(
        f"| {said} |"
    )


@pytest.mark.parametrize(("memory", "said"), [(100, "yes"), (130, "**no**")])
def test_the_page_tells_whether_a_process_has_too_much_memory(tmp_path, memory, said):
    records = both("mix", 100, 100, memory=[10, memory * 1024])
    page = written(tmp_path, {"mix": records})
    assert f"Under 120 MiB for each process of ours: {said}." in page


def test_what_is_written_by_hand_stays(tmp_path):
    page = written(tmp_path, {})
    assert page.startswith("written by hand\n")
    assert page.endswith("\nthis, too\n")
    assert "old" not in page


def test_every_curve_has_its_figures_in_the_page(tmp_path):
    measured = {name: both(name, 100, 200) for name in ("idle-0", "idle-5000")}
    page = written(tmp_path, measured)
    assert "| ours | 200 |  |  | 200 |" in page


def test_the_outcome_of_a_workload_is_told_with_its_floor():
    workload = next(row for row in WORKLOADS if row.name == "mix")
    *_, last = lines(workload, both("mix", 100, 150))
    assert last == "  ratio 1.50 (at least 1), by processor 1.50"


def test_the_last_full_run_of_each_workload_counts(tmp_path):
    for number, (quick, speed) in enumerate(((False, 100), (False, 200), (True, 300))):
        head = {"machine": {"speed": speed}, "quick": quick}
        kept = json.dumps(head), json.dumps(record("mix", GO, speed))
        (tmp_path / f"{number}.jsonl").write_text("\n".join(kept))
    machine, measured = results.last(tmp_path)
    assert machine == {"speed": 200}
    assert [run["operations"] for run in measured["mix"]] == [200]
