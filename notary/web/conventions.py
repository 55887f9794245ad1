"""What an API answers to requests that none of its routes ever gets to see."""

from collections.abc import Callable

from attrs import frozen

from notary.web.answers import Answer


@frozen
class Conventions:
    """The answers to what is too large or too much, and to a failure of the framework.

    ``full`` is that to a body for which others have left no room. ``too_large`` is
    given the limit in words. With ``redirects``, a path that is not clean is
    redirected; without, it is routed as it is.
    """

    too_large: Callable[[str], Answer]
    path_too_long: Answer
    full: Answer
    failed: Answer
    redirects: bool
