"""Publishes that were signed before the clock runs, in files for the load client."""

import struct
from pathlib import Path
from typing import Any

from attrs import define

from bench.content import Author
from tests.publisher import sign
from tests.web.serving import form


@define
class Uploads:
    """Consecutive publishes to one repository; each server is at its own position."""

    gun: str
    file: Path
    count: int
    positions: dict[str, int]

    def job(self, side: str, count: int) -> dict[str, Any]:
        """Return what the load client needs to send the next ones to a server."""
        return {
            "GUN": self.gun,
            "File": str(self.file),
            "From": self.positions.get(side, 0),
            "Count": count,
        }


def make_uploads(author: Author, gun: str, file: Path, count: int) -> Uploads:
    """Sign a first publish and ``count`` more, each of targets and a snapshot."""
    owner = author.owner(gun)
    root = sign(owner.root(), owner.root_key)
    with file.open("wb") as output:
        for version in range(1, count + 2):
            files = {"targets": author.targets(version)}
            files["snapshot"] = author.snapshot(version, {"root": root, **files})
            if version == 1:
                files["root"] = root
            body = form(files)
            output.write(struct.pack(">I", len(body)) + body)
    return Uploads(gun, file, count + 1, {})
