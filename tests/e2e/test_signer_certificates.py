"""Certificates that do not fit: refused, with the reason where somebody can act on it.

Each case is a server process with its own mistake, against signers that run all along.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from tests import our_server as server_process
from tests import our_signer as signer_process
from tests.certificates import Authority, Pair
from tests.gopeers import go_server
from tests.load_link import Link, Repository, create_repository, tuf
from tests.mariadb import Place
from tests.our_server import OurServer, our_server
from tests.our_signer import PROTOCOLS, OurSigner, our_signer

GUN = "example.com/app"
DEADLINE = 3
NO_CERTIFICATE = {"tls_client_cert": "", "tls_client_key": ""}
A_CA = "is a CA certificate, whose holder could issue further clients"


@frozen
class World:
    """A published repository, and two signers: one of them has another's name."""

    server: Place
    signer: OurSigner
    misnamed: OurSigner
    authority: Authority
    repository: Repository
    folder: Path


@pytest.fixture(scope="module")
def world(mariadb_server, tmp_path_factory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("certificates")
    server, keys = (mariadb_server.create_database() for _ in range(2))
    authority = Authority(folder / "authority")
    signer_process.bootstrap(folder / "bootstrap", keys.dsn, authority)
    pair = authority.issue("misnamed", hosts=["other.example"])
    with ExitStack() as stack:
        good, bad = (
            stack.enter_context(our_signer(folder / name, keys.dsn, authority, pair=p))
            for name, p in (("good", None), ("bad", pair))
        )
        trust = good.trust()
        server_process.bootstrap(folder, server.dsn, trust)
        with (
            our_server(folder / "first", server.dsn, trust) as first,
            closing(Link(first.port)) as link,
        ):
            repository = create_repository(link, GUN)
        yield World(server, good, bad, authority, repository, folder)


def files(pair: Pair) -> dict[str, str]:
    """Return the settings of a client with this certificate."""
    return {
        "tls_client_cert": str(pair.certificate),
        "tls_client_key": str(pair.key),
    }


@frozen
class Case:
    """What the server's certificate is, and what both logs say of it, by protocol.

    A refusal in the handshake is logged by grpcio's peer only.
    """

    certificate: Callable[[World], dict[str, Any]]
    server: dict[str, str]
    signer: dict[str, str]


def both(reason: str) -> dict[str, str]:
    return dict.fromkeys(PROTOCOLS, reason)


CASES = {
    "none": Case(
        lambda _: NO_CERTIFICATE,
        both("trust_service.tls_client_cert: there is none"),
        {"https": "it has sent no certificate, and one is required"},
    ),
    "of another CA": Case(
        lambda world: files(Authority(world.folder / "other", "other").issue("ours")),
        both("it is from 'CN=other': is that in the signer's client_ca_file?"),
        {"https": "it was issued by an authority that is not in client_ca_file"},
    ),
    "expired": Case(
        lambda world: files(
            world.authority.issue("expired", starts=timedelta(days=-3), days=1)
        ),
        both("trust_service.tls_client_cert: it expired on"),
        {"https": "its certificate 'CN=expired': it has expired"},
    ),
    "a CA": Case(
        lambda world: files(world.authority.issue("a-ca", ca=True)),
        both(A_CA),
        both(A_CA),
    ),
}


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("name", CASES)
def test_a_certificate_that_is_not_the_signers_client_is_refused(
    world, tmp_path, name, protocol
):
    case, before = CASES[name], len(world.signer.running.log)
    trust = world.signer.trust(
        protocol, deadline_seconds=DEADLINE, **case.certificate(world)
    )
    with our_server(tmp_path / "server", world.server.dsn, trust) as server:
        check_only_reads_go_on(world, server)
        check_log(server, case.server[protocol])
    expected = case.signer.get(protocol, "")
    eventually(lambda: expected in " ".join(world.signer.running.log[before:]))


@pytest.mark.parametrize(
    ("protocol", "reason"),
    [
        ("grpc", "its certificate is for other names than trust_service.hostname"),
        ("https", "its certificate names other.example, but trust_service.hostname is"),
    ],
)
def test_a_signer_of_another_name_is_refused(world, tmp_path, protocol, reason):
    trust = world.misnamed.trust(protocol, deadline_seconds=DEADLINE)
    with our_server(tmp_path / "server", world.server.dsn, trust) as server:
        check_only_reads_go_on(world, server)
        check_log(server, reason)


def test_the_go_server_with_the_certificate_of_a_ca_is_refused_and_told_why(
    world, tmp_path
):
    before = len(world.signer.running.log)
    trust = world.signer.trust(**files(world.authority.issue("go-ca", ca=True)))
    with go_server(tmp_path / "server", world.server.dsn, trust) as server:
        with closing(Link(server.port)) as link:
            assert link.get(f"{tuf(GUN)}/timestamp.key").status == 500
        eventually(lambda: A_CA in server.log.read_text())
    eventually(lambda: A_CA in " ".join(world.signer.running.log[before:]))
    assert "'CN=go-ca'" in " ".join(world.signer.running.log[before:])


def check_only_reads_go_on(world: World, server: OurServer) -> None:
    """Check that what needs no signer is served, and all else a 503, soon."""
    with closing(Link(server.port)) as link:
        before = link.get(f"{tuf(GUN)}/timestamp.json")
        assert before.status == 200
        files = {"targets": world.repository.targets(2, "app")}
        for ask in (
            lambda: link.get(f"{tuf(GUN)}/timestamp.key"),
            lambda: link.send("POST", f"{tuf(GUN)}/snapshot.key"),
            lambda: link.upload(GUN, files),
        ):
            begun = time.monotonic()
            answer = ask()
            assert (answer.status, answer.code) == (503, "UNAVAILABLE")
            assert int(answer.headers["retry-after"]) > 0
            assert time.monotonic() - begun < DEADLINE + 1
        assert link.get(f"{tuf(GUN)}/timestamp.json").body == before.body
        assert link.get(f"{tuf(GUN)}/2.targets.json").status == 404


def check_log(server: OurServer, reason: str) -> None:
    """Check that an error of the log says why."""

    def says_so() -> bool:
        lines = map(json.loads, list(server.running.log))
        return any(one["level"] == "error" and reason in one["msg"] for one in lines)

    eventually(says_so)


def eventually(holds: Callable[[], bool], seconds: float = 10) -> None:
    """Wait until what another process does has been seen."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
