"""The rules of the signer's settings, each with the message an operator knows."""

from collections.abc import Mapping
from pathlib import Path

from attrs import evolve

from notary.settings import model, peers, shared, source
from notary.settings.errors import SettingsError
from notary.settings.reading import Reader

ALIAS = "storage.default_alias"

SIGNER_KEYS = source.Keys(
    prefix="NOTARY_SIGNER_",
    scalars=(
        "server.grpc_addr",
        *shared.LISTENING_KEYS,
        *shared.STORAGE_KEYS,
        ALIAS,
        *shared.PROGRAM_KEYS,
    ),
)

# The variable of the Go signer's first releases, which it still reads.
LEGACY_ALIAS = "NOTARY_SIGNER_DEFAULT_ALIAS"
MAX_ALIAS = 50


def load_signer(path: Path, environ: Mapping[str, str]) -> model.SignerSettings:
    """Return the settings of the signer or raise ``SettingsError``, once, for all."""
    reader = shared.reader(path, environ, SIGNER_KEYS)
    if not reader.values.get(ALIAS) and environ.get(LEGACY_ALIAS):
        values = {**reader.values, ALIAS: environ[LEGACY_ALIAS]}
        reader = evolve(reader, values=values)
    settings = _settings(reader)
    if reader.problems:
        raise SettingsError(reader.problems)
    return settings


def _settings(reader: Reader) -> model.SignerSettings:
    return model.SignerSettings(
        logging=shared.logging(reader),
        reporting=shared.reporting(reader),
        server=_server(reader),
        storage=_storage(reader),
        default_alias=_default_alias(reader),
        limits=shared.limits(reader),
        ignored=reader.strangers,
    )


def _server(reader: Reader) -> model.SignerServerSettings:
    certificate, key = _key_pair(reader)
    server = model.SignerServerSettings(
        certificate,
        key,
        shared.address(reader, "server.grpc_addr"),
        shared.address(reader, "server.http_addr"),
        reader.path("server.client_ca_file"),
        shared.address(reader, "server.ops_addr"),
        shared.drain_delay(reader),
    )
    if not server.grpc_addr and not server.http_addr:
        reader.note("server.grpc_addr", "grpc listen address required for server")
    return server


def _key_pair(reader: Reader) -> tuple[Path, Path]:
    """Return the files of certificate and key; without one the problem is noted."""
    certificate = reader.path("server.tls_cert_file")
    key = reader.path("server.tls_key_file")
    if not (certificate and key):
        reader.note(
            "server.tls_key_file" if certificate else "server.tls_cert_file",
            "unable to set up TLS: Could not load X509 key pair"
            f' (cert: "{certificate or ""}", key: "{key or ""}"):'
            " open : no such file or directory",
        )
    return certificate or Path(), key or Path()


def _storage(reader: Reader) -> model.StorageSettings:
    return peers.storage(
        reader,
        "{} is not an allowed backend, must be one of: [memory mysql sqlite3]",
    )


def _default_alias(reader: Reader) -> str:
    alias = reader.text(ALIAS)
    if len(alias) > MAX_ALIAS:
        reader.note(ALIAS, f"longer than {MAX_ALIAS} characters")
    if not alias and reader.text("storage.backend") != "memory":
        reader.note(ALIAS, "must provide a default alias for the key DB")
    return alias
