"""The SQLite file of a test, and notes of what was asked of a database."""

import sqlite3

import pytest

from tests.storage.observer import Notes


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def place(mysql_places):
    return mysql_places.server


@pytest.fixture
def path(tmp_path):
    return tmp_path / "notary.db"


@pytest.fixture
def other(path):
    """A connection of somebody else to the same file."""
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()
