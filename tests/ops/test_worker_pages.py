"""Pages of metrics become one that Prometheus reads."""

import subprocess

from prometheus_client.parser import text_string_to_metric_families

from notary.ops.metrics import Metrics
from notary.ops.worker_pages import labelled, merged


def page_of(failures):
    """Return the page of a program that has refused so many tokens."""
    metrics = Metrics()
    metrics.show_build("notary-server", "1")
    metrics.requests()
    metrics.observe_query('a "b" {c}, \\d\ne', 0.1, "error", 0)
    count = metrics.count_token_failures(["expiry"])
    for _ in range(failures):
        count("expiry")
    return metrics.page()


def samples(page):
    return [
        sample
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    ]


def test_every_sample_is_there_with_the_number_of_its_worker():
    own, pages = page_of(0), {1: page_of(1), 2: page_of(2)}
    found = samples(merged(own, pages))
    assert len(found) == sum(len(samples(each)) for each in (own, *pages.values()))
    counted = {
        each.labels.get("worker"): each.value
        for each in found
        if each.name == "notary_token_failures_total"
    }
    assert counted == {None: 0, "1": 1, "2": 2}


def test_labels_and_values_stay_as_they_were():
    alone = samples(page := page_of(3))
    found = samples(labelled(page, 7))
    assert alone
    for before, after in zip(alone, found, strict=True):
        assert after.labels == {**before.labels, "worker": "7"}
        assert (after.name, str(after.value)) == (before.name, str(before.value))


def test_each_family_is_there_once_and_promtool_finds_no_fault():
    page = merged(page_of(0), {1: page_of(1), 2: page_of(2)})
    types = [line for line in page.splitlines() if line.startswith(b"# TYPE ")]
    assert len(types) == len(set(types))
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=page, capture_output=True, check=False
    )
    faults = checked.stderr.decode() + checked.stdout.decode()
    # The Go server's own names are not what promtool would choose.
    assert [line for line in faults.splitlines() if "use base unit" not in line] == []
