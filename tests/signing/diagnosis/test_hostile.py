"""Nothing that a peer sends raises anything, or makes more than a line."""

import json

from hypothesis import given
from hypothesis import strategies as st

from notary.signing.diagnosis import answer as answers
from notary.signing.diagnosis import certificates as words
from notary.signing.diagnosis.handshake import Handshake

_BODIES = st.recursive(
    st.none() | st.text(max_size=30) | st.integers() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ("status", "error", "code", "message", "algorithms", "other")
            ),
            inner,
        )
    ),
).map(lambda body: json.dumps(body).encode())
_HEADS = st.sampled_from(
    (
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 403 No\r\nContent-Length: 9\r\n\r\n",
        b"HTTP/1.0 503 \r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/9",
        b"",
    )
)


@given(_HEADS, st.binary(max_size=200) | _BODIES)
def test_any_answer_is_read(head, body):
    seen = Handshake(alpn=b"h2", answer=head + body)
    assert answers.is_http2(seen) in (True, False)
    answer = answers.http_answer(seen)
    if answer is not None:
        assert answers.is_of_signer(answer) in (True, False)
        said = [answers.refused(answer) or "", *answers.algorithms(answer)]
        assert all(text.isprintable() and len(text) < 300 for text in said)


@given(st.binary(max_size=100))
def test_any_name_is_written(name):
    written = words.decoded(name)
    assert written.isprintable()
    assert len(written) <= 120
