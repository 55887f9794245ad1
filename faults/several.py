"""Several servers on one database, whose publishers compete for each repository."""

from faults.scene import SECONDS, Scene
from tests.load import Outcome


def two_servers(scene: Scene) -> None:
    """Let publishers collide on two servers."""
    _collide(scene, 2)


def four_servers(scene: Scene) -> None:
    """Let publishers collide on four servers."""
    _collide(scene, 4)


def _collide(scene: Scene, count: int) -> None:
    place = scene.place()
    servers = [scene.server(place) for _ in range(count)]
    with scene.load(servers, place.run, reads=True) as load:
        record = load.record

        def collisions() -> int:
            return sum(one.outcome is Outcome.REFUSED for one in list(record.attempts))

        record.wait(10 * SECONDS, lambda _: collisions() >= scene.times)
        scene.injected = collisions()
