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
from twisted.logger import Logger
from twisted.python import usage
from twisted.python.logfile import LogFile

from notary import __version__
from notary.auth.sources import IssuerKeys, key_sources
from notary.backends import bound_to_one_process
from notary.ops import development
from notary.ops.credentials import with_credentials
from notary.ops.logs import (
    JSON,
    RENDERERS,
    UNCONDITIONAL,
    LineObserver,
    shared_stream,
)
from notary.ops.tls import ServerTLS, server_tls
from notary.ops.worker_count import worker_count, worker_number
from notary.settings import (
    Settings,
    SettingsError,
    SignerSettings,
    load_server,
)

_log = Logger()

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
        ("debug", None, "Serve profiles and counters on localhost:8080."),
    )
    optParameters: tuple[tuple[str | None, ...], ...] = (  # noqa: N815 -- Twisted's
        ("config", "c", None, "The JSON configuration file."),
        ("logf", None, JSON, "The format of log lines: json or logfmt."),
    )

    worker = 0
    """Which of several processes this is, from 1; 0 if it is none of them."""
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
        said = use(now.logging.level)
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

    @property
    def is_first(self) -> bool:
        """Whether this process, alone or the first, does what one does for all."""
        return self.worker < 2

    def tell_ignored(self) -> None:
        """Log the keys of the configuration that nobody reads, whatever the level."""
        for said in self.settings.ignored if self.is_first else ():
            _log.warn("{said}", said=said, **{UNCONDITIONAL: True})

    def observer(self, level: str) -> LineObserver | None:
        """Return what writes our log lines, unless twistd was given its own logger."""
        parent: Mapping[str, object] = self.parent or {}
        if parent.get("logger") or parent.get("syslog"):
            return None
        stream, render = self.log_stream(parent), RENDERERS[self["logf"]]
        return LineObserver(stream, render, level, self.worker)

    def log_stream(self, parent: Mapping[str, Any]) -> TextIO:
        """Return standard error, or what twistd logs to when told, or in background."""
        path = parent.get("logfile")
        if path == "-":
            return sys.stdout
        if not path and parent.get("nodaemon", True):
            return sys.stderr
        return cast(TextIO, LogFile.fromFullPath(path or "twistd.log"))


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
        (
            "workers",
            None,
            None,
            "How many processes serve; without it, one for each processor, four at"
            " most, if the storage is mysql.",
        ),
        ("worker", None, None, "Which of them this is: the program itself says so."),
    )

    settings: Settings
    workers: int
    tls: ServerTLS | None
    sources: tuple[IssuerKeys, ...]

    def load(self) -> None:
        """Keep the settings of the server, and what TLS and tokens start from."""
        self.settings = self.read()
        self.worker = worker_number(self["worker"])
        self.workers = self._workers()
        self.tls = server_tls(self.settings.server)
        self.sources = key_sources(self.settings.auth.token)

    def read(self) -> Settings:
        """Return the settings of the server, as the configuration says them now."""
        return load_server(self.path, self.environ)

    def _workers(self) -> int:
        parent: Mapping[str, object] = self.parent or {}
        alone = bound_to_one_process(self.settings, self.environ)
        if parent.get("logger") or parent.get("syslog"):
            alone = alone or "several processes cannot share --logger or --syslog"
        many = self.settings.storage.backend == "mysql" and not self["debug"]
        return worker_count(self["workers"], alone, many=many)

    def for_worker(self) -> Sequence[str]:
        """Return the flags that a worker is started with, but for its number."""
        flags = [f"-logf={self['logf']}", f"-workers={self.workers}"]
        flags += ["-debug"] if self["debug"] else []
        if self.development is not None:
            return [f"-development={self.development}", *flags]
        return [f"-config={self.path.absolute()}", *flags]

    def log_stream(self, parent: Mapping[str, Any]) -> TextIO:
        """Return where the log goes; what several processes share is not rotated."""
        if self.worker:
            return shared_stream(sys.stderr.fileno())
        in_file = not parent.get("nodaemon", True) or parent.get("logfile")
        if self.workers > 1 and in_file and parent.get("logfile") != "-":
            return Path(parent["logfile"] or "twistd.log").open("a", encoding="utf-8")
        return super().log_stream(parent)

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
