"""What a remote signer believes, repeats and remembers, whatever the protocol."""

from collections import Counter

import pytest
from attrs import evolve
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from notary.signing.keystore import MemoryKeyStore
from notary.signing.link import ConnectionFailed, NotConnected, one_line
from notary.signing.local import LocalSigner
from notary.signing.passphrase import ephemeral
from notary.signing.remote_signer import RemoteSigner
from notary.signing.service import SigningRefused, SigningUnavailable, UnknownKey
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import verifies
from tests.counting import Calls

SECONDS = 5


class LyingLink:
    """A link to a signer in memory; it fails or changes answers as it is told."""

    name = "signer of the test"

    def __init__(self, signer):
        self.failures = []
        self.change = lambda answer: answer
        self.calls = Counter()
        self._signer = signer

    def __getattr__(self, name):
        async def call(*arguments):
            self.calls[name] += 1
            if self.failures:
                raise self.failures.pop(0)
            if name in ("check", "close"):
                return None
            return self.change(await getattr(self._signer, name)(*arguments))

        return call


@pytest.fixture
def link(now):
    return LyingLink(LocalSigner(MemoryKeyStore(), ephemeral(), now))


@pytest.fixture
def signer(link, reactor_thread):
    return RemoteSigner(link, reactor_thread, SECONDS)


OTHER = PublicKey("ed25519", b"\1" * 32)
LIES = {
    "empty": lambda key: PublicKey("", b""),
    "nothing": lambda key: PublicKey("ecdsa", None),
    "another type": lambda key: evolve(key, keytype="ed25519"),
    "an unknown type": lambda key: evolve(key, keytype="rsa"),
    "not on the curve": lambda key: evolve(key, public=key.public[:-1] + b"\0"),
    "too long": lambda key: evolve(key, public=key.public + b"\0"),
    "another key": lambda key: OTHER,
}


@pytest.mark.parametrize("lie", LIES)
def test_a_key_that_is_none_is_not_believed(run, link, signer, lie):
    link.change = LIES[lie]
    with pytest.raises(SigningUnavailable, match="signer of the test answers"):
        run(signer.create_key("gun", "timestamp", "ecdsa"))
    with pytest.raises(SigningUnavailable, match="signer of the test answers"):
        run(_asked(link, signer))


async def _asked(link, signer):
    link.change, change = lambda key: key, link.change
    key = await link.create_key("gun", "timestamp", "ecdsa")
    link.change = change
    return await signer.get_key(key.key_id)


@pytest.mark.parametrize(
    "lie",
    [
        lambda signature: evolve(signature, key_id=OTHER.key_id),
        lambda signature: evolve(signature, method="eddsa"),
        lambda signature: evolve(signature, value=signature.value[:-1]),
        lambda signature: evolve(signature, value=b""),
        lambda signature: evolve(signature, value=b"\1" * 64),
    ],
)
def test_a_signature_that_does_not_verify_is_not_believed(run, link, signer, lie):
    key = run(signer.create_key("gun", "timestamp", "ecdsa"))
    link.change = lie
    with pytest.raises(SigningUnavailable, match="no signature by key"):
        run(signer.sign(key.key_id, b"payload"))


def test_a_key_is_asked_for_once(run, link, signer):
    key = run(link.create_key("gun", "timestamp", "ecdsa"))
    for _ in range(3):
        assert run(signer.get_key(key.key_id)) == key
        run(signer.sign(key.key_id, b"payload"))
    assert (link.calls["get_key"], link.calls["sign"]) == (1, 3)


def test_a_key_that_another_has_deleted_is_forgotten(run, link, signer):
    key = run(signer.create_key("gun", "timestamp", "ecdsa"))
    run(link.delete_key(key.key_id))
    with pytest.raises(UnknownKey):
        run(signer.sign(key.key_id, b"payload"))
    with pytest.raises(UnknownKey):
        run(signer.get_key(key.key_id))


def test_what_cannot_be_a_key_id_does_not_leave_the_process(run, link, signer):
    for key_id in ("", ".", "..", "A" * 64, "a" * 63, "a" * 64 + "\n", "\ud800"):
        with pytest.raises(UnknownKey):
            run(signer.get_key(key_id))
        with pytest.raises(UnknownKey):
            run(signer.sign(key_id, b""))
        run(signer.delete_key(key_id))
    assert not link.calls


def test_what_is_safe_to_repeat_is_repeated_once(run, link, signer):
    key = run(signer.create_key("gun", "timestamp", "ecdsa"))
    for call in (
        lambda: signer.sign(key.key_id, b""),
        lambda: signer.get_key("a" * 64),
        lambda: signer.delete_key(key.key_id),
        signer.check,
    ):
        link.failures = [ConnectionFailed("cut"), ConnectionFailed("again")]
        with pytest.raises(SigningUnavailable, match="again"):
            run(call())


@pytest.mark.parametrize("error", [SigningUnavailable, SigningRefused])
def test_what_the_signer_answers_is_not_asked_for_again(run, link, signer, error):
    link.failures = [error("no"), ConnectionFailed("again")]
    with pytest.raises(error, match="no"):
        run(signer.check())


def test_a_key_is_not_made_twice(run, link, signer):
    link.failures = [ConnectionFailed("cut")]
    with pytest.raises(SigningUnavailable, match="cut"):
        run(signer.create_key("gun", "timestamp", "ecdsa"))
    link.failures = [NotConnected("nothing was sent")]
    run(signer.create_key("gun", "timestamp", "ecdsa"))
    assert link.calls["create_key"] == 3


class SilentLink:
    """Never answers; knows what was cancelled."""

    name = "silent signer"

    def __init__(self):
        self.cancelled = 0

    async def check(self):
        await Deferred(self._cancel)

    async def close(self):
        return None

    def _cancel(self, _deferred):
        self.cancelled += 1


def test_the_deadline_cancels_the_call():
    link, clock = SilentLink(), Clock()
    waiting = Deferred.fromCoroutine(RemoteSigner(link, clock, SECONDS).check())
    clock.advance(SECONDS - 0.1)
    assert not waiting.called
    clock.advance(0.1)
    failure = []
    waiting.addErrback(failure.append)
    assert failure[0].check(SigningUnavailable)
    assert str(failure[0].value) == "silent signer: no answer within 5 seconds"
    assert (link.cancelled, clock.getDelayedCalls()) == (1, [])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\nb\tc", "a b c"),
        ("\x1b[31mred\x00\u202e", "?[31mred??"),
        ("x" * 10_000, "x" * 197 + "..."),
        ("\n" * 10_000, ""),
        ("\ud800", "?"),
    ],
)
def test_what_a_peer_wrote_becomes_one_short_line(text, line):
    assert one_line(text) == line


def test_a_signature_takes_one_call_and_is_verified_once(run, link, signer):
    async def story():
        key = await signer.create_key("gun", "timestamp", "ecdsa")
        with Calls(verifies) as counted:
            for number in range(3):
                await signer.sign(key.key_id, b"%d" % number)
        return counted.of

    assert run(story()) == {"verifies": 3}
    assert link.calls == {"create_key": 1, "sign": 3}
