"""The rules of the signer's settings, each with the message an operator knows."""

import os
from collections.abc import Mapping
from pathlib import Path

from notary.settings import model, peers, shared, source
from notary.settings.errors import SettingsError
from notary.settings.reading import Reader

SIGNER_KEYS = source.Keys(
    prefix="NOTARY_SIGNER_",
    scalars=(
        "server.grpc_addr",
        *shared.LISTENING_KEYS,
        *shared.STORAGE_KEYS,
        "storage.default_alias",
        *shared.PROGRAM_KEYS,
    ),
)

# The variable of the Go signer's first releases, which it still reads.
LEGACY_ALIAS = "NOTARY_SIGNER_DEFAULT_ALIAS"
MAX_ALIAS = 50


def load_signer(path: Path, environ: Mapping[str, str]) -> model.SignerSettings:
    """Return the settings of the signer or raise ``SettingsError``, once, for all."""
    tree = source.read_file(path)
    problems: list[str] = []
    given = source.select(tree, SIGNER_KEYS, problems)
    given = source.overlay(given, environ, SIGNER_KEYS, problems)
    if not given.get("storage.default_alias") and environ.get(LEGACY_ALIAS):
        given["storage.default_alias"] = environ[LEGACY_ALIAS]
    reader = Reader(given, Path(os.path.abspath(path)).parent, problems)
    settings = _settings(reader)
    if problems:
        raise SettingsError(problems)
    return settings


def _settings(reader: Reader) -> model.SignerSettings:
    return model.SignerSettings(
        logging=shared.logging(reader),
        reporting=shared.reporting(reader),
        server=_server(reader),
        storage=_storage(reader),
        default_alias=_default_alias(reader),
        limits=shared.limits(reader),
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
    alias = reader.text("storage.default_alias")
    if len(alias) > MAX_ALIAS:
        reader.note("storage.default_alias", f"longer than {MAX_ALIAS} characters")
    if not alias and reader.text("storage.backend") != "memory":
        reader.note(
            "storage.default_alias", "must provide a default alias for the key DB"
        )
    return alias
