"""Starting on MySQL: the schema is made by one command, and problems are one line."""

import json
import urllib.request
from contextlib import closing
from datetime import UTC

import pytest

from notary.storage import statements
from notary.storage.mysql import MySQLDialect
from tests.mariadb import Place
from tests.running import (
    COMMAND,
    TWISTD,
    ended,
    free_port,
    memory_config,
    running,
    write_config,
)

SECRET = {"NOTARY_SERVER_KEY_PASSPHRASE": "a passphrase"}
KEY = "/v2/example.com/app/_trust/tuf/timestamp.key"
BOOTSTRAP = "run notary-server -bootstrap -config FILE"


@pytest.fixture
def place(mariadb_server) -> Place:
    return mariadb_server.create_database()


@pytest.fixture
def start(tmp_path):
    """Write a configuration and return port and command for it."""

    def configured(dsn: str, program=TWISTD) -> tuple[int, list[str]]:
        port = free_port()
        config = memory_config(port)
        config["storage"] = {"backend": "mysql", "db_url": dsn}
        path = str(write_config(tmp_path, config))
        if program is COMMAND:
            return port, [*COMMAND, f"-config={path}"]
        return port, [*TWISTD, "notary-server", "--config", path]

    return configured


def bootstrapped(place, start, folder) -> str:
    _, command = start(place.dsn, COMMAND)
    outcome = ended([*command, "-bootstrap"], folder)
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout.strip()


def get(port: int, path: str) -> dict:
    url = f"http://127.0.0.1:{port}{path}"
    with urllib.request.urlopen(url, timeout=20) as answer:
        return json.loads(answer.read())


def fatal_line(command, folder, **variables) -> str:
    outcome = ended(command, folder, **variables)
    assert outcome.returncode == 1
    assert "Traceback" not in outcome.stderr
    return outcome.stderr.strip().splitlines()[-1]


def test_bootstrap_makes_the_schema_and_doing_it_again_changes_nothing(
    place, start, tmp_path
):
    assert "was created" in bootstrapped(place, start, tmp_path)
    assert "nothing to do" in bootstrapped(place, start, tmp_path)
    tables = {name for (name,) in place.run("SHOW TABLES")}
    assert tables >= {"tuf_files", "changefeed", "schema_migrations", "private_keys"}


def test_the_table_of_own_keys_has_an_index_for_each_search(place, start, tmp_path):
    bootstrapped(place, start, tmp_path)
    place.run(
        """INSERT INTO private_keys (key_id, encryption_alg, keywrap_alg, algorithm,
        passphrase_alias, public, private, gun, role)
        SELECT SHA2(seq, 256), '', '', 'ed25519', '', '', '', CONCAT('gun', seq),
        'timestamp' FROM seq_1_to_5000""",
        "ANALYZE TABLE private_keys",
    )
    values = {"gun": "gun7", "role": "timestamp", "algorithm": "ed25519"}
    with place.connect(charset="utf8mb4") as connection:
        cursor = connection.cursor()
        sql = MySQLDialect(UTC).adapt(statements.UNUSED_KEY)
        cursor.execute("EXPLAIN " + sql, values)
        [(*_, key, _length, _ref, rows, _extra)] = cursor.fetchall()
    assert (key, int(rows)) == ("gun_role", 1)


def test_without_its_schema_the_server_says_what_to_run(place, start, tmp_path):
    _, command = start(place.dsn)
    line = fatal_line(command, tmp_path)
    assert "storage.db_url" in line
    assert BOOTSTRAP in line


def test_a_dirty_schema_is_not_used(place, start, tmp_path):
    bootstrapped(place, start, tmp_path)
    place.run("UPDATE schema_migrations SET dirty = 1")
    _, command = start(place.dsn)
    assert "dirty" in fatal_line(command, tmp_path)


def test_a_user_who_may_only_change_rows_is_enough_to_run(place, start, tmp_path):
    bootstrapped(place, start, tmp_path)
    port, command = start(place.plain().dsn)
    with running(command, tmp_path, **SECRET) as server:
        first = get(port, KEY)
        assert server.stop() == 0
    port, command = start(place.plain().dsn)
    with running(command, tmp_path, **SECRET) as server:
        assert get(port, KEY) == first
        assert server.stop() == 0


def test_without_a_passphrase_keys_are_in_memory_and_the_log_warns(
    place, start, tmp_path
):
    bootstrapped(place, start, tmp_path)
    port, command = start(place.dsn)
    with running(command, tmp_path) as server:
        get(port, KEY)
        assert server.stop() == 0
    assert place.run("SELECT COUNT(*) FROM private_keys") == [(0,)]
    assert any("lost when the server ends" in line for line in server.log)


def test_a_missing_table_of_keys_is_told_with_what_to_run(place, start, tmp_path):
    bootstrapped(place, start, tmp_path)
    place.run("DROP TABLE private_keys")
    _, command = start(place.dsn)
    line = fatal_line(command, tmp_path, **SECRET)
    assert "private_keys" in line
    assert BOOTSTRAP in line


def test_a_database_that_cannot_be_reached_is_told_as_by_the_go_server(start, tmp_path):
    password = "hunter2"
    _, command = start(f"user:{password}@tcp(127.0.0.1:{free_port()})/nowhere")
    line = fatal_line(command, tmp_path)
    assert "Error starting mysql driver" in line
    assert password not in line


def test_a_password_that_is_wrong_is_not_repeated(place, start, tmp_path):
    dsn = place.dsn.replace("p@ss/w:rd", "hunter2")
    _, command = start(dsn)
    line = fatal_line(command, tmp_path)
    assert "Error starting mysql driver" in line
    assert "hunter2" not in line


@pytest.mark.parametrize(
    ("parameters", "warned"),
    [
        ("?parseTime=false", False),
        ("?parseTime=true&loc=UTC&timeout=5s&charset=utf8mb4", False),
        ("?foo=1", True),
    ],
)
def test_parameters_of_existing_configurations_are_taken_or_reported(
    place, start, tmp_path, parameters, warned
):
    bootstrapped(place, start, tmp_path)
    port, command = start(place.dsn + parameters)
    with running(command, tmp_path) as server:
        assert get(port, "/v2/") == {}
        assert server.stop() == 0
    assert any("foo" in line for line in server.log) is warned


def test_the_database_may_be_reached_over_a_unix_socket(
    mariadb_server, place, start, tmp_path
):
    bootstrapped(place, start, tmp_path)
    with closing(place.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE OR REPLACE USER 'local'@'localhost'")
        cursor.execute(f"GRANT ALL ON {place.name}.* TO 'local'@'localhost'")
    port, command = start(f"local@unix({mariadb_server.socket})/{place.name}")
    with running(command, tmp_path) as server:
        assert get(port, "/v2/") == {}
        assert server.stop() == 0
