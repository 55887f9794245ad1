"""The rules of the server's settings, each with the message an operator knows."""

import posixpath
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path

from notary.settings import model, peers, shared, source, token
from notary.settings.errors import SettingsError
from notary.settings.reading import Reader

SERVER_KEYS = source.Keys(
    prefix="NOTARY_SERVER_",
    scalars=(
        *shared.LISTENING_KEYS,
        "server.trusted_proxies",
        "trust_service.type",
        "trust_service.hostname",
        "trust_service.port",
        "trust_service.key_algorithm",
        "trust_service.tls_ca_file",
        "trust_service.tls_client_cert",
        "trust_service.tls_client_key",
        "trust_service.protocol",
        "trust_service.deadline_seconds",
        *shared.STORAGE_KEYS,
        "auth.type",
        "caching.max_age.current_metadata",
        "caching.max_age.consistent_metadata",
        "caching.memory_bytes",
        "repositories.gun_prefixes",
        "renewal.after_percent",
        "renewal.per_minute",
        "rates.gun_per_minute",
        "rates.subject_per_minute",
        *shared.PROGRAM_KEYS,
    ),
    maps=("auth.options",),
)

MAX_AGE = 31536000
MAX_RENEWALS = 1000


def load_server(path: Path, environ: Mapping[str, str]) -> model.Settings:
    """Return the settings of the server or raise ``SettingsError``, once, for all."""
    reader = shared.reader(path, environ, SERVER_KEYS)
    settings = _settings(reader)
    if reader.problems:
        raise SettingsError(reader.problems)
    return settings


def _settings(reader: Reader) -> model.Settings:
    return model.Settings(
        logging=shared.logging(reader),
        repositories=_repositories(reader),
        reporting=shared.reporting(reader),
        trust_service=peers.trust_service(reader),
        storage=peers.storage(
            reader,
            "{} is not a supported storage backend; it must be memory, mysql or"
            " sqlite3",
        ),
        caching=_caching(reader),
        server=_server(reader),
        auth=token.auth(reader),
        limits=shared.limits(reader),
        rates=_rates(reader),
        renewal=_renewal(reader),
        ignored=reader.strangers,
    )


def _server(reader: Reader) -> model.ServerSettings:
    server = model.ServerSettings(
        shared.address(reader, "server.http_addr"),
        reader.path("server.tls_cert_file"),
        reader.path("server.tls_key_file"),
        reader.path("server.client_ca_file"),
        shared.address(reader, "server.ops_addr"),
        shared.drain_delay(reader),
        _trusted_proxies(reader),
    )
    if not server.http_addr:
        reader.note("server.http_addr", "http listen address required for server")
    both = bool(server.tls_cert_file and server.tls_key_file)
    if not both and (
        server.tls_cert_file or server.tls_key_file or server.client_ca_file
    ):
        reader.note(
            "server.tls_key_file" if server.tls_cert_file else "server.tls_cert_file",
            "either include both a cert and key file, or no TLS information at all"
            " to disable TLS",
        )
    return server


def _trusted_proxies(reader: Reader) -> tuple[model.Network, ...]:
    networks = []
    for text in reader.words("server.trusted_proxies"):
        try:
            networks.append(ip_network(text))
        except ValueError:
            reader.note(
                "server.trusted_proxies",
                f"not an address, nor a network such as 10.0.0.0/8: {text[:80]}",
            )
    return tuple(networks)


def _caching(reader: Reader) -> model.CachingSettings:
    def max_age(name: str, default: int) -> int:
        return reader.integer(
            f"caching.max_age.{name}",
            default,
            0,
            MAX_AGE,
            "specify a cache-control max-age",
        )

    usual = model.CachingSettings()
    return model.CachingSettings(
        max_age("current_metadata", usual.current_metadata),
        max_age("consistent_metadata", usual.consistent_metadata),
        reader.integer(
            "caching.memory_bytes",
            usual.memory_bytes,
            0,
            shared.MAX_LIMIT,
            "be a number of bytes",
        ),
    )


def _repositories(reader: Reader) -> model.RepositoriesSettings:
    prefixes = reader.words("repositories.gun_prefixes")
    for prefix in prefixes:
        if not _is_prefix(prefix):
            reader.note(
                "repositories.gun_prefixes",
                f"invalid GUN prefix {prefix[:80]}; it must end with a slash, not begin"
                " with one, and be clean, as docker.io/ or docker.io/library/",
            )
    return model.RepositoriesSettings(prefixes)


def _rates(reader: Reader) -> model.RatesSettings:
    def rate(name: str) -> int:
        return reader.integer(
            f"rates.{name}", 0, 0, shared.MAX_LIMIT, "be a number, 0 for no limit,"
        )

    return model.RatesSettings(rate("gun_per_minute"), rate("subject_per_minute"))


def _renewal(reader: Reader) -> model.RenewalSettings:
    usual = model.RenewalSettings()
    return model.RenewalSettings(
        reader.integer("renewal.after_percent", usual.after_percent, 1, 100),
        reader.integer("renewal.per_minute", usual.per_minute, 1, MAX_RENEWALS),
    )


def _is_prefix(prefix: str) -> bool:
    if prefix.startswith(("/", "..")):
        return False
    return prefix == posixpath.normpath(prefix.strip()) + "/"
