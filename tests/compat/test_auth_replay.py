"""Every recorded probe of token authentication: the same verdict, or a better one.

The tokens are the recorded ones: the server's clock shows when they were sent.
"""

import re
from pathlib import Path

import pytest
from attrs import evolve
from cryptography import x509

from notary.auth.authenticator import TokenAuthenticator
from notary.auth.keyset import Issuer, KeySet
from notary.settings.model import RepositoriesSettings
from tests import recorded
from tests.compat import differences
from tests.compat.compare import difference
from tests.compat.server import SETTINGS, ReplayServer, replay_server
from tests.recorded import Exchange
from tests.web.serving import Client

BUNDLE = recorded.DATA / "auth" / "bundle.pem"
_ACTIONS = re.compile(r"(?<=:)(?:push,pull|pull,push)(?=\")")
_PORT = re.compile(r"(?<=//127\.0\.0\.1:)\d+")


def authenticator(clock, *, autoredirect=False, bundle: Path = BUNDLE):
    roots = x509.load_pem_x509_certificates(bundle.read_bytes())
    keys = KeySet.of(roots)
    return TokenAuthenticator(
        realm="https://auth.example.com/token",
        service="notary.example.com",
        autoredirect=autoredirect,
        issuers=[Issuer("auth issuer", lambda: keys)],
        now=clock,
        observer=lambda reason: None,
    )


def challenge(headers: dict[str, str]) -> str | None:
    """Return the challenge; the Go server lists actions in random order."""
    given = headers.get("www-authenticate")
    return given and _PORT.sub("PORT", _ACTIONS.sub("push,pull", given))


def check(server: ReplayServer, name: str, probes: list[Exchange]) -> None:
    unexpected = []
    for exchange in probes:
        reply = server.send(exchange)
        found = difference(exchange, reply)
        if challenge(reply.headers) != challenge(exchange.headers):
            found += f" challenge {challenge(reply.headers)}"
        probe = f"{name}:{exchange.name}"
        if found and not differences.is_listed(probe, reply):
            unexpected.append(f"{probe}: {found}")
    assert not unexpected, "\n".join(unexpected)


@pytest.fixture
def probes() -> list[Exchange]:
    """All probes; the one that crashed the Go server has the time of its neighbour."""
    found = recorded.probes("auth")
    assert len(found) == 114
    times = [probe.when for probe in found]
    return [
        evolve(probe, when=probe.when or times[number - 1])
        for number, probe in enumerate(found)
    ]


def test_all_recorded_tokens_get_the_recorded_or_a_better_verdict(
    run, reactor_thread, probes
):
    with replay_server(run, reactor_thread, authenticator=authenticator) as server:
        check(server, "auth", probes)


def test_a_token_remembered_gets_the_verdict_that_it_got_before(
    run, reactor_thread, probes
):
    with replay_server(run, reactor_thread, authenticator=authenticator) as server:
        check(server, "auth", probes)
        check(server, "auth", list(reversed(probes)))


def test_the_prefix_is_checked_before_the_token(run, reactor_thread):
    prefixes = RepositoriesSettings(("docker.io/", "my.reg/x/"))
    settings = evolve(SETTINGS, repositories=prefixes)
    found = recorded.probes("prefixes-caching")
    chosen = [item for item in found if item.name.startswith("auth+prefix ")]
    assert len(chosen) == 14
    with replay_server(
        run, reactor_thread, settings=settings, authenticator=authenticator
    ) as server:
        check(server, "prefixes-caching", chosen)


def test_with_autoredirect_the_realm_is_on_the_host_that_was_asked(run, reactor_thread):
    none, two_hosts = recorded.probes("auth-autoredirect")

    def redirecting(clock):
        return authenticator(clock, autoredirect=True)

    with replay_server(run, reactor_thread, authenticator=redirecting) as server:
        check(server, "auth-autoredirect", [none])
        got = Client(server.port).raw(
            f"GET {two_hosts.url} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            "Host: h.example:99\r\nConnection: close\r\n\r\n".encode()
        )
    assert got.startswith(b"HTTP/1.1 400 ")
    assert got.endswith(b"\r\n\r\n" + two_hosts.body)
