"""Fetching key sets from a real HTTPS server that is not always friendly."""

import pytest
from twisted.internet.defer import maybeDeferred

from notary.auth import fetch
from notary.auth.fetch import Fetcher
from notary.auth.files import MAX_BYTES, KeysError
from notary.auth.sources import IssuerKeys
from notary.settings import IssuerSettings
from tests.auth.key_server import Answers, Hasty, key_set, listening, written
from tests.certificates import Authority
from tests.running import free_port


@pytest.fixture
def answers():
    return Answers(key_set("a"))


@pytest.fixture
def serve(run, reactor_thread, answers):
    """Serve with a certificate; return the URL."""
    ports = []

    def start(pair):
        ports.append(run(listening(reactor_thread, pair, answers)))
        return f"https://localhost:{ports[-1].getHost().port}/keys?x=y"

    async def stop(port):
        await maybeDeferred(port.stopListening)

    yield start
    for port in ports:
        run(stop(port))


@pytest.fixture
def url(serve, authority):
    return serve(authority.issue("keys"))


@pytest.fixture
def source(url, authority):
    return IssuerKeys(IssuerSettings("i", None, url, authority.certificate))


@pytest.fixture
def once(source, run, reactor_thread):
    """Fetch the keys of the source, or fail."""
    return lambda: run(source.fetch(reactor_thread))


@pytest.fixture
def refusal(run, reactor_thread, authority):
    """Return why nothing is fetched from a URL."""

    def ask(url, ca_file=authority.certificate, reactor=reactor_thread):
        with pytest.raises(KeysError) as caught:
            run(Fetcher(url, ca_file).fetch(reactor))
        return str(caught.value)

    return ask


def test_a_key_set_is_fetched_and_used(source, once):
    assert not source.current().keys
    assert once() == fetch.USUAL_AGE
    assert "a" in source.current().keys


def test_what_has_not_changed_is_not_sent_again(source, answers, once):
    answers.headers[b"ETag"] = b'"one"'
    once()
    keys = source.current()
    answers.code, answers.body = 304, b""
    once()
    assert [asked.get("If-None-Match") for asked in answers.asked] == [None, '"one"']
    assert source.current() is keys


def test_the_same_answer_again_leaves_the_same_keys(source, once):
    once()
    keys = source.current()
    once()
    assert source.current() is keys


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (b"max-age=600", 600),
        (b"public, Max-Age=3600, must-revalidate", 3600),
        (b"max-age=1", fetch.MIN_AGE),
        (b"max-age=99999999", fetch.MAX_AGE),
        (b"max-age=99999999999999999999", fetch.USUAL_AGE),
        (b"no-store", fetch.USUAL_AGE),
        (b"s-max-age=600", fetch.USUAL_AGE),
    ],
)
def test_the_source_says_how_long_its_keys_are_good_within_limits(
    said, seconds, answers, once
):
    answers.headers[b"Cache-Control"] = said
    assert once() == seconds


def test_a_certificate_of_another_authority_is_refused(url, tmp_path, answers, refusal):
    other = Authority(tmp_path / "other")
    for ca_file in (other.certificate, None):
        said = refusal(url, ca_file)
        assert "certificate verify failed" in said
    assert answers.asked == []


def test_a_certificate_for_another_host_is_refused(serve, authority, answers, refusal):
    url = serve(authority.issue("elsewhere", hosts=["keys.example.com"]))
    said = refusal(url)
    assert "VerificationError" in said
    assert answers.asked == []


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (302, "the answer is 302, and redirects are not followed"),
        (304, "the answer is 304"),
        (404, "the answer is 404"),
        (500, "the answer is 500"),
    ],
)
def test_no_answer_but_200_is_used_and_no_redirect_is_followed(
    code, said, url, answers, refusal
):
    answers.code, answers.headers[b"Location"] = code, url.encode()
    assert refusal(url).startswith(said)
    assert len(answers.asked) == 1


def test_a_body_without_an_end_is_not_kept(url, answers, refusal):
    answers.body = b" " * (MAX_BYTES + 1)
    said = refusal(url)
    assert said == f"the answer is larger than {MAX_BYTES} bytes"


@pytest.mark.parametrize("how", ["silent", "half"])
def test_a_server_that_does_not_answer_in_time_is_given_up(
    how, url, answers, refusal, reactor_thread
):
    setattr(answers, how, True)
    hasty = Hasty(reactor_thread, 10)
    said = refusal(url, reactor=hasty)
    assert said == "no answer within 10 s"


def test_a_port_where_nobody_listens_is_said_to_be_one(refusal):
    url = f"https://localhost:{free_port()}/"
    said = refusal(url)
    assert "Connection refused" in said or "ConnectionRefused" in said


@pytest.mark.parametrize("body", [b"", b"{", b'{"keys": []}'])
def test_an_answer_that_cannot_be_used_leaves_the_keys_as_they_are(
    body, source, answers, once
):
    once()
    keys = source.current()
    answers.body = body
    with pytest.raises(KeysError):
        once()
    assert source.current() is keys


def test_an_etag_of_an_answer_that_could_not_be_used_is_not_relied_upon(
    source, answers, once
):
    answers.body, answers.headers[b"ETag"] = b"{", b'"broken"'
    with pytest.raises(KeysError):
        once()
    answers.body = key_set("b")
    once()
    assert "If-None-Match" not in answers.asked[-1]
    assert "b" in source.current().keys


def test_an_authority_that_cannot_be_read_is_named(tmp_path):
    path = written(tmp_path, "ca", b"nothing")
    with pytest.raises(KeysError) as caught:
        IssuerKeys(IssuerSettings("i", None, "https://localhost/", path))
    assert str(caught.value) == (
        f"auth.options.jwks_ca_file: {path} holds no readable PEM certificate"
    )
