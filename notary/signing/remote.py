"""The way to the signer that the settings name; the only place that knows both links.

Files are read here and nothing else is touched: connections are made by calls.
"""

import re
from datetime import UTC, datetime

from notary.ops.reactor import Reactor
from notary.settings.address import join_host_port
from notary.settings.errors import SettingsError
from notary.settings.model import TrustServiceSettings
from notary.signing.client_tls import ClientTLS, read_client_tls
from notary.signing.link import Link
from notary.signing.remote_https import HTTPSLink
from notary.signing.remote_signer import RemoteSigner

_PORT = re.compile("[0-9]{1,5}")


def open_remote(trust: TrustServiceSettings, reactor: Reactor) -> RemoteSigner:
    """Return the signer of the settings, not connected yet, or ``SettingsError``.

    The caller logs its ``warnings``, and closes it at the end.
    """
    problems = address_problems(trust)
    try:
        tls = read_client_tls(trust)
    except SettingsError as error:
        problems.extend(error.problems)
    if problems:
        raise SettingsError(problems)
    address = join_host_port(trust.hostname, trust.port)
    name, seconds = f"signer {address}", trust.deadline_seconds
    link: Link
    if trust.protocol == "https":
        link = HTTPSLink(name, trust.hostname, int(trust.port), tls, reactor)
    else:
        # A tenth of a process's memory, for those who use it.
        from notary.signing.remote_grpc import GRPCLink  # noqa: PLC0415

        link = GRPCLink(name, f"dns:///{address}", tls, seconds, reactor)
    return RemoteSigner(link, reactor, seconds, tls.warnings(datetime.now(UTC)))


class Renewal:
    """Reads the files of the settings again, for a signer made from them."""

    def __init__(self, trust: TrustServiceSettings, signer: RemoteSigner) -> None:
        self._trust = trust
        self._signer = signer
        self._tls = read_client_tls(trust)

    @property
    def tls(self) -> ClientTLS:
        """What new connections start from."""
        return self._tls

    def __call__(self) -> str:
        """Use what the files hold now for new connections, and tell what that is.

        Raise ``SettingsError`` and change nothing if it cannot be used.
        """
        tls = read_client_tls(self._trust)
        self._signer.renew(tls)
        before, self._tls = self._tls, tls
        return tls.changes(before)


def address_problems(trust: TrustServiceSettings) -> list[str]:
    """Return what is wrong with the host name and the port."""
    problems = []
    host, port = trust.hostname, trust.port
    known = host.isascii() and host.isprintable() and not set(host) & set(" /?#@[]%")
    if not (known and 0 < len(host) <= 253):
        problems.append("trust_service.hostname: must be a host name or an IP address")
    if trust.protocol == "https" and "_" in host:
        # gRPC takes such names; Twisted does not look them up.
        problems.append("trust_service.hostname: an HTTPS host has no underscore")
    if not (_PORT.fullmatch(port) and 0 < int(port) <= 65535):
        problems.append("trust_service.port: must be a number between 1 and 65535")
    return problems
