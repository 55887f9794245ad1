"""What is wrong with a configuration is told at once, with key paths and no secret."""

import pytest

from notary.settings.check import SERVER_KEYS
from tests.server_settings import MINIMAL, TOKEN, load, nested, problems, variable


def test_all_problems_are_reported_at_once_each_with_its_key_path(tmp_path):
    config = {
        "server": {"tls_cert_file": "x", "ops_addr": "localhost"},
        "trust_service": {"type": "Local"},
        "storage": {"backend": "mongo"},
        "auth": {"type": "silly"},
        "logging": {"level": "loud"},
        "caching": {"max_age": {"current_metadata": -1}},
        "repositories": {"gun_prefixes": ["a/", "b"]},
        "reporting": {"bugsnag": {"endpoint": "http://e"}},
        "limits": {"parts": 0},
    }
    assert {problem.partition(":")[0] for problem in problems(tmp_path, config)} == {
        "server.http_addr",
        "server.ops_addr",
        "server.tls_key_file",
        "trust_service.type",
        "storage.backend",
        "auth.type",
        "logging.level",
        "caching.max_age.current_metadata",
        "repositories.gun_prefixes",
        "reporting.bugsnag.api_key",
        "limits.parts",
    }


def test_the_message_of_a_problem_is_the_one_that_operators_know(tmp_path):
    config = nested({"trust_service.type": "x"}, MINIMAL)
    assert problems(tmp_path, config) == (
        'trust_service.type: must specify either a "local" or "remote" type'
        " for trust_service",
    )


@pytest.mark.parametrize("section", SERVER_KEYS.sections)
def test_a_variable_that_names_a_section_is_refused(section, tmp_path):
    found = problems(tmp_path, MINIMAL, {variable(section): "x"})
    assert found == (
        f"{section}: a whole section cannot be set by a variable"
        f" ({variable(section)}), only the keys in it, one by one",
    )


@pytest.mark.parametrize("section", SERVER_KEYS.sections)
def test_a_section_that_is_not_an_object_is_refused(section, tmp_path):
    config = nested({section: "x"}, {})
    assert any(
        problem == f"{section}: must be an object with keys of its own"
        for problem in problems(tmp_path, config)
    )


def test_no_secret_is_in_the_text_of_settings_or_of_an_error(tmp_path):
    config = nested(
        {
            "storage.backend": "mysql",
            "storage.db_url": "user:hunter2@tcp(db)/x",
            "reporting.bugsnag.api_key": "hunter2",
            "auth.type": "token",
            "auth.options": {**TOKEN, "password": "hunter2"},
        },
        MINIMAL,
    )
    assert "hunter2" not in repr(load(tmp_path, config))
    broken = nested({"storage.db_url": "hunter2", "logging.level": "x"}, config)
    assert "hunter2" not in "".join(problems(tmp_path, broken))
