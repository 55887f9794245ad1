"""Certificates of our own that nobody can use now: the log says so at the start."""

from datetime import UTC, datetime, timedelta

import pytest
from twisted.logger import globalLogPublisher

from notary.ops.logs import fields_of
from notary.ops.tls_files import read_identity, tell_if_expired
from notary.settings import ServerSettings


@pytest.fixture
def told():
    """Return what is logged about the certificates in these files."""
    events = []
    globalLogPublisher.addObserver(events.append)

    def ask(pair, client_ca=None):
        files = ServerSettings(":1", pair.certificate, pair.key, client_ca)
        tell_if_expired(read_identity(files), datetime.now(UTC))
        return list(map(fields_of, events))

    yield ask
    globalLogPublisher.removeObserver(events.append)


@pytest.mark.parametrize(
    ("days", "when"), [(-3, "has expired"), (1, "is not valid yet")]
)
def test_a_certificate_that_is_not_valid_now_is_an_error_in_the_log(
    authority, told, days, when
):
    pair = authority.issue("out-of-date", starts=timedelta(days=days))
    (line,) = told(pair)
    assert line["level"] == "error"
    assert f"a certificate of this program {when}" in line["msg"]
    assert "CN=out-of-date" in line["msg"]


def test_so_is_one_of_an_authority_of_clients(authority, told):
    late = authority.issue("late-authority", starts=timedelta(days=-3))
    (line,) = told(authority.issue("server"), late.certificate)
    assert "CN=late-authority" in line["msg"]


def test_of_certificates_that_are_valid_nothing_is_said(authority, told):
    assert told(authority.issue("server"), authority.certificate) == []
