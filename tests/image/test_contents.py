"""What is in the images and, more so, what is not."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

TOOLS = ("gcc", "cc", "make", "ld", "git", "curl", "wget", "pip", "pip3")
OURS = ("certs", "var/lib/notary")
MAX_BYTES = 400 * 1024 * 1024


@pytest.fixture(params=["server_image", "signer_image"])
def image(request):
    return request.getfixturevalue(request.param)


def files(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root):
        yield from (Path(folder, name) for name in names)


def test_nothing_is_left_in_an_image_to_build_or_to_fetch_with(image):
    tools = [
        path
        for folder in ("bin", "sbin", "usr/bin", "usr/local/bin", "opt/notary/bin")
        for path in (image.root / folder).glob("*")
        if path.name in TOOLS
    ]
    modules = [
        path
        for name in ("pip", "setuptools", "ensurepip")
        for path in image.root.glob(f"*/**/python3*/**/{name}/__init__.py")
        if "_vendor" not in path.parts
    ]
    caches = [*image.root.glob("var/cache/*"), *image.root.glob("var/lib/apt/lists/*")]
    assert (tools, modules, caches) == ([], [], [])
    assert not (image.root / "src").exists()
    assert not (image.root / "root" / ".cache").exists()


def test_there_is_no_private_key_in_an_image(image):
    found = [
        path
        for path in files(image.root / "")
        if path.suffix in (".key", ".pem", ".crt")
        and path.is_file()
        and b"PRIVATE KEY" in path.read_bytes()
    ]
    assert found == []
    assert [list((image.root / folder).iterdir()) for folder in OURS] == [[], []]


def test_an_image_runs_as_a_user_who_can_write_nowhere_else(image):
    user, group = image.owner
    assert user > 0
    assert group > 0
    owned = [
        str(path.relative_to(image.root))
        for path in (*files(image.root), *(image.root / each for each in OURS))
        if path.lstat().st_uid == user or path.lstat().st_gid == group
    ]
    assert sorted(set(owned)) == sorted(OURS)
    writable = [
        path
        for path in files(image.root)
        if stat.S_ISREG(path.lstat().st_mode) and path.lstat().st_mode & stat.S_IWOTH
    ]
    assert writable == []
    assert [stat.S_IMODE((image.root / each).stat().st_mode) for each in OURS] == [
        0o700,
        0o700,
    ]


def test_an_image_is_not_large(image):
    sizes = {path.lstat().st_ino: path.lstat().st_size for path in files(image.root)}
    assert sum(sizes.values()) < MAX_BYTES


def test_the_health_check_does_not_hurry(image):
    check = image.config["Healthcheck"]
    assert check["Timeout"] < check["Interval"]
    assert check["StartPeriod"] >= 10 * 10**9
