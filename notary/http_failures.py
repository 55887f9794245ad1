"""Why a request of ours came to nothing, in one line for the log."""

_MAX_TEXT = 300


def reason(error: Exception) -> str:
    """Return the innermost reason: Twisted wraps what TLS, for instance, has said."""
    while getattr(error, "reasons", None):
        error = error.reasons[0].value  # type: ignore[attr-defined]
    said = " ".join(str(error).split()) or "no answer"
    return f"{type(error).__name__}: {said[:_MAX_TEXT]}"
