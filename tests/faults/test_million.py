"""Some hundred requests of the mix: ``bash faults/run --only million`` sends all."""

import os
import random

import pytest

from faults import million
from faults.memory import Curve, processes, resident
from faults.scene import Scene

REQUESTS = 600


@pytest.mark.parametrize("workers", [1, 2])
def test_hostile_requests_are_refused_and_leave_no_error_in_the_log(
    mariadb_server, tmp_path, workers
):
    scene = Scene(tmp_path, mariadb_server, random.Random(1), 1)
    with scene.running():
        result = million.run(scene, REQUESTS, workers, 1)
    assert result["broken"] == []
    assert scene.seen["broken"] == []
    assert sum(result["answers"].values()) >= REQUESTS
    assert len(result["sizes"]) >= workers


def test_what_grows_is_told_by_the_second_half_of_the_curve():
    flat = Curve("flat", [1, 2, 3, 4], {"1": [50, 80, 81, 81]})
    growing = Curve("growing", [1, 2, 3, 4], {"1": [1, 1, 1, 1], "2": [1, 10, 20, 31]})
    assert (flat.growth(), growing.growth()) == (0, 11)


def test_the_memory_of_a_process_and_of_its_children_is_seen():
    assert resident(os.getpid()) > 1
    assert os.getpid() in list(processes(os.getpid()))
