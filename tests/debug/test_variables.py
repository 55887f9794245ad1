"""The page of expvar."""

import json

from notary.debug.variables import as_json, memory
from notary.ops.metrics import Metrics

PAGE = b"""\
# TYPE plain gauge
plain 4.0
# TYPE h histogram
h_bucket{le="1.0"} 2.0
h_bucket{le="+Inf"} 3.0
h_count 3.0
h_sum 7.5
# TYPE q summary
q{operation="GetRole",quantile="0.5"} NaN
q_count{operation="GetRole"} 0.0
"""


def test_counters_have_their_labels_and_neither_buckets_nor_what_json_cannot_say():
    assert json.loads(as_json(["notary-server"], PAGE))["notary"] == {
        "plain": 4,
        "h_count": 3,
        "h_sum": 7.5,
        'q_count{operation="GetRole"}': 0,
    }


def test_the_page_of_a_real_program_can_be_shown():
    metrics = Metrics()
    metrics.observe_query("present", 0.25, "1213 ER_LOCK_DEADLOCK", 0)
    shown = json.loads(as_json([], metrics.page()))["notary"]
    assert shown['notary_database_query_seconds_sum{query="present"}'] == 0.25


def test_what_is_said_of_the_memory_can_be_true():
    said = memory()
    assert 10**7 < said["Sys"] < 10**11
    assert said["HeapObjects"] > 10**4
    assert said["NumGC"] > 0
