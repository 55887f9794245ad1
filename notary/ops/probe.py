"""Ask a program on this host whether it lives, as the health check of a container.

    python -m notary.ops.probe localhost:4443/_notary_server/live

It is asked in plain HTTP and, if it speaks only TLS, over that. Whose certificate it
shows does not matter here, and one that wants a client certificate lives, too. What
comes of the exit code is left to the container engine.
"""

import ssl
import sys
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException, HTTPSConnection

SECONDS = 4
_USAGE = "usage: probe HOST:PORT/PATH\n"
_REFUSES_US = "TLSV13_ALERT_CERTIFICATE_REQUIRED"


def main(arguments: Sequence[str]) -> int:
    """Print in one line what was found; return 0 if the program lives, or 1."""
    if len(arguments) != 1:
        sys.stderr.write(_USAGE)
        return 2
    authority, _, path = arguments[0].partition("/")
    try:
        answer = _ask(authority, f"/{path}")
    except (OSError, HTTPException, ValueError) as error:
        answer = f"no answer: {error or type(error).__name__}"
    sys.stdout.write(f"{arguments[0]}: {answer}\n")
    return 0 if answer in ("200", _REFUSES_US) else 1


def _ask(authority: str, path: str) -> str:
    # A server that speaks TLS says so at once; one that does not waits for more of it.
    plain = _status(HTTPConnection(authority, timeout=SECONDS), path)
    if plain != "400":
        return plain
    try:
        secure = HTTPSConnection(authority, timeout=SECONDS, context=_anybody())
        return _status(secure, path)
    except ssl.SSLError as error:
        if error.reason == _REFUSES_US:
            return _REFUSES_US
        raise


def _status(connection: HTTPConnection, path: str) -> str:
    try:
        connection.request("GET", path)
        return str(connection.getresponse().status)
    finally:
        connection.close()


def _anybody() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
