"""The options of ``twistd notary-server``: they end in checked settings, or one error.

All that can be wrong with a configuration is found here, before anything is
started; putting the program together is left to ``notary.tap``.
"""

import os
import platform
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO, cast

from twisted.python import usage
from twisted.python.logfile import LogFile

from notary import __version__
from notary.ops import development
from notary.ops.logs import JSON, RENDERERS, LineObserver
from notary.ops.tls import ServerTLS, server_tls
from notary.settings import Settings, SettingsError, load_server

VERSION_LINE = (
    f"Version: {__version__}, Git commit: unknown,"
    f" Python version: {platform.python_version()}"
)


class BadSettings(usage.UsageError):
    """The server cannot be started with its settings; each problem is one line."""

    def __init__(self, problems: Sequence[str]) -> None:
        count = len(problems)
        lines = problems if count == 1 else [f"{count} problems:", *problems]
        super().__init__("\n  ".join(lines))
        self.problems = tuple(problems)


class Options(usage.Options):
    """The command line, and the settings and TLS options that follow from it."""

    synopsis = "[options]"
    optFlags = (  # noqa: N815 -- Twisted's name
        ("debug", None, "Write debug messages, whatever logging.level is."),
    )
    optParameters = (  # noqa: N815 -- Twisted's name
        ("config", "c", None, "The JSON configuration file."),
        ("logf", None, JSON, "The format of log lines: json or logfmt."),
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

    def postOptions(self) -> None:  # noqa: N802
        """Read and check the settings; raise ``BadSettings`` with all problems."""
        if self["logf"] not in RENDERERS:
            raise usage.UsageError(f"--logf: {self['logf']} is not json or logfmt")
        try:
            self.settings = load_server(self._config(), os.environ)
            self.tls = usable_tls(self.settings)
        except SettingsError as error:
            raise BadSettings(error.problems) from None

    @property
    def development(self) -> Path | None:
        """The absolute path of the development folder, if there is to be one."""
        folder = self["development"]
        return Path(folder).absolute() if folder else None

    def observer(self) -> LineObserver | None:
        """Return what writes our log lines, unless twistd was given its own logger."""
        parent: Mapping[str, object] = self.parent or {}
        if parent.get("logger") or parent.get("syslog"):
            return None
        threshold = "debug" if self["debug"] else self.settings.logging.level
        return LineObserver(_log_stream(parent), RENDERERS[self["logf"]], threshold)

    def _config(self) -> Path:
        if bool(self["config"]) == bool(self.development):
            # The lonely dot is the path that the Go server names in this case.
            raise BadSettings(
                ["could not read the configuration .: give one with -config FILE"]
                if not self["config"]
                else ["-config, -development: give one of them, not both"]
            )
        if self.development is None:
            return Path(self["config"])
        try:
            return development.prepare(self.development, datetime.now(UTC))
        except OSError as error:
            raise BadSettings([f"{error.filename}: {error.strerror}"]) from None


def usable_tls(settings: Settings) -> ServerTLS | None:
    """Return the TLS options; raise ``SettingsError`` also for what is yet to come."""
    problems = []
    if settings.trust_service.type == "remote":
        problems.append("trust_service.type: remote is not supported yet")
    if settings.auth.type == "token":
        problems.append("auth.type: token is not supported yet")
    try:
        tls = server_tls(settings.server)
    except SettingsError as error:
        problems.extend(error.problems)
    if problems:
        raise SettingsError(problems)
    return tls


def _log_stream(parent: Mapping[str, Any]) -> TextIO:
    """Return standard error, or what twistd would log to when told or in background."""
    path = parent.get("logfile")
    if path == "-":
        return sys.stdout
    if not path and parent.get("nodaemon", True):
        return sys.stderr
    file = LogFile.fromFullPath(path or "twistd.log")
    return cast(TextIO, file)
