"""The page for Prometheus."""

from prometheus_client.parser import text_string_to_metric_families

from notary.ops.metrics import Metrics
from notary.server.cache import Counts


def samples(metrics: Metrics) -> dict[tuple, float]:
    """Return the value of each sample by its name and its labels."""
    families = text_string_to_metric_families(metrics.page().decode())
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
    }


def test_queries_are_counted_and_timed_by_name():
    metrics = Metrics()
    for seconds in (0.25, 0.5):
        metrics.observe_query("present", seconds, None, 0)
    found = samples(metrics)
    assert found["notary_database_query_seconds_count", "present"] == 2
    assert found["notary_database_query_seconds_sum", "present"] == 0.75


def test_failures_are_counted_by_the_error_of_the_database():
    metrics = Metrics()
    metrics.observe_query("write", 1, "1213 ER_LOCK_DEADLOCK", 0)
    metrics.observe_query("write", 1, None, 1)
    found = samples(metrics)
    errors = "notary_database_query_errors_total"
    assert found[errors, "1213 ER_LOCK_DEADLOCK", "write"] == 1
    assert found["notary_database_transaction_retries_total", "write"] == 1
    assert found["notary_database_transaction_retries_total", "read"] == 0


def test_statements_of_a_repeated_transaction_are_no_retries_themselves():
    metrics = Metrics()
    metrics.observe_query("insert_file", 1, None, 3)
    assert "insert_file" not in {
        key[1] for key in samples(metrics) if "retries" in key[0]
    }


def test_the_pool_is_asked_at_each_scrape():
    metrics, running = Metrics(), {"read": 1, "write": 0}
    metrics.watch_pool(lambda: running)
    assert samples(metrics)["notary_database_transactions", "read"] == 1
    running["read"] = 7
    assert samples(metrics)["notary_database_transactions", "read"] == 7


def test_what_is_kept_in_memory_is_asked_for_at_each_scrape():
    metrics, counts = Metrics(), Counts(hits=1)
    metrics.watch_files(lambda: counts)
    assert samples(metrics)["notary_file_cache_hits_total",] == 1
    counts.misses, counts.evictions, counts.size = 2, 3, 4
    found = samples(metrics)
    assert found["notary_file_cache_misses_total",] == 2
    assert found["notary_file_cache_evictions_total",] == 3
    assert found["notary_file_cache_bytes",] == 4


def test_two_programs_in_one_process_do_not_share_their_counts():
    first, second = Metrics(), Metrics()
    first.observe_query("present", 1, None, 0)
    assert ("notary_database_query_seconds_count", "present") not in samples(second)


def test_key_sets_and_the_log_are_asked_for_at_each_scrape():
    metrics, failing, failed = Metrics(), [1], [2]
    metrics.watch_key_sets(lambda: failing[0])
    metrics.watch_log(lambda: failed[0])
    found = samples(metrics)
    assert found["notary_token_key_sets_failing",] == 1
    assert found["notary_log_writes_failed_total",] == 2
    failing[0], failed[0] = 0, 5
    found = samples(metrics)
    assert found["notary_token_key_sets_failing",] == 0
    assert found["notary_log_writes_failed_total",] == 5


def test_refused_tokens_are_counted_by_reason_from_0_on():
    metrics = Metrics()
    count = metrics.count_token_failures(("expiry", "key"))
    count("key")
    found = samples(metrics)
    assert found["notary_token_failures_total", "key"] == 1
    assert found["notary_token_failures_total", "expiry"] == 0
