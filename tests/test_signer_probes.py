"""The recorded start-up probes of the Go signer, replayed against our settings."""

import json
from pathlib import Path

import pytest

from notary.settings import SettingsError
from notary.signer_options import SignerOptions
from tests.certificates import Authority
from tests.probes import check_table, judge

PROBES = json.loads(
    (Path(__file__).parent / "data" / "signer-config-probes.json").read_text()
)["probes"]

# Probe -> what we say instead of what the Go signer says, and why.
DIFFERENCES = {
    "signer-backend-bad": (
        "storage.backend: x is not an allowed backend, must be one of:"
        " [memory mysql sqlite3]",
        "two of the Go signer's backends are not supported",
    ),
    "signer-mysql-refused": (None, "found out when connecting"),
}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rec")
    Authority(folder).issue("notary-signer")
    return folder


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe["name"])
def test_a_recorded_configuration_is_judged_as_recorded_or_as_the_table_says(
    probe, files, tmp_path
):
    path = tmp_path / "config.json"
    path.write_text(json.dumps(probe["config"]).replace("/rec/tls", str(files)))
    options, said = SignerOptions(), None
    options.path, options.environ = path, probe["env"]
    try:
        options.load()
    except SettingsError as error:
        said = str(error)
    recorded = (probe["message"] or "").replace("/rec/tls", str(files)) or None
    expected, _why = DIFFERENCES.get(probe["name"], (recorded, ""))
    judge(said, expected)


def test_the_table_of_differences_names_only_recorded_probes_that_differ():
    check_table(PROBES, DIFFERENCES)
