"""A real server on a loopback port with one published repository."""

from tests.web.conftest import client, owner, published, service, serving

__all__ = ["client", "owner", "published", "service", "serving"]
