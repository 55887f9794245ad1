"""A proxy on the way to the database or the signer delays, cuts and drops."""

import threading
import time
from typing import Any

from faults.scene import SECONDS, Scene
from tests.mariadb import Place
from tests.mysql_databases import on_other_port
from tests.proxy import Connection, Cut, Proxy

REQUEST_LOST = "the request is lost with its connection"
REPLY_LOST = "the reply is lost with its connection"
HALF_A_REPLY = "the reply ends in its middle, with the connection"
SILENCE = "the reply ends in its middle, and the connection stays open"
DELAY = "the reply is late"
KINDS = (REQUEST_LOST, REPLY_LOST, HALF_A_REPLY, SILENCE, DELAY)
_LATE = 0.7


class _Harmed(Connection):
    def __init__(self, proxy: Any) -> None:
        super().__init__(proxy)
        self._is_silent = False

    def upwards(self, data: bytes) -> bytes:
        if self.proxy.takes(REQUEST_LOST):
            raise Cut
        return data

    def downwards(self, data: bytes) -> bytes:
        half = data[: len(data) // 2]
        if self._is_silent:
            return b""
        if self.proxy.takes(REPLY_LOST):
            raise Cut
        if self.proxy.takes(HALF_A_REPLY):
            raise Cut(half)
        if self.proxy.takes(SILENCE):
            self._is_silent = True
            return half
        if self.proxy.takes(DELAY):
            time.sleep(_LATE)
        return data


class HarmfulProxy(Proxy):
    """Does to the next bytes that pass what it is told to."""

    connection = _Harmed

    def __init__(self, target: int) -> None:
        super().__init__(target)
        self._kind = ""
        self._changed = threading.Condition()

    def harm(self, kind: str) -> None:
        """Return when it was done."""
        with self._changed:
            self._kind = kind
            assert self._changed.wait_for(lambda: not self._kind, SECONDS), kind

    def takes(self, kind: str) -> bool:
        """Tell whether this is to be done now."""
        with self._changed:
            if self._kind != kind:
                return False
            self._kind = ""
            self._changed.notify_all()
            return True


def to_the_database(scene: Scene) -> None:
    """Harm the connections of a server to its database."""
    place = scene.place()
    with HarmfulProxy(place.port).running() as proxy:
        near: Place = on_other_port(place, proxy.port)
        with scene.load([scene.server(near)], place.run) as load:
            _harm(scene, proxy, load)


def to_the_signer(scene: Scene) -> None:
    """Harm the connections of a server to its signer: reads need none."""
    signer, trust = scene.signer()
    place = scene.place()
    with HarmfulProxy(signer.port).running() as proxy:
        server = scene.server(place, trust | {"port": str(proxy.port)})
        with scene.load([server], place.run, reads=True) as load:
            _harm(scene, proxy, load)


def _harm(scene: Scene, proxy: HarmfulProxy, load: Any) -> None:
    for number in scene.injections():
        scene.moment()
        proxy.harm(KINDS[number % len(KINDS)])
        scene.settle(load)
