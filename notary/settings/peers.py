"""The rules of the settings about peers: who signs, and where metadata is kept."""

from notary.settings import model
from notary.settings.dsn import parse_dsn
from notary.settings.dsn_parameters import DSNError
from notary.settings.reading import Reader

MAX_DEADLINE = 300
_USUAL = model.TrustServiceSettings("remote")


def trust_service(reader: Reader) -> model.TrustServiceSettings:
    """Return who signs, and how to reach them."""
    trust = model.TrustServiceSettings(
        reader.choice(
            "trust_service.type",
            ("local", "remote"),
            'must specify either a "local" or "remote" type for trust_service',
        ),
        reader.text("trust_service.hostname"),
        reader.text("trust_service.port"),
        reader.text("trust_service.key_algorithm"),
        reader.path("trust_service.tls_ca_file"),
        reader.path("trust_service.tls_client_cert"),
        reader.path("trust_service.tls_client_key"),
        _protocol(reader),
        _deadline(reader),
    )
    if trust.type == "remote":
        _check_remote(reader)
    return trust


def _protocol(reader: Reader) -> str:
    given = reader.choice(
        "trust_service.protocol",
        ("", "grpc", "https"),
        '{} is not a known protocol; it must be "grpc", which is the default, or'
        ' "https"',
    )
    return given or _USUAL.protocol


def _deadline(reader: Reader) -> int:
    return reader.integer(
        "trust_service.deadline_seconds",
        _USUAL.deadline_seconds,
        1,
        MAX_DEADLINE,
    )


def _check_remote(reader: Reader) -> None:
    reader.choice(
        "trust_service.key_algorithm",
        ("ecdsa", "ed25519", "rsa"),
        "invalid key algorithm configured: {}; it must be ecdsa, ed25519 or rsa",
    )
    _check_pair(reader, "trust_service.tls_client_cert", "trust_service.tls_client_key")


def storage(reader: Reader, unknown: str) -> model.StorageSettings:
    """Return where metadata or keys are kept, and how to reach it.

    ``unknown`` is what to say of another backend ``{}``.
    """
    backend = reader.choice("storage.backend", ("memory", "sqlite3", "mysql"), unknown)
    url = reader.text("storage.db_url")
    if backend in ("mysql", "sqlite3") and not url:
        reader.note(
            "storage.db_url", f"must provide a non-empty database source for {backend}"
        )
    elif backend == "mysql":
        _database_source(reader, url)
    elif backend == "sqlite3":
        url = str(reader.path("storage.db_url"))
    _check_pair(reader, "storage.client_cert_file", "storage.client_key_file")
    return model.StorageSettings(
        backend,
        url,
        reader.path("storage.tls_ca_file"),
        reader.path("storage.client_cert_file"),
        reader.path("storage.client_key_file"),
    )


def _database_source(reader: Reader, url: str) -> None:
    try:
        parse_dsn(url)
    except DSNError as error:
        reader.note(
            "storage.db_url",
            f"failed to parse the database source for mysql: {error}",
        )


def _check_pair(reader: Reader, certificate: str, key: str) -> None:
    """Note a problem at the one that is missing if only the other is given."""
    has_certificate = bool(reader.text(certificate))
    if has_certificate != bool(reader.text(key)):
        reader.note(
            key if has_certificate else certificate,
            "either pass both client key and cert, or neither",
        )
