"""The pages below ``/debug/``: what is asked for, and which module knows it."""

import sys
import tracemalloc
from collections.abc import Awaitable, Callable, Mapping
from pathlib import PurePath

from attrs import frozen
from twisted.internet.interfaces import IReactorTime

from notary.debug import text, variables
from notary.debug.activities import activities, as_profile
from notary.debug.cpu import Processor
from notary.debug.heap import record_heap
from notary.debug.parameters import Query, whole_number
from notary.debug.profile import encode
from notary.debug.recorder import Recorder
from notary.debug.replies import HTML, PROFILE, problem, reply
from notary.web import answers
from notary.web.answers import Answer
from notary.web.status import Status

MAX_CPU_SECONDS = 300
MAX_HEAP_SECONDS = 3600
CPU_SECONDS = 30
HEAP_SECONDS = 10


@frozen
class Pages:
    """What every page is made from."""

    status: Status
    reactor: IReactorTime
    processor: Processor
    recorder: Recorder


Page = Callable[[Pages, Query], Awaitable[Answer]]


async def health(pages: Pages, _query: Query) -> Answer:
    """Tell what the program's own page about its health tells."""
    failed = pages.status.health.failed
    body = answers.compact(failed).encode("utf-8")
    return reply(answers.JSON, body, 500 if failed else 200)


async def show_variables(pages: Pages, _query: Query) -> Answer:
    """Tell counts and sizes as Go's ``expvar`` does."""
    body = variables.as_json(sys.argv, pages.status.metrics())
    return reply(answers.JSON, body)


async def to_index(_pages: Pages, _query: Query) -> Answer:
    """Lead to the index, where its links are right."""
    return Answer(301, headers=((b"Location", b"/debug/pprof/"),))


async def index(_pages: Pages, _query: Query) -> Answer:
    """List what there is."""
    rows = "".join(
        f'<li><a href="{path}">{path}</a>: {said}\n' for path, said in INDEX.items()
    )
    page = f"<!doctype html>\n<title>/debug/pprof/</title>\n<ul>\n{rows}</ul>\n"
    return reply(HTML, page.encode("utf-8"))


async def cmdline(_pages: Pages, _query: Query) -> Answer:
    """Tell how the program was called."""
    return reply(answers.TEXT, "\0".join(sys.argv).encode("utf-8", "replace"))


async def cpu(pages: Pages, query: Query) -> Answer:
    """Return what the processor is used for from now on."""
    seconds = whole_number(query, "seconds", CPU_SECONDS, 1, MAX_CPU_SECONDS)
    body = await pages.recorder.record(
        lambda stop: encode(pages.processor.record(seconds, stop), _name())
    )
    return reply(PROFILE, body)


async def heap(pages: Pages, query: Query) -> Answer:
    """Return what memory is allocated from now on, or has been if that is known."""
    default = 0 if tracemalloc.is_tracing() else HEAP_SECONDS
    seconds = whole_number(query, "seconds", default, 1, MAX_HEAP_SECONDS)
    body = await pages.recorder.record(
        lambda stop: encode(record_heap(seconds, stop), _name())
    )
    return reply(PROFILE, body)


async def goroutine(pages: Pages, query: Query) -> Answer:
    """Return what the program does and waits for: a profile, or text."""
    debug = whole_number(query, "debug", 0, 0, 2)
    found = activities(pages.reactor)
    if not debug:
        return reply(PROFILE, encode(as_profile(found), _name()))
    shown = text.grouped(found) if debug == 1 else text.one_by_one(found)
    return reply(answers.TEXT, shown.encode("utf-8", "replace"))


async def symbol(_pages: Pages, _query: Query) -> Answer:
    """Tell that there are no addresses to look up: profiles have names in them."""
    return reply(answers.TEXT, b"num_symbols: 0\n")


async def trace(_pages: Pages, _query: Query) -> Answer:
    """Tell why there is no trace."""
    return problem(
        404,
        "there is no trace: it is about the scheduler of Go, which is not here;"
        " see profile and goroutine",
    )


def _name() -> str:
    return PurePath(sys.argv[0]).name


INDEX = {
    "cmdline": "how the program was called",
    "goroutine": "threads, waiting coroutines and delayed calls",
    "goroutine?debug=1": "the same as text, equal stacks counted",
    "goroutine?debug=2": "the same as text, one by one",
    "heap": f"memory allocated in ?seconds= ({HEAP_SECONDS}) and still in use",
    "profile": f"use of the processor in ?seconds= ({CPU_SECONDS})",
}
ROUTES: Mapping[str, Page] = {
    "/debug/health": health,
    "/debug/vars": show_variables,
    "/debug/pprof": to_index,
    "/debug/pprof/": index,
    "/debug/pprof/cmdline": cmdline,
    "/debug/pprof/profile": cpu,
    "/debug/pprof/heap": heap,
    "/debug/pprof/goroutine": goroutine,
    "/debug/pprof/symbol": symbol,
    "/debug/pprof/trace": trace,
}
ALSO_POSTED = frozenset({"/debug/pprof/symbol"})
