"""What is measured of a request, for whoever tells it and whoever counts it."""

from typing import NamedTuple


class Answered(NamedTuple):
    """An answered request; ``error`` is the code in its answer, if it has one."""

    operation: str
    method: str
    status: int
    seconds: float
    request_bytes: int
    response_bytes: int
    error: str = ""
