"""The settings of both programs as frozen values; where they come from is elsewhere.

Paths are absolute. A value without a default here is always given.
"""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from attrs import field, frozen

Network = IPv4Network | IPv6Network


@frozen
class ServerSettings:
    """Where the server listens; both of certificate and key are set, or neither.

    ``ops_addr`` is for health and metrics, in plain HTTP; nowhere if it is empty.
    ``drain_delay_seconds`` pass between a signal to stop and the end of listening.
    ``trusted_proxies`` are believed, in the log, about whom they forward for.
    """

    http_addr: str
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    client_ca_file: Path | None = None
    ops_addr: str = ""
    drain_delay_seconds: int = 0
    trusted_proxies: tuple[Network, ...] = ()


@frozen
class TrustServiceSettings:
    """Who signs: ``type`` is ``local`` or ``remote``; the rest is for ``remote``.

    ``protocol`` is ``grpc`` or ``https``. No call to the signer takes longer than
    ``deadline_seconds``.
    """

    type: str
    hostname: str = ""
    port: str = ""
    key_algorithm: str = ""
    tls_ca_file: Path | None = None
    tls_client_cert: Path | None = None
    tls_client_key: Path | None = None
    protocol: str = "grpc"
    deadline_seconds: int = 5


@frozen
class StorageSettings:
    """Where metadata is kept: ``backend`` is ``memory``, ``sqlite3`` or ``mysql``.

    ``db_url`` is the absolute path of the file for ``sqlite3``, and an address in
    the grammar of go-sql-driver for ``mysql``; the files are for TLS to that.
    """

    backend: str
    db_url: str = field(default="", repr=False)
    tls_ca_file: Path | None = None
    client_cert_file: Path | None = None
    client_key_file: Path | None = None


@frozen
class IssuerSettings:
    """Who makes tokens, and by which keys they are known: at least one of the two.

    ``jwks`` is a file, or the text of an https URL; ``jwks_ca_file`` is for the latter.
    """

    name: str
    rootcertbundle: Path | None = None
    jwks: Path | str | None = None
    jwks_ca_file: Path | None = None


@frozen
class TokenSettings:
    """Where clients get tokens (``realm``), for whom, and whose are accepted.

    With ``autoredirect`` the realm is ``/auth/token`` on the host that was asked.
    """

    realm: str
    service: str
    issuers: tuple[IssuerSettings, ...]
    autoredirect: bool = False


@frozen
class AuthSettings:
    """Who may do what: ``type`` is ``token``, or empty for no authentication."""

    type: str = ""
    token: TokenSettings | None = None


@frozen
class LoggingSettings:
    """``level`` is one of debug, info, warning, error and fatal."""

    level: str = "error"


@frozen
class ReportingSettings:
    """Where errors are reported to; nowhere without an API key."""

    api_key: str = field(default="", repr=False)
    release_stage: str = ""
    endpoint: str = ""


@frozen
class CachingSettings:
    """How long answers may be cached, in seconds; 0 forbids it.

    Files that never change take at most ``memory_bytes`` of each process.
    """

    current_metadata: int = 300
    consistent_metadata: int = 2592000
    memory_bytes: int = 32 * 1024 * 1024


@frozen
class RepositoriesSettings:
    """Which GUNs are served: those with one of the prefixes; all if there is none."""

    gun_prefixes: tuple[str, ...] = ()


@frozen
class LimitsSettings:
    """What clients may cost, in bytes and seconds; ``parts`` is of one upload.

    All clients of one process together may have ``bodies_bytes`` in memory,
    ``answers_bytes`` that they have not taken yet, ``changes`` that are worked on, and
    ``connections``; one address may have ``connections_per_address`` of these, where 0
    is no limit.
    """

    head_bytes: int = 65536
    body_bytes: int = 32 * 1024 * 1024
    parts: int = 1000
    part_bytes: int = 16 * 1024 * 1024
    idle_seconds: int = 60
    request_seconds: int = 60
    bodies_bytes: int = 256 * 1024 * 1024
    answers_bytes: int = 256 * 1024 * 1024
    changes: int = 100
    connections: int = 8000
    connections_per_address: int = 6000


@frozen
class RatesSettings:
    """How many changes a minute are let in, of one GUN and by one subject; 0: any."""

    gun_per_minute: int = 0
    subject_per_minute: int = 0


@frozen
class RenewalSettings:
    """When the server signs its own files again, and how fast if nobody asks for them.

    With ``after_percent`` of 100 that is only when it has expired and is asked for.
    """

    after_percent: int = 50
    per_minute: int = 120


@frozen
class SignerServerSettings:
    """Where the signer listens, over TLS: for gRPC, for HTTPS, or for both.

    ``ops_addr`` is for health and metrics, in plain HTTP; nowhere if it is empty.
    ``drain_delay_seconds`` pass between a signal to stop and the end of listening.
    """

    tls_cert_file: Path
    tls_key_file: Path
    grpc_addr: str = ""
    http_addr: str = ""
    client_ca_file: Path | None = None
    ops_addr: str = ""
    drain_delay_seconds: int = 0


@frozen
class SignerSettings:
    """Everything that can be configured of the signer.

    New keys are encrypted with the passphrase of ``default_alias``, which is empty
    only when keys are kept in memory. ``ignored`` is what to tell about keys that are
    given and not known.
    """

    server: SignerServerSettings
    storage: StorageSettings
    default_alias: str = ""
    logging: LoggingSettings = LoggingSettings()
    reporting: ReportingSettings = ReportingSettings()
    limits: LimitsSettings = LimitsSettings()
    ignored: tuple[str, ...] = ()


@frozen
class Settings:
    """Everything that can be configured of the server.

    ``ignored`` is what to tell about keys that are given and not known.
    """

    server: ServerSettings
    trust_service: TrustServiceSettings
    storage: StorageSettings
    auth: AuthSettings = AuthSettings()
    logging: LoggingSettings = LoggingSettings()
    reporting: ReportingSettings = ReportingSettings()
    caching: CachingSettings = CachingSettings()
    repositories: RepositoriesSettings = RepositoriesSettings()
    limits: LimitsSettings = LimitsSettings()
    rates: RatesSettings = RatesSettings()
    renewal: RenewalSettings = RenewalSettings()
    ignored: tuple[str, ...] = ()
