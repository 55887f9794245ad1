"""The signer's image, alone and with the server's, with nothing but a shared volume."""

import os

from tests.client import Machine

GUN = "example.com/image"


def test_without_arguments_both_images_make_a_service(
    engine, server_image, signer_image, tmp_path
):
    shared = tmp_path / "certs"
    shared.mkdir()
    owner, group = signer_image.owner
    os.chown(shared, owner, group)
    volumes = {shared: "/certs"}
    with (
        engine.started(signer_image, volumes=volumes) as signer,
        engine.started(server_image, volumes=volumes, network=signer) as server,
    ):
        url, entering = "https://localhost:4443", server.entering
        machine = Machine(tmp_path / "home", url, shared / "ca.crt", entering=entering)
        machine.notary("init", GUN)
        machine.notary("add", "-p", GUN, "v1", server_image.root / "etc" / "hostname")
        assert machine.elsewhere("consumer").targets(GUN) == {"v1": "targets"}
        for container in (server, signer):
            assert container.check_health().returncode == 0
            assert container.stop() == 0, container.running.log
    assert signer.running.output
    assert not server.running.output


def test_the_signer_needs_no_more_than_its_name(engine, signer_image):
    version = engine.ended(signer_image, "-version").stdout
    assert version.startswith("notary-signer Version: ")
    assert engine.ended(signer_image, "notary-signer", "-version").stdout == version
