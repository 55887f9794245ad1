"""Where the time of our server goes in one workload, by its own debug server."""

import subprocess
import threading
import urllib.request

from bench.lab import OURS
from bench.loads import Run
from bench.stock import Stock
from bench.workloads import Workload

_SECONDS = 5
_URL = f"http://localhost:8080/debug/pprof/profile?seconds={_SECONDS}"
_COMMAND = ("go", "tool", "pprof", "-top", "-nodecount=45")


def profile(stock: Stock, workload: Workload) -> str:
    """Return the functions of one worker that took most while it was loaded."""
    flags = ("-workers", "1", "-debug")
    side = stock.lab.side(OURS, *flags, with_tokens=workload.with_tokens)
    workload.load.warm(stock, side)
    file = stock.lab.folder / "profile"
    run = Run(0, _SECONDS + 2)
    load = threading.Thread(target=workload.load.run, args=(stock, side, run))
    load.start()
    with urllib.request.urlopen(_URL) as answer:
        file.write_bytes(answer.read())
    load.join()
    shown = [
        subprocess.run(
            [*_COMMAND, *order, str(file)], capture_output=True, text=True, check=True
        ).stdout
        for order in ((), ("-cum",))
    ]
    return f"{workload.name}\n" + "\n".join(shown)
