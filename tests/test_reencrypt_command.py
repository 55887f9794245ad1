"""``notary-signer -reencrypt``, as an operator runs it and as it dies."""

import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from notary.signing import jwe, private_keys
from notary.signing.keystore import KeyRow
from notary.signing.local import LocalSigner
from notary.signing.passphrase import signer_passphrases
from notary.storage.sql_keys import SQLKeyStore
from notary.storage.sqlite import open_sqlite
from tests.certificates import Authority
from tests.mysql_databases import dsn_of
from tests.running import (
    LIMIT_SECONDS,
    SIGNER_COMMAND,
    ended,
    environment,
    free_port,
    write_config,
)
from tests.storage.samples import outcomes

NOW = datetime(2026, 11, 22, 12, 30, 0, tzinfo=UTC)
OLD, NEW = "correct horse", "staple battery"
VARIABLES = {"NOTARY_SIGNER_OLD_ONE": OLD, "NOTARY_SIGNER_NEW_ONE": NEW}
COUNT = 300


def encrypted_key(number: int) -> KeyRow:
    key = private_keys.generate("ed25519")
    private = jwe.encrypt(key.plaintext(), OLD)
    public = key.public.public
    gun, role = f"gun{number}", "timestamp"
    return KeyRow(key.public.key_id, "ed25519", public, private, gun, role, "old_one")


@pytest.fixture(scope="module")
def rows():
    return [encrypted_key(number) for number in range(COUNT)]


@pytest.fixture(params=["sqlite3", "mysql"])
def stored(request, run, rows, tmp_path):
    """A database with the keys in it, and its settings."""
    if request.param == "sqlite3":
        address = str(tmp_path / "keys.db")
        database = open_sqlite(tmp_path / "keys.db")
    else:
        place = request.getfixturevalue("mysql_places").signer
        address = place.plain().dsn
        database = request.getfixturevalue("open_dsn")(dsn_of(place))
    keys = SQLKeyStore(database)
    run(outcomes(keys.insert(row, NOW) for row in rows))
    settings = {"backend": request.param, "db_url": address, "default_alias": "new_one"}
    yield keys, settings
    run(database.close())


@pytest.fixture
def keys(stored):
    return stored[0]


@pytest.fixture
def command(stored, tmp_path):
    """Return the command that moves the keys of an alias."""
    pair = Authority(tmp_path / "certificates").issue("signer")
    server = {
        "grpc_addr": f"127.0.0.1:{free_port()}",
        "tls_cert_file": str(pair.certificate),
        "tls_key_file": str(pair.key),
    }
    config = {"server": server, "storage": stored[1]}
    path = write_config(tmp_path, config)

    def for_alias(alias="old_one"):
        return [*SIGNER_COMMAND, f"-config={path}", "-reencrypt", alias]

    return for_alias


def moved(run, keys):
    return run(keys.under_alias("new_one", "", 2 * COUNT))


def test_all_keys_are_moved_and_once_more_there_is_nothing_to_do(
    run, keys, command, tmp_path
):
    done = ended(command(), tmp_path, **VARIABLES)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (
        0,
        "300 keys were moved from alias 'old_one' to alias 'new_one';"
        " 0 still have alias 'old_one'",
    )
    again = ended(command(), tmp_path, **VARIABLES)
    assert (again.returncode, again.stdout) == (
        0,
        "no key has the alias 'old_one': nothing to do\n",
    )
    assert all(jwe.decrypt(row.private, NEW) for row in moved(run, keys))
    for text in (OLD, NEW):
        assert text not in done.stdout + done.stderr + again.stdout + again.stderr


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_run_that_is_ended_half_way_goes_on_when_it_is_repeated(
    run, keys, command, tmp_path, number
):
    with subprocess.Popen(
        command(),
        cwd=tmp_path,
        env=environment(**VARIABLES),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline().startswith("100 keys moved, 0 failed")
        process.send_signal(number)
        _, errors = process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode != 0
    assert "Traceback" not in errors
    before = moved(run, keys)
    assert 100 <= len(before) < COUNT
    assert ended(command(), tmp_path, **VARIABLES).returncode == 0
    after = moved(run, keys)
    assert len(after) == COUNT
    assert all(row in after for row in before)


def test_two_runs_and_a_signer_do_not_disturb_each_other(
    run, keys, command, tmp_path, rows
):
    signer = LocalSigner(keys, signer_passphrases("new_one", VARIABLES), lambda: NOW)
    with ThreadPoolExecutor(2) as threads:
        runs = [
            threads.submit(ended, command(), tmp_path, **VARIABLES) for _ in range(2)
        ]
        signed = run(outcomes(signer.sign(row.key_id, b"payload") for row in rows))
    assert [signature.key_id for signature in signed] == [row.key_id for row in rows]
    done = [each.result() for each in runs]
    assert [each.returncode for each in done] == [0, 0]
    last = [each.stdout.splitlines()[-1] for each in done]
    counts = [int(line.split()[0]) for line in last if "nothing to do" not in line]
    assert sum(counts) == COUNT
    assert all(jwe.decrypt(row.private, NEW) for row in moved(run, keys))
    assert len(moved(run, keys)) == COUNT


def test_what_cannot_be_done_is_told(run, keys, command, tmp_path):
    done = ended(command("other"), tmp_path, **VARIABLES)
    assert done.returncode == 1
    assert "NOTARY_SIGNER_OTHER is not set" in done.stdout
    assert "Traceback" not in done.stderr
    assert moved(run, keys) == []
