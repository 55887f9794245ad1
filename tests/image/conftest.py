"""The images, built once from the Dockerfile, and what runs them."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.image.container import Engine, Image
from tests.running import PROJECT

BUILD_SECONDS = 600


@pytest.fixture(scope="session")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder with the unpacked images, which is removed in the end."""
    folder = tmp_path_factory.mktemp("images")
    try:
        done = subprocess.run(
            [PROJECT / "etc" / "unpack-images", folder],
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def server_image(images: Path) -> Image:
    return Image.read(images, "server")


@pytest.fixture(scope="session")
def signer_image(images: Path) -> Image:
    return Image.read(images, "signer")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """Runs containers, whose folders are removed in the end."""
    folder = tmp_path / "containers"
    yield Engine(folder)
    shutil.rmtree(folder, ignore_errors=True)
