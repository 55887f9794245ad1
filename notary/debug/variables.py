"""The page of ``/debug/vars``, in the form of Go's package ``expvar``."""

import gc
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from resource import getpagesize

from prometheus_client.parser import text_string_to_metric_families


def as_json(cmdline: Sequence[str], metrics: bytes) -> bytes:
    """Return the command line, what is known of the memory, and our counters.

    These are taken from the page for Prometheus.
    """
    counters = numbers(metrics.decode("utf-8"))
    content = {"cmdline": cmdline, "memstats": memory(), "notary": counters}
    return json.dumps(content, indent=1, allow_nan=False).encode("ascii") + b"\n"


def memory() -> Mapping[str, int]:
    """Return those of Go's ``memstats`` that mean something here.

    ``Sys`` is in bytes what the process has in memory; left out where Linux is not.
    """
    known = {
        "HeapObjects": sys.getallocatedblocks(),
        "NumGC": sum(each["collections"] for each in gc.get_stats()),
    }
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return known
    return {"Sys": pages * getpagesize(), **known}


def numbers(metrics: str) -> Mapping[str, float]:
    """Return each number by its name and labels, without buckets and infinities."""
    return {
        f"{sample.name}{_shown(sample.labels)}": sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if math.isfinite(sample.value) and not sample.name.endswith("_bucket")
    }


def _shown(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{name}="{value}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""
