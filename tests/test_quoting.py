"""What strangers sent is shown as Go shows it."""

import pytest

from notary import quoting


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("plain text", '"plain text"'),
        ('a"b\\c', r'"a\"b\\c"'),
        ("\a\b\f\n\r\t\v", r'"\a\b\f\n\r\t\v"'),
        ("\0\x1a\x1b\x7f", r'"\x00\x1a\x1b\x7f"'),
        ("é€𝄞", '"é€𝄞"'),
        ("\x80\xa0\u2028\ufeff", r'"\u0080\u00a0\u2028\ufeff"'),
        ("\U000e0001", r'"\U000e0001"'),
        ("\udc80\udcff\ud800", r'"\x80\xff\ud800"'),
    ],
)
def test_quoting_is_that_of_go(text, quoted):
    assert quoting.quoted(text) == quoted
