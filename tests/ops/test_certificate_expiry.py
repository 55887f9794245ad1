"""Certificates that expire soon are told in the log, by the setting that names them."""

import pytest
from twisted.internet.task import Clock
from twisted.logger import LogLevel, capturedLogs, formatEvent

from notary.ops.certificate_expiry import PAUSE_SECONDS, CertificateWarnings


class Started(Clock):
    """A clock that is a reactor which runs already."""

    def callWhenRunning(self, function):  # noqa: N802 -- Twisted's name
        function()


@pytest.fixture
def clock():
    return Started()


def told(logs):
    return [(each["log_level"], formatEvent(each)) for each in logs]


def test_only_what_expires_within_a_month_is_told(clock):
    days = {"server": 5.25, "client_ca": 30.5, "client": -1.0}
    with capturedLogs() as logs:
        CertificateWarnings(clock, lambda: days).startService()
    renew = "renew it and send SIGHUP"
    assert told(logs) == [
        (
            LogLevel.warn,
            f"a certificate of server.tls_cert_file expires in 5.2 days: {renew}",
        ),
        (
            LogLevel.error,
            "a certificate of trust_service.tls_client_cert has expired, 1.0 days ago:"
            f" {renew}",
        ),
    ]


def test_it_is_told_again_each_day_until_it_stops(clock):
    service = CertificateWarnings(clock, lambda: {"server": 3.0})
    with capturedLogs() as logs:
        service.startService()
        clock.advance(PAUSE_SECONDS - 1)
        assert len(logs) == 1
        clock.advance(1)
        assert len(logs) == 2
        service.stopService()
        clock.advance(10 * PAUSE_SECONDS)
    assert len(logs) == 2
    assert clock.getDelayedCalls() == []


def test_a_renewed_certificate_is_told_no_more(clock):
    days = {"server": 3.0}
    CertificateWarnings(clock, lambda: days).startService()
    days["server"] = 800.0
    with capturedLogs() as logs:
        clock.advance(PAUSE_SECONDS)
    assert list(logs) == []
