"""Base64 in metadata: what is read of it, and where Go says that it is wrong."""

import pytest

from notary.tuf import fields
from notary.tuf.errors import InvalidMetadata


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        (None, None),
        ("", b""),
        ("AAEC", b"\0\1\2"),
        ("AAE=", b"\0\1"),
        ("AA==", b"\0"),
        ("AA\r\nEC", b"\0\1\2"),
        ("\nAA=\n=\n", b"\0"),
        ("+/+/", b"\xfb\xff\xbf"),
    ],
)
def test_base64_is_standard_padded_and_may_have_line_ends(text, octets):
    assert fields.octets(text) == octets


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("A", 0),
        ("AA", 0),
        ("AAA", 0),
        ("AAAAA", 4),
        ("AAAAAAA", 4),
        ("AAAAAAAAA", 8),
        ("AA*A", 2),
        ("*AAA", 0),
        ("A*A-", 1),
        ("AAAA-_==", 4),
        ("AA\n*A", 3),
        ("AAAA A", 4),
        ("AA======", 4),
    ],
)
def test_wrong_base64_is_refused_at_the_byte_at_which_go_refuses_it(text, position):
    with pytest.raises(InvalidMetadata) as caught:
        fields.octets(text)
    assert str(caught.value) == f"illegal base64 data at input byte {position}"
