"""The recorded start-up probes of the Go server, replayed against our settings."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notary.ops.development import prepare
from notary.options import ServerOptions
from notary.settings import SettingsError
from notary.signing.remote import open_remote
from tests.probes import check_table, judge
from tests.recorded import DATA

PROBES = json.loads(
    (Path(__file__).parent / "data" / "config-probes.json").read_text()
)["probes"]
AUTH = str(DATA / "auth")

EXTENSIONS = {
    "toml": ".toml",
    "yaml": ".yaml",
    "ext-unknown": ".conf",
    "ext-none": ".xyz",
}

ACCEPTED = None
JSON_ONLY = "only JSON is read; the message says so, by the extension"
PLACE = "the message names the line and the column"
AT_START = "found out when listening, see test_tap.py"
SILENT = "Go silently serves everybody: a mistake must not open the server"
SECTION = "a variable that hides a whole section is refused with a clear error"
SQLITE = "the embedded database is ours; Debian's Go server has no driver for it"
DROPPED = "this database is not supported, and the message says so"
OPTIONS = "in plain words instead of Go's types"
CONNECTING = "found out when connecting, see test_mysql_start.py"
PARAMETER = "a parameter that is not known is reported, not executed"
NOWHERE = "without a host the Go server starts, and can never publish"
KEY = "the message names the key of the configuration"
FOLDER = "the path starts at the configuration file's folder, as all others do"
LEAF = "an option can be overridden by a variable"

UNOPENED = 'unable to open token auth root certificate bundle file "/'
UNKNOWN_AUTH = 'is not a known type; it must be "token"'

# Probe -> what we say instead of what the Go server says, and why.
DIFFERENCES = {
    "bad-json": ("line 1, column 2: ", PLACE),
    "empty-file": ("line 1, column 1: ", PLACE),
    "toml": ("a file of type .toml is not read, only .json is", JSON_ONLY),
    "yaml": ("a file of type .yaml is not read, only .json is", JSON_ONLY),
    "ext-unknown": ("a file of type .conf is not read, only .json is", JSON_ONLY),
    "ext-none": ("a file of type .xyz is not read, only .json is", JSON_ONLY),
    "addr-inuse": (ACCEPTED, AT_START),
    "addr-badhost": (ACCEPTED, AT_START),
    'prefix-{"x": 1}': ("gun_prefixes: must be a list of strings", SILENT),
    "auth-htpasswd": (UNKNOWN_AUTH, SILENT),
    "auth-silly": (UNKNOWN_AUTH, SILENT),
    "env-storage-map": ("storage: a whole section cannot be set", SECTION),
    "env-server-map": ("server: a whole section cannot be set", SECTION),
    "env-auth-options-map": ("auth.options: a whole section cannot be", SECTION),
    "sqlite": (ACCEPTED, SQLITE),
    "rethink": ("rethinkdb is not a supported storage backend", DROPPED),
    "postgres-nourl": ("postgres is not a supported storage backend", DROPPED),
    "auth-nooptions": ("auth.options: must be an object", OPTIONS),
    "auth-options-string": ("auth.options: must be an object", OPTIONS),
    "mysql-url-scheme": (ACCEPTED, CONNECTING),
    "mysql-refused": (ACCEPTED, CONNECTING),
    "mysql-baddb": (ACCEPTED, CONNECTING),
    "mysql-unknown-param": (ACCEPTED, PARAMETER),
    "trust-nohost": ("trust_service.hostname: must be a host name", NOWHERE),
    "trust-ca-missing": ("trust_service.tls_ca_file: open /", KEY),
    "trust-ca-bad": ("trust_service.tls_ca_file: ", KEY),
    "trust-client-missing": ("trust_service.tls_client_cert: open /", KEY),
    "auth-bundle-missing": (UNOPENED, FOLDER),
    "auth-bundle-relative": (UNOPENED, FOLDER),
    "env-auth-option-leaf": (ACCEPTED, LEAF),
}


def outcome(probe: dict, folder: Path) -> str | None:
    """Return what our settings say of the probe's configuration, None for nothing."""
    path = folder / ("config" + EXTENSIONS.get(probe["name"], ".json"))
    config = probe["config"]
    text = config if isinstance(config, str) else json.dumps(config)
    if "/rec/tls/notary-server" in text:
        prepare(folder / "tls", datetime.now(UTC))
        text = text.replace("/rec/tls/notary-server", f"{folder}/tls/server")
    path.write_text(text.replace("/rec/vectors/auth", AUTH))
    environ = {
        name: value.replace("/rec/vectors/auth", AUTH)
        for name, value in probe["env"].items()
    }
    options = ServerOptions()
    options.path, options.environ = path, environ
    try:
        options.load()
        if options.settings.trust_service.type == "remote":
            open_remote(options.settings.trust_service, None)
    except SettingsError as error:
        return str(error)
    return None


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe["name"])
def test_a_recorded_configuration_is_judged_as_recorded_or_as_the_table_says(
    probe, tmp_path
):
    recorded = probe["message"]
    if recorded is not None:
        recorded = recorded.replace("/rec/work/conf", str(tmp_path))
    expected, _why = DIFFERENCES.get(probe["name"], (recorded, ""))
    said = outcome(probe, tmp_path)
    judge(said, expected)


def test_the_table_of_differences_names_only_recorded_probes_that_differ():
    check_table(PROBES, DIFFERENCES)
