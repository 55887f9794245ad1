"""How many processes serve, by what is wanted and by what there is."""

import math
import os

import pytest

from notary.ops.worker_count import MOST_UNASKED, quota, usable_cores, worker_count
from notary.settings.errors import SettingsError


def test_what_is_asked_for_is_done():
    assert worker_count("7", "", many=False) == 7
    assert worker_count("1", "in memory", many=True) == 1


@pytest.mark.parametrize("wanted", ["0", "65", "-1", "two", "", "²", "1" * 5000])
def test_what_is_no_number_of_workers_is_refused(wanted):
    with pytest.raises(SettingsError) as refused:
        worker_count(wanted, "", many=True)
    assert refused.value.problems == ("-workers: must be a number from 1 to 64",)


def test_what_is_in_one_process_is_never_shared():
    assert worker_count(None, "it is in memory", many=True) == 1
    with pytest.raises(SettingsError) as refused:
        worker_count("2", "it is in memory", many=True)
    assert refused.value.problems == ("-workers: must be 1: it is in memory",)


def test_unasked_there_is_one_for_each_processor_up_to_a_limit():
    assert worker_count(None, "", many=False) == 1
    expected = min(usable_cores(), MOST_UNASKED)
    assert worker_count(None, "", many=True) == expected
    assert 1 <= usable_cores() <= len(os.sched_getaffinity(0))


def test_the_smallest_quota_of_the_control_groups_counts(tmp_path):
    groups, group = tmp_path / "groups", tmp_path / "cgroup"
    (groups / "a" / "b").mkdir(parents=True)
    group.write_text("0::/a/b\n")
    assert quota(group, groups) == math.inf
    (groups / "a" / "cpu.max").write_text("150000 100000\n")
    (groups / "a" / "b" / "cpu.max").write_text("max 100000\n")
    assert quota(group, groups) == 1.5
    group.write_text("0::/\n")
    assert quota(group, groups) == math.inf


@pytest.mark.parametrize("content", ["", "1:cpu:/\n", "0::/../..\n"])
def test_control_groups_that_are_not_understood_limit_nothing(tmp_path, content):
    group = tmp_path / "cgroup"
    group.write_text(content)
    assert quota(group, tmp_path) == math.inf
    assert quota(tmp_path / "missing", tmp_path) == math.inf
