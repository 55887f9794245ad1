"""Fixtures: peers on loopback, and the diagnosis of the way to them."""

import ssl
from contextlib import ExitStack

import pytest
from attrs import evolve

from notary.signing.diagnosis import diagnose
from notary.signing.service import SigningUnavailable
from tests.check_signer import read
from tests.signing.remote.peers import peer, saying, silent, tls_of

FRAME = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
"""How a peer of HTTP/2 begins."""

PROTOCOLS = pytest.mark.parametrize("protocol", ["grpc", "https"])


@pytest.fixture
def trust(trust):
    return evolve(trust, deadline_seconds=1)


@pytest.fixture
def diagnosed(trust):
    """Diagnose the way to a port with settings changed; no real call is made."""

    def unavailable():
        raise SigningUnavailable("no call is made here")

    def diagnose_it(port, pair=None, **changes):
        if pair is not None:
            changes |= {"tls_client_cert": pair.certificate, "tls_client_key": pair.key}
        lines = []
        changed = evolve(trust, port=str(port), **changes)
        good = diagnose(changed, unavailable, lines.append)
        return read(0 if good else 1, "\n".join(lines))

    return diagnose_it


@pytest.fixture
def serving(authority):
    """Return the port of a peer that answers over TLS, with a certificate of ours."""
    with ExitStack() as stack:

        def serve(protocol="grpc", answer=None, pair=None, old_tls=False, **facts):
            pair = pair or authority.issue("peer", **facts)
            context = tls_of(pair, protocol)
            if old_tls:
                context.maximum_version = ssl.TLSVersion.TLSv1_2
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(authority.certificate)
            behave = silent if answer is None else saying(answer)
            return stack.enter_context(peer(behave, context)).port

        yield serve
