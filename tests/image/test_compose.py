"""etc/docker/compose.yaml, service by service, without the program that reads it."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.client import Machine
from tests.image.container import Network, own_network
from tests.mariadb import MariaDB, Place
from tests.running import PROJECT, environment

GUN = "example.com/compose"
COMPOSE = yaml.safe_load((PROJECT / "etc/docker/compose.yaml").read_text())
SERVICES = COMPOSE["services"]
OURS = [name for name in SERVICES if name != "mariadb"]


@pytest.fixture
def prepared(tmp_path) -> Path:
    """A copy of etc/docker after ``prepare``."""
    folder = tmp_path / "etc" / "docker"
    shutil.copytree(
        PROJECT / "etc/docker", folder, ignore=lambda *_: ("secrets", "certificates")
    )
    # The real one would make a virtual environment first.
    maker = folder.parent / "make-certificates"
    module = "notary.ops.make_certificates"
    maker.write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
    maker.chmod(0o700)
    done = subprocess.run(
        [folder / "prepare", "--server-host", "localhost"],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # Folders of tests are their owner's only, unlike those of operators.
    for above in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        above.chmod(0o755)
    return folder


def options(name: str, folder: Path) -> dict:
    """Return what the service asks for, as the engine of the tests takes it."""
    service = SERVICES[name]
    volumes = {}
    for volume in service["volumes"]:
        host, inside, _ = volume.split(":")
        volumes[folder / host] = inside
    for secret in service["secrets"]:
        host = COMPOSE["secrets"][secret["source"]]["file"]
        volumes[folder / host] = f"/run/secrets/{secret['target']}"
    return {"variables": service["environment"], "volumes": volumes}


@contextmanager
def database(folder: Path, network: Network, prepared: Path) -> Iterator[None]:
    """Run the service ``mariadb``, with the users that were prepared for it."""
    mariadb = MariaDB(folder)
    mariadb.port, mariadb.entering = 3306, network.entering
    mariadb.start()
    try:
        mariadb.load(Place("mysql", 3306), prepared / "secrets" / "users.sql")
        yield
    finally:
        mariadb.stop()


def test_the_services_work_together(
    engine, server_image, signer_image, prepared, tmp_path
):
    images = {"notary-server": server_image, "notary-signer": signer_image}

    def of(name: str):
        return images[SERVICES[name]["image"]], *SERVICES[name].get("command", ())

    with own_network() as network, database(tmp_path, network, prepared):
        for job in ("server-schema", "signer-schema"):
            done = engine.ended(*of(job), **options(job, prepared), network=network)
            assert (done.returncode, done.stderr) == (0, ""), done
        signing, serving = options("signer", prepared), options("server", prepared)
        with (
            engine.started(*of("signer"), **signing, network=network) as signer,
            engine.started(*of("server"), **serving, network=network) as server,
        ):
            authority, entering = prepared / "certificates/ca.crt", network.entering
            url = "https://localhost:4443"
            machine = Machine(tmp_path / "home", url, authority, entering=entering)
            machine.notary("init", GUN)
            machine.notary("add", "-p", GUN, "v1", "/etc/hostname")
            assert machine.elsewhere("consumer").targets(GUN) == {"v1": "targets"}
            for container in (server, signer):
                assert container.check_health().returncode == 0
                assert container.stop() == 0


def test_what_is_prepared_is_kept_and_secret(prepared):
    before = {path: path.read_bytes() for path in prepared.glob("*/*")}
    command = [prepared / "prepare", "--server-host", "localhost"]
    subprocess.run(command, env=environment(), capture_output=True, check=True)
    assert {path: path.read_bytes() for path in prepared.glob("*/*")} == before
    secret = [*prepared.glob("secrets/*"), *prepared.glob("certificates/*.key")]
    readable = [path.name for path in secret if path.stat().st_mode & 0o077]
    assert readable == ["users.sql"]
    assert os.stat(prepared / "secrets").st_mode & 0o077 == 0


def test_every_secret_and_file_that_is_named_exists(prepared):
    files = [secret["file"] for secret in COMPOSE["secrets"].values()]
    for name, service in SERVICES.items():
        used = [each.split(":")[0] for each in service["volumes"]]
        files += [each for each in used if each.startswith("./")]
        for secret in service["secrets"]:
            source = secret if isinstance(secret, str) else secret["source"]
            assert source in COMPOSE["secrets"], name
    assert [file for file in files if not (prepared / file).is_file()] == []


@pytest.mark.parametrize("name", OURS)
def test_a_service_of_ours_fits_the_dockerfile(name):
    service, dockerfile = SERVICES[name], (PROJECT / "Dockerfile").read_text()
    target = service["build"]["target"]
    (stage,) = re.findall(rf"AS {target}\n(.*?)(?=^FROM|\Z)", dockerfile, re.M | re.S)
    assert service["image"] == f"notary-{target}"
    assert f'"notary-{target}"]' in stage
    ports = [port.split(":")[1] for port in service.get("ports", [])]
    (exposed,) = re.findall(r"^EXPOSE (.*)$", stage, re.M)
    assert set(ports) <= set(exposed.split())
    for secret in service["secrets"]:
        assert secret["target"].startswith(f"NOTARY_{target.upper()}_")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_waits_only_for_services_and_reaches_them(name):
    for other in SERVICES[name].get("depends_on", {}):
        schema = other.endswith("-schema")
        shared = set(SERVICES[name]["networks"]) & set(SERVICES[other]["networks"])
        assert schema or shared
    assert set(SERVICES[name]["networks"]) <= set(COMPOSE["networks"])
