"""Each fuzz target over its corpus and over changes of it, the same in every run.

``bash etc/fuzz`` goes on from here, guided by coverage, for as long as it may.
"""

import pytest

from tests.fuzz.mutation import inputs
from tests.fuzz.table import TARGETS

EXECUTIONS = 3000
# What stretches keys, checks signatures or opens files takes a hundred times as long.
SLOW = {
    "api": 1000,
    "bearer_token": 1000,
    "connection": 500,
    "encrypted_key": 60,
    "pem_files": 400,
    "root_bundle": 1000,
    "settings": 500,
}

# Hostile certificates make the cryptography library warn, rightly.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.mark.parametrize("name", TARGETS)
def test_nothing_in_a_bounded_run_breaks(name):
    target = TARGETS[name]
    count = SLOW.get(name, EXECUTIONS)
    for data in inputs(target.seeds(), target.words, name, count):
        try:
            target.function(data)
        except BaseException as error:
            error.add_note(f"{name}({data!r})")
            raise


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_states_its_property_and_has_a_corpus(name):
    assert TARGETS[name].function.__doc__
    assert all(isinstance(seed, bytes) for seed in TARGETS[name].seeds())
