"""Become the first process of a container: what an engine does once it has namespaces.

Run as ``unshare ... python inside.py JSON`` with what ``tests.image.container`` says;
what is mounted here goes away with the process. Without JSON it just keeps a network.
"""

import ctypes
import fcntl
import json
import os
import signal
import socket
import stat
import struct
import subprocess
import sys
from pathlib import Path

_SIOCSIFFLAGS, _UP = 0x8914, 1
_PR_SET_PDEATHSIG = 1
_DEVICES = {"null": (1, 3), "zero": (1, 5), "random": (1, 8), "urandom": (1, 9)}
# Whoever shares a network with the container has its loopback.
_HOSTS = "127.0.0.1 localhost mariadb notarysigner server signer\n::1 localhost\n"


def main() -> None:
    _loopback_up()
    if len(sys.argv) == 1:
        keep_network()
    else:
        become(json.loads(sys.argv[1]))


def keep_network() -> None:
    """Say that loopback is up, and stay until nobody is there any more."""
    sys.stdout.write("up\n")
    sys.stdout.flush()
    sys.stdin.read()


def become(wanted: dict) -> None:
    """Become what is wanted."""
    root = Path(wanted["root"])
    layers = f"lowerdir={wanted['image']},upperdir={wanted['upper']}"
    _mount("overlay", root, "overlay", f"{layers},workdir={wanted['work']}")
    _mount("proc", root / "proc", "proc")
    _mount("tmpfs", root / "dev", "tmpfs", "mode=755")
    _devices(root / "dev")
    for source, target in wanted["volumes"].items():
        place = root / target.lstrip("/")
        if Path(source).is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        subprocess.run(["mount", "--bind", source, str(place)], check=True)
    (root / "etc" / "hosts").write_text(_HOSTS)
    os.chroot(root)
    os.chdir(wanted["folder"])
    os.setgroups([])
    os.setgid(wanted["group"])
    os.setuid(wanted["user"])
    # Another user's process would outlive the one that has made its namespaces.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    command, variables = wanted["command"], wanted["environment"]
    os.execvpe(command[0], command, variables)


def _mount(source: str, target: Path, kind: str, options: str = "") -> None:
    more = ["-o", options] if options else []
    command = ["mount", "-t", kind, *more, source, str(target)]
    subprocess.run(command, check=True)


def _devices(folder: Path) -> None:
    os.umask(0)
    for name, numbers in _DEVICES.items():
        os.mknod(folder / name, stat.S_IFCHR | 0o666, os.makedev(*numbers))
    os.symlink("/proc/self/fd", folder / "fd")
    (folder / "shm").mkdir(0o1777)
    os.umask(0o022)


def _loopback_up() -> None:
    with socket.socket() as any_socket:
        request = struct.pack("16sh", b"lo", _UP)
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, request)


if __name__ == "__main__":
    main()
