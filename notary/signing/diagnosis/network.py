"""From the settings' host name to a connection, each with a deadline."""

import queue
import socket
import threading
import time
from collections.abc import Sequence

from notary.settings.address import join_host_port
from notary.settings.model import TrustServiceSettings
from notary.signing.diagnosis.handshake import Handshake, shake_hands
from notary.signing.diagnosis.outcome import (
    ADDRESS,
    CONNECTION,
    SETTINGS,
    Found,
    Outcome,
    failed,
    need,
    ok,
)

_MAX_ADDRESSES = 4


def address(found: Found) -> Outcome:
    """Resolve the name."""
    need(found.is_address_sound, SETTINGS)
    trust = found.trust
    name, seconds = trust.hostname, trust.deadline_seconds
    try:
        addresses = _resolved(name, found.port, seconds)
    except TimeoutError:
        return failed(
            f"no answer within {seconds} s about what the name {name} is",
            "check the name servers of this machine (/etc/resolv.conf), or give"
            " the address in /etc/hosts",
        )
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a host name"
        return failed(
            f"the name {name} cannot be resolved: {reason}",
            "correct trust_service.hostname, or make the name known to this machine"
            f" (try: getent hosts {name})",
        )
    found.addresses = addresses
    if addresses == [name]:
        return ok(f"{name} is an address; there is nothing to resolve")
    return ok(f"{name} is {', '.join(addresses)}")


def connection(found: Found) -> Outcome:
    """Connect to the first address that accepts."""
    addresses = need(found.addresses, ADDRESS)[:_MAX_ADDRESSES]
    seconds = found.trust.deadline_seconds / len(addresses)
    refusals = []
    for host in addresses:
        place, begun = join_host_port(host, found.port), time.monotonic()
        try:
            socket.create_connection((host, found.port), seconds).close()
        except OSError as error:
            refusals.append((f"{place} {_words(error)}", error))
            continue
        found.peer = host
        milliseconds = 1000 * (time.monotonic() - begun)
        accepted = f"{place} accepts, after {milliseconds:.0f} ms"
        return ok("; ".join([accepted, *(f"but {words}" for words, _ in refusals)]))
    facts = "; ".join(words for words, _ in refusals)
    return failed(facts, _advice(found.trust, refusals[0][1]))


def shake(found: Found, offers: Sequence[bytes]) -> Handshake:
    """Return what another connection shows, with these protocols offered."""
    trust, tls = found.trust, need(found.tls, SETTINGS)
    place = (need(found.peer, CONNECTION), found.port)
    sock = socket.create_connection(place, trust.deadline_seconds)
    return shake_hands(sock, tls, trust, offers)


def _resolved(name: str, port: int, seconds: float) -> list[str]:
    """Return the addresses of a name, each once; nobody waits for a late answer."""
    answers: queue.SimpleQueue[list[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            infos = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
            answers.put(list(dict.fromkeys(str(info[4][0]) for info in infos)))
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return answer


def _words(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "refuses connections"
    if isinstance(error, TimeoutError):
        return "does not answer"
    return f"cannot be reached: {(error.strerror or 'failed').lower()}"


def _advice(trust: TrustServiceSettings, error: OSError) -> str:
    setting = "server.http_addr" if trust.protocol == "https" else "server.grpc_addr"
    if isinstance(error, ConnectionRefusedError):
        return (
            "start the signer, or correct trust_service.port: nothing listens there."
            f" {setting} of the signer must have this port, and an interface that"
            " can be reached from here (not 127.0.0.1 if it is another machine)"
        )
    return (
        "correct trust_service.hostname, or let connections to this port through:"
        " it is the wrong address, the machine is off, or a firewall is in between"
    )
