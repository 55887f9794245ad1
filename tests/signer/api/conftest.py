"""Fixtures: the HTTPS API of a signer on loopback, without TLS mostly, and clients."""

import ssl
from contextlib import contextmanager

import pytest
from twisted.internet.threads import blockingCallFromThread

from notary.ops.tls import TLSFactory, server_tls
from notary.settings.model import LimitsSettings, SignerServerSettings
from notary.signer.api import make_signer_site
from tests.signer.api.client import Client


async def well():
    """Tell that all is well by raising nothing."""


@pytest.fixture
def site(reactor_thread):
    """Serve a site for the length of a ``with`` block, which gets the port."""

    @contextmanager
    def listening(factory):
        port = blockingCallFromThread(
            reactor_thread, reactor_thread.listenTCP, 0, factory, interface="127.0.0.1"
        )
        try:
            yield port.getHost().port
        finally:
            blockingCallFromThread(reactor_thread, port.stopListening)

    return listening


@pytest.fixture
def serving(site, reactor_thread, signer):
    """Serve the API without TLS for the length of a ``with`` block."""

    @contextmanager
    def serve(
        service=None,
        *,
        healthy=well,
        limits=LimitsSettings(),  # noqa: B008 -- frozen
        clock=reactor_thread,
        require_client_certificate=False,
    ):
        api = make_signer_site(
            service or signer, healthy, limits, clock, require_client_certificate
        )
        with site(api) as port:
            yield Client(port)

    return serve


@pytest.fixture
def client(serving):
    with serving() as found:
        yield found


@pytest.fixture
def over_tls(site, reactor_thread, signer, authority, server_pair):
    """Serve the API over TLS to clients of an authority, ours if none is given."""

    @contextmanager
    def serve(client_ca=None):
        settings = SignerServerSettings(
            http_addr=":0",
            tls_cert_file=server_pair.certificate,
            tls_key_file=server_pair.key,
            client_ca_file=client_ca or authority.certificate,
        )
        api = make_signer_site(signer, well, LimitsSettings(), reactor_thread, True)
        with site(TLSFactory(server_tls(settings, any_purpose=True), api)) as port:
            yield lambda pair=None: Client(port, _context(authority, pair))

    return serve


def _context(authority, pair):
    context = ssl.create_default_context(cafile=str(authority.certificate))
    if pair is not None:
        context.load_cert_chain(pair.certificate, pair.key)
    return context
