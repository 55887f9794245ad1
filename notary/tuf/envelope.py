"""The outer layer of every role file: ``signed`` and the signatures over it.

An upload is read twice, as the Go server does: a first look at the fields that all
roles share decides whether it is metadata at all; what the role means is read in
``notary.tuf.metadata``, after its signatures. What costs something is done when it is
first asked for, and only once.
"""

import json
from functools import cached_property

from attrs import field, frozen

from notary.tuf import canonical, fields, filemeta, metadata
from notary.tuf.errors import InvalidMetadata, MalformedJSON, TrailingData
from notary.tuf.filemeta import FileMeta
from notary.tuf.metadata import Snapshot, Targets
from notary.tuf.signatures import RoleKeys, Signature, verify_role

MAX_SIGNATURES = 200
"""Far above any threshold; each one may cost a verification."""

_ENVELOPE = frozenset(("signed", "signatures"))
_COMMON = frozenset(("_type", "expires", "version"))
_SIGNATURE = frozenset(("keyid", "method", "sig"))


@frozen
class Envelope:
    """Decoded role file: ``signed`` is plain JSON, ``data`` the bytes as they came."""

    data: bytes = field(repr=False)
    signed: object = field(repr=False)
    signatures: tuple[Signature, ...]
    _verdicts: dict[Signature, bool] = field(
        factory=dict, init=False, eq=False, repr=False
    )

    @cached_property
    def payload(self) -> bytes:
        """The canonical form of ``signed``: what the signatures cover."""
        return canonical.encode(self.signed)

    def verify(self, role: RoleKeys) -> None:
        """Accept if enough keys of the role signed; raise ``InvalidSignatures``."""
        verify_role(self.payload, self.signatures, role, self._verdicts)


@frozen
class Upload:
    """One uploaded role file after the first look.

    ``version`` is 0 when the file has none. ``problem`` is set instead of
    ``envelope`` when bytes follow the JSON value.
    """

    role: str
    data: bytes = field(repr=False)
    version: int = 0
    envelope: Envelope | None = None
    problem: str = ""

    def opened(self) -> Envelope:
        """Return the envelope; raise ``InvalidMetadata`` if there is a problem."""
        if self.envelope is None:
            raise InvalidMetadata(self.problem)
        return self.envelope

    @cached_property
    def meta(self) -> FileMeta:
        """The digests and the length of the file."""
        return filemeta.describe(self.data)

    @cached_property
    def targets(self) -> Targets:
        """What it means as targets or a delegation; raise ``InvalidMetadata``."""
        return metadata.parse_targets(self.role, self.opened().signed)

    @cached_property
    def snapshot(self) -> Snapshot:
        """What it means as a snapshot; raise ``InvalidMetadata``."""
        return metadata.parse_snapshot(self.opened().signed)

    def verify(self, role: RoleKeys) -> None:
        """Accept if enough keys of the role signed; raise ``InvalidMetadata``."""
        self.opened().verify(role)


def parse_upload(role: str, data: bytes) -> Upload:
    """Take the first look at an uploaded file; raise ``MalformedJSON``."""
    try:
        envelope = _parse(data, strict=True)
        common = fields.struct(envelope.signed, "data.SignedCommon", _COMMON)
        fields.string(common.get("_type"))
        fields.time(common.get("expires"))
        version = fields.integer(common.get("version"))
    except TrailingData as error:
        return Upload(role, data, problem=str(error))
    except InvalidMetadata as error:
        raise MalformedJSON(role, str(error)) from None
    return Upload(role, data, version, envelope)


def parse_stored(data: bytes) -> Envelope:
    """Read a file that is stored already; raise ``InvalidMetadata``."""
    return _parse(data, strict=False)


def serialise(signed: object, signatures: tuple[Signature, ...]) -> bytes:
    """Return the stored form of a file that the server makes."""
    # Signatures keep their member order; only ``signed`` is sorted.
    body = _compact(signed, sort_keys=True)
    listed = _compact([signature.as_json() for signature in signatures])
    return f'{{"signed":{body},"signatures":{listed}}}'.encode()


def _compact(value: object, *, sort_keys: bool = False) -> str:
    return canonical.escape_html(
        json.dumps(
            value, ensure_ascii=False, separators=(",", ":"), sort_keys=sort_keys
        )
    )


def _parse(data: bytes, *, strict: bool) -> Envelope:
    value = canonical.decode(data, strict=strict)
    outer = fields.struct(value, "data.SignedMeta", _ENVELOPE)
    listed = fields.array(outer.get("signatures"), "[]data.Signature")
    if len(listed) > MAX_SIGNATURES:
        raise InvalidMetadata(f"there are more than {MAX_SIGNATURES} signatures")
    signatures = tuple(_signature(item) for item in listed)
    return Envelope(data, outer.get("signed"), signatures)


def _signature(value: object) -> Signature:
    members = fields.struct(value, "data.Signature", _SIGNATURE)
    return Signature(
        fields.string(members.get("keyid")),
        fields.string(members.get("method")).lower(),
        fields.octets(members.get("sig")) or b"",
    )
