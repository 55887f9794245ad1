"""The answers of the debug server, each for one reader and never to be kept."""

from notary.web import answers
from notary.web.answers import Answer
from notary.web.conventions import Conventions

HTML = b"text/html; charset=utf-8"
PROFILE = b"application/octet-stream"

_ALWAYS: answers.Headers = (
    (b"Cache-Control", b"no-store"),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Cross-Origin-Resource-Policy", b"same-origin"),
)


def reply(kind: bytes, body: bytes, status: int = 200) -> Answer:
    """Return an answer of this content type."""
    return Answer(status, body, ((b"Content-Type", kind), *_ALWAYS))


def problem(status: int, text: str) -> Answer:
    """Return an answer whose text pprof shows to its user."""
    answer = reply(answers.TEXT, f"{text}\n".encode(), status)
    return Answer(status, answer.body, (*answer.headers, (b"X-Go-Pprof", b"1")))


NOT_FOUND = problem(404, "404 page not found")
FORBIDDEN = problem(
    403, "the debug server answers who asks for localhost, and no web pages"
)
FAILED = problem(500, "this failed; the log says why")
CONVENTIONS = Conventions(
    too_large=lambda said: problem(413, said),
    path_too_long=problem(414, "no address here is so long"),
    full=problem(503, "too much is being received already"),
    failed=FAILED,
    redirects=True,
)
