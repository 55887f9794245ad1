"""The documented examples of Docker's images of the server, as they stand, on ours."""

import json

import pytest

from tests.certificates import Authority
from tests.client import Machine
from tests.image.container import Container

GUN = "example.com/image"
URL = "https://localhost:4443"
LOCAL = {"NOTARY_SERVER_TRUST_SERVICE_TYPE": "local"}
CONFIG = "-config=/etc/docker/notary-server/config.json"
# The one of Docker's documentation, which names a signer and MySQL to override them.
OWN = {
    "server": {
        "http_addr": ":4443",
        "tls_key_file": "./server.key",
        "tls_cert_file": "./server.crt",
    },
    "trust_service": {
        "type": "remote",
        "hostname": "notarysigner",
        "port": "7899",
        "tls_ca_file": "./root-ca.crt",
        "key_algorithm": "ecdsa",
        "tls_client_cert": "./notary-server.crt",
        "tls_client_key": "./notary-server.key",
    },
    "storage": {
        "backend": "mysql",
        "db_url": "server@tcp(mysql:3306)/notaryserver?parseTime=True",
    },
}
OVERRIDDEN = {
    **LOCAL,
    "NOTARY_SERVER_STORAGE_BACKEND": "memory",
    "NOTARY_SERVER_LOGGING_LEVEL": "debug",
}


@pytest.fixture
def own(tmp_path, server_image):
    """A folder to mount over /etc/docker/notary-server, with an own configuration."""
    folder = tmp_path / "server-configdir"
    authority = Authority(folder)
    authority.issue("server")
    (folder / "config.json").write_text(json.dumps(OWN))
    return folder


def messages(container: Container) -> list[str]:
    return [json.loads(line)["msg"] for line in container.running.log]


def stops(container: Container) -> None:
    assert container.check_health().returncode == 0
    assert container.stop() == 0, container.running.log


def test_without_arguments_it_serves_tls_and_waits_for_its_signer(engine, server_image):
    with engine.started(server_image) as container:
        authority = container.root / "certs" / "ca.crt"
        assert container.get(f"{URL}/v2/", authority) == "{}"
        ready = container.run("python3", "-m", "notary.ops.probe", f"{URL[8:]}/v2/")
        assert ready.stdout == "localhost:4443/v2/: 200\n"
        assert "Using remote signing service" in messages(container)
        machine = Machine(
            container.root / "home", URL, authority, entering=container.entering
        )
        machine.notary("init", GUN, ok=False)
        stops(container)
    assert "/certs/ca.crt" in container.running.output


def test_with_local_signing_clients_publish_and_read(engine, server_image, tmp_path):
    with engine.started(server_image, variables=LOCAL) as container:
        authority, entering = container.root / "certs" / "ca.crt", container.entering
        machine = Machine(tmp_path / "home", URL, authority, entering=entering)
        machine.notary("init", GUN)
        machine.notary("add", "-p", GUN, "v1", server_image.root / "etc" / "hostname")
        assert machine.elsewhere("consumer").targets(GUN) == {"v1": "targets"}
        stops(container)


@pytest.mark.parametrize("program", [(), ("notary-server",)])
def test_an_own_configuration_is_mounted(engine, server_image, own, program):
    options = {"variables": OVERRIDDEN, "volumes": {own: "/etc/docker/notary-server/"}}
    arguments = (*program, CONFIG, "-logf=json")
    with engine.started(server_image, *arguments, **options) as container:
        assert container.get(f"{URL}/v2/", own / "ca.crt") == "{}"
        stops(container)
    assert not container.running.output
    assert not (container.root / "certs").exists()


def test_an_own_configuration_is_the_one_without_arguments_too(
    engine, server_image, own
):
    options = {"variables": OVERRIDDEN, "volumes": {own: "/etc/docker/notary-server/"}}
    with engine.started(server_image, "-debug", **options) as container:
        assert container.get(f"{URL}/v2/", own / "ca.crt") == "{}"
        found = json.loads(container.get("http://localhost:8080/debug/vars"))
        assert "memstats" in found
        stops(container)
    assert not container.running.output


def test_an_own_configuration_may_ask_for_client_certificates(
    engine, server_image, own
):
    settings = {**OWN, "server": {**OWN["server"], "client_ca_file": "./ca.crt"}}
    (own / "config.json").write_text(json.dumps(settings))
    options = {"variables": OVERRIDDEN, "volumes": {own: "/etc/docker/notary-server/"}}
    with engine.started(server_image, CONFIG, **options) as container:
        assert "TLSV13_ALERT_CERTIFICATE_REQUIRED" in container.check_health().stdout
        stops(container)


def test_an_own_configuration_may_be_without_tls(engine, server_image, own):
    settings = {**OWN, "server": {"http_addr": ":4443"}}
    (own / "config.json").write_text(json.dumps(settings))
    options = {"variables": OVERRIDDEN, "volumes": {own: "/etc/docker/notary-server/"}}
    with engine.started(server_image, CONFIG, **options) as container:
        stops(container)


def test_other_commands_are_run_as_they_are(engine, server_image):
    version = engine.ended(server_image, "-version").stdout
    assert version.startswith("notary-server Version: ")
    assert engine.ended(server_image, "notary-server", "-version").stdout == version
    assert engine.ended(server_image, "id", "-u").stdout == "10001\n"


def test_what_cannot_be_used_is_said_in_one_line(engine, server_image, own):
    options = {"variables": OVERRIDDEN, "volumes": {own: "/etc/docker/notary-server/"}}
    for file in own.iterdir():
        file.chmod(0o600)
    refused = engine.ended(server_image, CONFIG, **options)
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert "config.json: Permission denied" in json.loads(line)["msg"]
    nowhere = own.parent / "empty"
    nowhere.mkdir()
    unwritable = engine.ended(server_image, volumes={nowhere: "/certs"})
    assert unwritable.returncode == 1
    (line,) = unwritable.stderr.splitlines()
    assert "Permission denied" in line


def test_the_health_check_fails_where_nobody_answers(engine, server_image):
    probe = ("python3", "-m", "notary.ops.probe", "localhost:4443/x")
    done = engine.ended(server_image, *probe)
    assert (done.returncode, done.stderr) == (1, "")
    assert "Connection refused" in done.stdout
