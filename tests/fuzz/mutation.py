"""Inputs for the short run: a corpus changed at random, the same way in each run.

The long run's changes are guided by coverage; these are not, and so need no compiler.
"""

import random
from collections.abc import Iterator, Sequence

MAX_BYTES = 8192
_ODD_OCTETS = b"\0\1\x7f\x80\xff\r\n\t \"'\\/{}[]():;,=&%*.-+0123456789"


def inputs(
    corpus: Sequence[bytes], words: Sequence[bytes], seed: str, count: int
) -> Iterator[bytes]:
    """Yield the corpus as it is, and then changed until there are ``count``."""
    chance = random.Random(seed)
    yield from corpus
    for _ in range(count - len(corpus)):
        data = chance.choice(corpus)
        for _ in range(chance.choice((1, 1, 2, 4))):
            data = _changed(data, corpus, words, chance)
        yield data[:MAX_BYTES]


def _changed(
    data: bytes, corpus: Sequence[bytes], words: Sequence[bytes], chance: random.Random
) -> bytes:
    begin = chance.randrange(len(data) + 1)
    end = begin + chance.choice((0, 1, 1, 2, 8, 64, len(data)))
    piece = data[begin:end]
    other = chance.choice(corpus)
    middle = chance.choice(
        (
            b"",
            piece * 2,
            piece[::-1],
            bytes([chance.choice(_ODD_OCTETS)]),
            piece + chance.choice(words),
            bytes(octet ^ 1 << chance.randrange(8) for octet in piece[:2]) + piece[2:],
            other[chance.randrange(len(other) + 1) :][: chance.randrange(200)],
            chance.choice((b"[", b'{"a":', b"(", b"/", b"\0")) * chance.randrange(99),
        )
    )
    return data[:begin] + middle + data[end:]
