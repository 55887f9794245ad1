"""Addresses as Go writes them: ``host:port``, ``[ip6]:port``, and ``:port``."""

from attrs import frozen


@frozen
class Address:
    """Where to listen; an empty host is every interface."""

    host: str
    port: int


def parse_address(text: str) -> Address:
    """Return the parts of ``text`` or raise ``ValueError`` with Go's message."""
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        raise ValueError(f"address {text}: missing port in address")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        raise ValueError(f"address {text}: too many colons in address")
    if "[" in host or "]" in host:
        raise ValueError(f"address {text}: unexpected bracket in address")
    return Address(host, _port(text, port))


def join_host_port(host: str, port: int | str) -> str:
    """Return the two as one text, with brackets around an address of IPv6."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _port(text: str, port: str) -> int:
    if not (port.isascii() and port.isdigit() and len(port) <= 5):
        raise ValueError(f"address {text}: the port must be a number")
    if int(port) > 65535:
        raise ValueError(f"address {text}: the port must be at most 65535")
    return int(port)
