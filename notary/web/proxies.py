"""Whom a request comes from, for the log, when proxies stand in between.

What a header says of that is believed as far as trusted proxies have written it:
from its end on. Anybody can send the rest.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from twisted.internet.interfaces import IAddress

from notary.settings.model import Network
from notary.web import shown

HEADER = b"X-Forwarded-For"

_MAX_PROXIES = 16
_FORMS = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+|(.*)")


def origin(
    peer: IAddress | None, forwarded: Sequence[bytes], trusted: Sequence[Network]
) -> str:
    """Return the right-most address that is no trusted proxy's; the peer's has a port.

    ``forwarded`` are the values of the header, in their order.
    """
    found = shown.peer(peer)
    if not trusted:
        return found
    address = _address(getattr(peer, "host", ""))
    chain = b",".join(forwarded).rsplit(b",", _MAX_PROXIES)
    while chain and address is not None and any(address in each for each in trusted):
        address = _address(chain.pop().decode("latin-1").strip())
        found = found if address is None else str(address)
    return found


def _address(text: str) -> IPv4Address | IPv6Address | None:
    forms = _FORMS.fullmatch(text)
    bare = next(filter(None, forms.groups()), "") if forms else ""
    try:
        address = ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
