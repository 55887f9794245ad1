"""Fuzz one target for a while, guided by coverage: ``bash etc/fuzz`` calls this.

What breaks it is written to ``fuzz-findings/``; what is new about the rest is kept in
``fuzz-corpus/TARGET`` for the next time. Both are ignored by git.
"""

import sys
import warnings
from pathlib import Path

import atheris
from twisted.logger import globalLogBeginner

from tests.fuzz.mutation import MAX_BYTES


def main(name: str, seconds: str) -> None:
    """Fuzz until something breaks or the time is over."""
    warnings.simplefilter("ignore")
    globalLogBeginner.beginLoggingTo([], redirectStandardIO=False, discardBuffer=True)
    with atheris.instrument_imports(include=["notary", "multipart", "twisted.web"]):
        from tests.fuzz.table import TARGETS  # noqa: PLC0415 -- instrumented here
    target = TARGETS[name]
    corpus, findings = Path("fuzz-corpus") / name, Path("fuzz-findings") / name
    corpus.mkdir(parents=True, exist_ok=True)
    findings.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)
    words = corpus.with_suffix(".words")
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.words))
    options = (
        f"-max_total_time={seconds}",
        f"-max_len={MAX_BYTES}",
        f"-dict={words}",
        f"-artifact_prefix={findings}/",
        "-timeout=20",
        "-rss_limit_mb=1024",
        "-print_final_stats=1",
        "-verbosity=0",
    )
    atheris.Setup([name, str(corpus), *options], target.function)
    atheris.Fuzz()


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{octet:02x}" for octet in word)


if __name__ == "__main__":
    main(*sys.argv[1:])
