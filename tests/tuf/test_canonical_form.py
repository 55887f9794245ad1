"""The canonical form: the bytes that signatures cover, exactly as Go writes them."""

import json

from notary.tuf import canonical
from notary.tuf.envelope import parse_stored, serialise


def test_only_quote_and_backslash_are_escaped_in_the_canonical_form():
    text = "".join(map(chr, range(0x20))) + '\x7f/<>&é😀\u2028\u2029"\\'
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    assert canonical.encode({"a": text}) == f'{{"a":"{quoted}"}}'.encode()


def test_a_literal_backslash_u_stays_one():
    assert canonical.encode("\\u0041\\n") == rb'"\\u0041\\n"'


def test_the_stored_form_escapes_what_html_and_javascript_would_misread():
    data = serialise({"a<b": "<>&\u2028\u2029é\n"}, ())
    expected = r'{"a\u003cb":"\u003c\u003e\u0026\u2028\u2029é\n"}'
    assert data == f'{{"signed":{expected},"signatures":[]}}'.encode()
    assert parse_stored(data).payload == '{"a<b":"<>&\u2028\u2029é\n"}'.encode()


def test_members_are_sorted_by_the_bytes_of_their_names():
    value = dict.fromkeys(["\U0001f600", "\uffff", "é", "z", "a/", "a", "A", ""], 0)
    names = json.loads(canonical.encode(value)).keys()
    assert list(names) == sorted(value, key=str.encode)
