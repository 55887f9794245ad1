"""What is leaned on inside Twisted, beyond its interfaces: a new release may move it.

Where a name is used is said beside it. Whoever finds one missing looks there first.
"""

import inspect

import pytest
from twisted.internet import tcp
from twisted.internet.epollreactor import EPollReactor
from twisted.protocols.basic import LineReceiver
from twisted.protocols.tls import BufferingTLSTransport, TLSMemoryBIOFactory
from twisted.web.http import HTTPChannel

LEANED_ON = [
    (
        EPollReactor,  # ops/polling
        ("_poller", "_selectables", "_doReadOrWrite", "doIteration"),
    ),
    (
        tcp.Server,  # ops/prompt
        (
            "dataBuffer",
            "_tempDataBuffer",
            "_writeDisconnecting",
            "_shouldShutdown",
            "disconnecting",
            "socket",
        ),
    ),
    (tcp.Port, ("transport", "_logger", "_reservedFD")),  # ops/prompt, ops/exhaustion
    (
        BufferingTLSTransport,  # ops/tls_transport
        (
            "_tlsConnection",
            "_appSendBuffer",
            "_handshakeDone",
            "_lostTLSConnection",
            "_aborted",
            "_aggregator",
            "_flushReceiveBIO",
            "_flushSendBIO",
            "_checkHandshakeStatus",
            "_shutdownTLS",
            "_tlsShutdownFinished",
            "_write",
        ),
    ),
    (TLSMemoryBIOFactory, ("_creatorCallable", "registerProtocol")),
    (LineReceiver, ("_buffer", "paused", "line_mode")),  # web/channel
    (
        HTTPChannel,  # web/channel, web/quick_channel
        (
            "_dataBuffer",
            "_handlingRequest",
            "_networkProducer",
            "requests",
            "persistent",
        ),
    ),
]


@pytest.mark.parametrize(
    ("kind", "names"), LEANED_ON, ids=lambda each: getattr(each, "__name__", "names")
)
def test_twisted_still_has_what_is_leaned_on(kind, names):
    sources = "".join(
        inspect.getsource(each)
        for each in kind.__mro__
        if each.__module__.startswith("twisted.")
    )
    assert [name for name in names if name not in sources] == []
