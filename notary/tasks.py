"""What a command line may ask for instead of running the program.

Each task gets the parsed options of its program, prints its result and returns an
exit code; a problem with the settings or the storage is raised as usual.
"""

import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from twisted.internet.defer import Deferred
from twisted.internet.task import react
from twisted.python.failure import Failure

from notary.auth.explain import ACCEPTED, explain
from notary.auth.files import MAX_BYTES, KeysError
from notary.auth.refresh import token_authenticator
from notary.backends import BackendError, open_keys, tls_files
from notary.flags import Flags
from notary.ops.metrics import Metrics
from notary.ops.reactor import Reactor
from notary.options import ServerOptions
from notary.settings import StorageSettings
from notary.settings.dsn import parse_dsn
from notary.signing.diagnosis import call_signer, diagnose
from notary.signing.reencrypt import reencrypt_command
from notary.signing.remote import open_remote
from notary.storage import mysql_schema
from notary.storage.migrations import SERVER, SIGNER, Schema
from notary.storage.store import StorageError

if TYPE_CHECKING:
    # It imports grpcio, of which a server needs nothing.
    from notary.signer_options import SignerOptions


def bootstrap_server(options: ServerOptions, _flags: Flags) -> int:
    """Make or upgrade the server's schema. Raise ``BackendError``."""
    storage = options.settings.storage
    _bootstrap(storage, SERVER)
    if options.settings.trust_service.type == "local":
        dsn, tls = parse_dsn(storage.db_url), tls_files(storage)
        _stored(lambda: _print(mysql_schema.bootstrap_keys(dsn, tls)))
    return 0


def check_signer(options: ServerOptions, _flags: Flags) -> int:
    """Tell step by step whether the remote signer can be used; 1 if it cannot."""
    trust = options.settings.trust_service
    if trust.type == "local":
        _print("trust_service.type is local: there is no signer to check")
        return 0

    async def work(reactor: Reactor) -> int:
        await call_signer(open_remote(trust, reactor))
        return 0

    try:
        return 0 if diagnose(trust, lambda: _under_reactor(work), _print) else 1
    except KeyboardInterrupt:
        raise BackendError("interrupted by a signal") from None


def bootstrap_signer(options: "SignerOptions", _flags: Flags) -> int:
    """Make or upgrade the signer's schema. Raise ``BackendError``."""
    _bootstrap(options.settings.storage, SIGNER)
    return 0


def reencrypt(options: "SignerOptions", flags: Flags) -> int:
    """Move the keys of an alias to ``storage.default_alias``; 1 if any is left."""
    settings = options.settings
    if settings.storage.backend == "memory":
        raise BackendError("storage.backend: memory keeps no keys to encrypt anew")

    async def work(reactor: Reactor) -> int:
        keys, close = open_keys(settings, options.environ, reactor, Metrics())
        try:
            return await reencrypt_command(
                keys.store, keys.passphrases, flags.values["reencrypt"], _now, _print
            )
        finally:
            await close()

    return _under_reactor(work)


def explain_token(options: ServerOptions, flags: Flags) -> int:
    """Print every check of the token on standard input; 1 if it is refused."""
    token, sources = options.settings.auth.token, options.sources
    actions = flags.values.get("actions", "pull").split(",")

    async def work(reactor: Reactor) -> int:
        authenticator, _ = token_authenticator(token, sources, reactor, _now, _print)
        if authenticator is None:
            raise BackendError("auth.type: without token there is none to explain")
        for source in filter(lambda source: source.is_remote, sources):
            try:
                await source.fetch(reactor)
            except KeysError as error:
                _print(f"the key set of issuer {source.name} is missing: {error}")
        text, line = sys.stdin.read(MAX_BYTES), ""
        for line in explain(authenticator, text, flags.values.get("gun"), actions):
            _print(line)
        return 0 if line == ACCEPTED else 1

    return _under_reactor(work)


def _bootstrap(storage: StorageSettings, schema: Schema) -> None:
    if storage.backend != "mysql":
        raise BackendError(
            "store does not support bootstrapping: storage.backend"
            f" {storage.backend} needs none"
        )
    dsn, tls = parse_dsn(storage.db_url), tls_files(storage)
    _stored(lambda: _print(mysql_schema.bootstrap(dsn, schema, tls)))


def _stored(work: Callable[[], None]) -> None:
    try:
        work()
    except StorageError as error:
        raise BackendError(f"storage.db_url: {error}") from None


def _under_reactor(work: Callable[[Reactor], Coroutine[Any, Any, int]]) -> int:
    """Run a coroutine on the reactor and return its result or raise its error."""
    outcomes: list[int | Failure] = []

    def main(reactor: object) -> Deferred[None]:
        working = Deferred.fromCoroutine(work(cast(Reactor, reactor)))
        return working.addBoth(outcomes.append)

    with suppress(SystemExit):
        react(main)
    if not outcomes:
        raise BackendError("interrupted by a signal; what was done until then is done")
    (outcome,) = outcomes
    if isinstance(outcome, Failure):
        outcome.raiseException()
    return outcome


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _now() -> datetime:
    return datetime.now(UTC)
