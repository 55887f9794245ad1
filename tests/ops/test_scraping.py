"""Metrics as a real Prometheus gets them from both programs, and what is made of them.

The alerts and the dashboard may only ask for what there is, and the documentation
must have all of it.
"""

import json
import re
import subprocess

import pytest

from notary.ops.metrics import Metrics
from tests.ops.pages import families, samples
from tests.ops.scraping import (
    DEADLINE_SECONDS,
    GUN,
    RULES,
    ask,
    both_programs,
    prometheus,
    until,
)
from tests.pages import PROJECT, Page

UNIT_TESTS = PROJECT / "tests/ops/prometheus/notary-rules-test.yml"
DASHBOARD = PROJECT / "etc/grafana/notary.json"
SUMMARIES = (
    "request_duration_microseconds",
    "request_size_bytes",
    "response_size_bytes",
)
OF_GO = {
    "notary_server_http_requests_total": "counter",
    **{f"notary_server_http_{name}": "summary" for name in SUMMARIES},
    **{f"http_{name}": "summary" for name in SUMMARIES},
    "process_cpu_seconds_total": "counter",
    "process_max_fds": "gauge",
    "process_open_fds": "gauge",
    "process_resident_memory_bytes": "gauge",
    "process_start_time_seconds": "gauge",
    "process_virtual_memory_bytes": "gauge",
}
LINT = {
    f'{name} use base unit "seconds" instead of "microseconds"'
    for name in OF_GO
    if name.endswith("_microseconds")
} | {'notary_certificate_expiry_days use base unit "seconds" instead of "days"'}


@pytest.fixture(scope="module")
def programs(tmp_path_factory):
    with both_programs(tmp_path_factory.mktemp("programs")) as found:
        yield found


@pytest.fixture(scope="module")
def pages(programs):
    return programs.pages()


def types(page):
    """Return the type of each metric, by the name that Prometheus knows."""
    return dict(re.findall(r"^# TYPE (\S+) (\S+)$", page, re.M))


def all_types(pages):
    several = Metrics()
    several.watch_workers(())
    of_workers = types(several.page().decode())
    return types(pages["server"]) | types(pages["signer"]) | of_workers


def promtool(*arguments, text=""):
    return subprocess.run(
        ["promtool", *map(str, arguments)],
        input=text,
        capture_output=True,
        text=True,
        timeout=DEADLINE_SECONDS,
        check=False,
    )


@pytest.mark.parametrize("program", ["server", "signer"])
def test_promtool_complains_only_about_units_of_the_go_server_and_days(pages, program):
    done = promtool("check", "metrics", text=pages[program])
    assert set((done.stdout + done.stderr).splitlines()) <= LINT


def test_what_the_go_server_shows_is_there_with_its_types(pages):
    found = types(pages["server"])
    assert {name: found.get(name) for name in OF_GO} == OF_GO


def test_labels_are_those_of_the_go_server(pages):
    (family,) = (
        each
        for name, each in families(pages["server"]).items()
        if name == "notary_server_http_requests"
    )
    labels = [sample.labels for sample in family.samples]
    assert {"operation": "UpdateTUF", "method": "post", "code": "400"} in labels
    assert all(each.keys() == {"operation", "method", "code"} for each in labels)


@pytest.mark.parametrize("program", ["server", "signer"])
def test_no_page_names_a_repository_or_a_key(pages, program):
    page = pages[program]
    assert GUN not in page
    assert "example.com" not in page
    assert not re.search(r"\bgun=|[0-9a-f]{64}", page)


def test_what_was_done_was_counted(pages):
    found = samples(pages["server"])
    assert found[("notary_publishes_total",)] == 1
    assert found[("notary_http_requests_in_flight",)] == 0
    assert found[("notary_signer_up",)] == found[("notary_storage_up",)] == 1
    calls = "notary_signing_call_duration_seconds_count"
    assert found[calls, "sign", "ok", "https"] == 2
    assert found["notary_metadata_expiring", "root", "90"] == 0
    assert found["http_request_duration_microseconds_count", "prometheus"] >= 1


def test_the_signer_counts_what_it_was_asked(pages):
    found = samples(pages["signer"])
    calls = "notary_signing_call_duration_seconds_count"
    assert found[calls, "sign", "ok", "https"] == 2
    assert found["notary_keys_created_total", "ecdsa"] == 1
    assert found[("notary_storage_up",)] == 1


def test_every_certificate_in_use_has_its_days(pages):
    def days(program):
        return {
            key[1]: value
            for key, value in samples(pages[program]).items()
            if key[0] == "notary_certificate_expiry_days"
        }

    server, signer = days("server"), days("signer")
    assert server.keys() == {"client", "signer_ca"}
    assert signer.keys() == {"server", "client_ca"}
    assert all(1 < each < 3 for each in (*server.values(), *signer.values()))


def test_every_metric_is_documented_and_nothing_else(pages):
    cells = re.findall(
        r"^\| (`.*?`) \| (?:counter|gauge|hist|summ)", Page("metrics.md").text, re.M
    )
    documented = set(re.findall(r"`(\w+)`", " ".join(cells)))
    assert documented == set(all_types(pages))


def test_the_dashboard_asks_only_for_what_there_is(pages):
    dashboard = json.loads(DASHBOARD.read_text())
    queries = [
        target["expr"]
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    ]
    queries += [each["query"] for each in dashboard["templating"]["list"]]
    assert len(queries) > 20
    assert named(" ".join(queries)) <= known(pages)


def test_the_alerts_ask_only_for_what_there_is(pages):
    expressions = re.sub(r"alert: .*|docs/.*|group.*|name: .*", "", RULES.read_text())
    assert named(expressions) <= known(pages)


def named(text):
    return set(re.findall(r"\b(?:notary|process|http|python)_\w+", text))


def known(pages):
    found = all_types(pages)
    histograms = [name for name, type_ in found.items() if type_ == "histogram"]
    parts = {f"{name}_{part}" for name in histograms for part in ("bucket", "count")}
    return found.keys() | parts


def test_every_alert_says_how_bad_it_is_and_what_it_is_about():
    text = RULES.read_text()
    names = re.findall(r"- alert: (\w+)", text)
    for part in ("severity: (?:critical|warning)", 'summary: "', 'description: "'):
        assert len(re.findall(part, text)) == len(names)


def test_promtool_accepts_the_alerts_and_the_example_of_a_configuration():
    for arguments in (("rules", RULES), ("config", RULES.with_name("prometheus.yml"))):
        done = promtool("check", *arguments)
        assert done.returncode == 0, done


def test_the_alerts_fire_when_they_should_and_only_then():
    done = promtool("test", "rules", UNIT_TESTS)
    assert done.returncode == 0, done
    tested = UNIT_TESTS.read_text()
    for name in re.findall(r"- alert: (\w+)", RULES.read_text()):
        assert f'alertname="{name}"' in tested


def test_a_real_prometheus_scrapes_both_programs_and_knows_the_alerts(
    programs, tmp_path
):
    with prometheus(tmp_path / "prometheus", programs) as api:

        def value(query):
            found = ask(api, "query", query=query).get("result", ())
            return [each["value"][1] for each in found]

        until(lambda: value("sum(up)") == ["2"])
        assert value("sum(notary_publishes_total)") == ["1"]
        quantile = 'notary_server_http_request_size_bytes{quantile="0.5"}'
        assert "NaN" in value(quantile)
        assert value("count(notary_build_info)") == ["2"]
        groups = ask(api, "rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert len(rules) == RULES.read_text().count("- alert:")
        until(lambda: evaluated(ask(api, "rules")["groups"]))
        assert {
            each["labels"]["alertname"] for each in ask(api, "alerts")["alerts"]
        } <= {"NotaryCertificateExpires"}


def evaluated(groups):
    return all(rule["health"] == "ok" for group in groups for rule in group["rules"])
