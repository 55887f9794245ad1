"""The command of a server, and what is asked of it once it is started."""

import http.client
import json

from tests.running import TWISTD

GUN_KEY = "/v2/localhost/demo/_trust/tuf/timestamp.key"


def twistd(path, *more):
    return [*TWISTD, "notary-server", "--config", str(path), *more]


def lines(log):
    return [json.loads(line) for line in log]


def get(port, path, context=None):
    """Return status and body of one GET request."""
    if context is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    else:
        connection = http.client.HTTPSConnection(
            "localhost", port, timeout=10, context=context
        )
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()
