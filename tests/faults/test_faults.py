"""A few injections of each fault; ``bash faults/run`` makes many more of them."""

import shutil

import pytest

from faults.table import FAULTS, result_of
from tests.mariadb import MariaDB

SEED = 8


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A MariaDB that the tests of this module may kill."""
    folder = tmp_path_factory.mktemp("faults")
    server = MariaDB(folder)
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder)


@pytest.mark.parametrize("name", FAULTS)
def test_nothing_is_lost_and_no_reader_sees_half_a_publish_when(
    name, database, tmp_path
):
    fault = FAULTS[name]
    result = result_of(fault, database, tmp_path, SEED, quick=True)
    assert result.is_kept, result
    assert result.injected >= fault.quick
    assert result.acknowledged > 0
    assert result.reads > 0
