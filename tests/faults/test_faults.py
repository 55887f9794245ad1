"""A few injections of each fault; ``bash faults/run`` makes many more of them."""

import pytest

from faults.table import FAULTS, result_of

SEED = 8


@pytest.mark.parametrize("name", FAULTS)
def test_nothing_is_lost_and_no_reader_sees_half_a_publish_when(
    name, own_mariadb, tmp_path
):
    fault = FAULTS[name]
    result = result_of(fault, own_mariadb, tmp_path, SEED, quick=True)
    assert result.is_kept, result
    assert result.injected >= fault.quick
    assert result.acknowledged > 0
    assert result.reads > 0
