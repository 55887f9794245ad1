"""The options of both programs for twistd: they end in checked settings, or one error.

All that can be wrong with a configuration is found here, before anything is started;
putting the programs together is left to ``notary.tap`` and ``notary.signer_tap``.
"""

import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO, cast

from attrs import evolve
from twisted.python import usage
from twisted.python.logfile import LogFile

from notary import __version__
from notary.auth.sources import IssuerKeys, key_sources
from notary.ops import development
from notary.ops.credentials import with_credentials
from notary.ops.logs import JSON, RENDERERS, LineObserver
from notary.ops.tls import ServerTLS, server_tls
from notary.settings import (
    Settings,
    SettingsError,
    SignerSettings,
    load_server,
    load_signer,
)
from notary.signer.rpc_tls import RPCTLS, rpc_tls

VERSION_LINE = (
    f"Version: {__version__}, Git commit: unknown,"
    f" Python version: {platform.python_version()}"
)


class BadSettings(usage.UsageError):
    """A program cannot be started with its settings; each problem is one line."""

    def __init__(self, problems: Sequence[str]) -> None:
        count = len(problems)
        lines = problems if count == 1 else [f"{count} problems:", *problems]
        super().__init__("\n  ".join(lines))
        self.problems = tuple(problems)


class ProgramOptions(usage.Options):
    """What both programs have: a configuration file, and logs."""

    synopsis = "[options]"
    optFlags = (  # noqa: N815 -- Twisted's name
        ("debug", None, "Write debug messages; serve profiles on localhost:8080."),
    )
    optParameters: tuple[tuple[str | None, ...], ...] = (  # noqa: N815 -- Twisted's
        ("config", "c", None, "The JSON configuration file."),
        ("logf", None, JSON, "The format of log lines: json or logfmt."),
    )

    environ: Mapping[str, str]
    path: Path
    settings: Settings | SignerSettings

    def postOptions(self) -> None:  # noqa: N802
        """Read and check the settings; raise ``BadSettings`` with all problems."""
        if self["logf"] not in RENDERERS:
            raise usage.UsageError(f"--logf: {self['logf']} is not json or logfmt")
        try:
            self.environ = with_credentials(os.environ)
            self.path = self.config_path()
            self.load()
        except SettingsError as error:
            raise BadSettings(error.problems) from None

    def load(self) -> None:
        """Keep what the configuration says, or raise ``SettingsError``."""
        raise NotImplementedError

    def read(self) -> Settings | SignerSettings:
        """Return what the configuration says now, or raise ``SettingsError``."""
        raise NotImplementedError

    def reload_level(self, use: Callable[[str], str]) -> str:
        """Use the level that the configuration says now, and tell what has changed.

        Raise ``SettingsError`` and change nothing if it cannot be read.
        """
        now = self.read()
        said = "debug, for -debug" if self["debug"] else use(now.logging.level)
        if evolve(now, logging=self.settings.logging) == self.settings:
            return said
        return f"{said}; what else has changed in the configuration needs a restart"

    def config_path(self) -> Path:
        """Return the path of the configuration file, or raise ``BadSettings``."""
        if not self["config"]:
            # The lonely dot is the path that the Go programs name in this case.
            raise BadSettings(
                ["could not read the configuration .: give one with -config FILE"]
            )
        return Path(self["config"])

    def observer(self, level: str) -> LineObserver | None:
        """Return what writes our log lines, unless twistd was given its own logger."""
        parent: Mapping[str, object] = self.parent or {}
        if parent.get("logger") or parent.get("syslog"):
            return None
        threshold = "debug" if self["debug"] else level
        return LineObserver(_log_stream(parent), RENDERERS[self["logf"]], threshold)


class ServerOptions(ProgramOptions):
    """The command line of the server, with the settings and TLS that follow from it."""

    # Twisted adds these to what the class above has.
    optParameters = (  # noqa: N815 -- Twisted's name
        (
            "development",
            None,
            None,
            "A folder for a first try: certificates, configuration and database"
            " are made in it when they are missing.",
        ),
    )

    settings: Settings
    tls: ServerTLS | None
    sources: tuple[IssuerKeys, ...]

    def load(self) -> None:
        """Keep the settings of the server, and what TLS and tokens start from."""
        self.settings = self.read()
        self.tls = server_tls(self.settings.server)
        self.sources = key_sources(self.settings.auth.token)

    def read(self) -> Settings:
        """Return the settings of the server, as the configuration says them now."""
        return load_server(self.path, self.environ)

    @property
    def development(self) -> Path | None:
        """The absolute path of the development folder, if there is to be one."""
        folder = self["development"]
        return Path(folder).absolute() if folder else None

    def config_path(self) -> Path:
        """Return the path of the configuration, made if it is for development."""
        if self.development is None:
            return super().config_path()
        if self["config"]:
            raise BadSettings(["-config, -development: give one of them, not both"])
        try:
            return development.prepare(self.development, datetime.now(UTC))
        except OSError as error:
            raise BadSettings([f"{error.filename}: {error.strerror}"]) from None


class SignerOptions(ProgramOptions):
    """The command line of the signer, with the settings and TLS that follow from it."""

    settings: SignerSettings
    tls: ServerTLS | None
    rpc_tls: RPCTLS

    def read(self) -> SignerSettings:
        """Return the settings of the signer, as the configuration says them now."""
        return load_signer(self.path, self.environ)

    def load(self) -> None:
        """Keep the settings of the signer, and what its TLS starts from."""
        self.settings = self.read()
        server = self.settings.server
        # The site refuses what is not for clients, in words that a client can read.
        self.tls = server_tls(server, any_purpose=True)
        self.rpc_tls = rpc_tls(
            server.tls_cert_file, server.tls_key_file, server.client_ca_file
        )

    def reload_tls(self) -> str:
        """Use what the files hold now, on both ports or on neither, and tell about it.

        Raise ``SettingsError`` and change nothing if it cannot be used.
        """
        said = self.rpc_tls.reload()
        if self.tls is not None:
            self.tls.reload()
        return said


def _log_stream(parent: Mapping[str, Any]) -> TextIO:
    """Return standard error, or what twistd would log to when told or in background."""
    path = parent.get("logfile")
    if path == "-":
        return sys.stdout
    if not path and parent.get("nodaemon", True):
        return sys.stderr
    file = LogFile.fromFullPath(path or "twistd.log")
    return cast(TextIO, file)
