"""Files are read within a limit, whatever kind they are, and nothing stays open."""

import os
import threading

import pytest

from notary.bounded_file import Unreadable, bounded_file


def open_files():
    return set(os.listdir("/proc/self/fd"))


def refusal(path, limit=10):
    with pytest.raises(Unreadable) as caught:
        bounded_file(path, limit)
    return str(caught.value)


def test_a_file_within_the_limit_is_read_as_it_is(tmp_path):
    (tmp_path / "file").write_bytes(b"0123456789")
    assert bounded_file(tmp_path / "file", 10) == b"0123456789"


def test_a_file_that_is_too_large_or_missing_is_named(tmp_path):
    path = tmp_path / "file"
    assert refusal(path) == f"open {path}: no such file or directory"
    path.write_bytes(b"0123456789A")
    assert refusal(path) == f"{path} is larger than 10 bytes"


def test_a_folder_is_refused_and_does_not_stay_open(tmp_path):
    before = open_files()
    assert refusal(tmp_path) == f"open {tmp_path}: is a directory"
    assert open_files() == before


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    read = []
    reader = threading.Thread(
        target=lambda: read.append(bounded_file(tmp_path / "pipe", 10)), daemon=True
    )
    reader.start()
    reader.join(5)
    assert read == [b""]
