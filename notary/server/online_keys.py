"""The keys the server's side holds for a repository, and signing with them."""

from notary.server import walk
from notary.server.service import Service
from notary.signing.service import SigningService, UnknownKey
from notary.storage.store import NewFile
from notary.tuf import names
from notary.tuf.draft import Draft
from notary.tuf.errors import InvalidMetadata
from notary.tuf.keys import PublicKey
from notary.tuf.signatures import Signature


class KeysMissing(Exception):
    """The signer holds fewer keys of a role than its threshold."""

    def __init__(self, role: str) -> None:
        super().__init__(f"the signer lacks keys of role {role}")
        self.role = role


async def get_key(service: Service, gun: str, role: str) -> PublicKey:
    """Return the key that the root names and the signer knows, else an unused one."""
    for key in (await _listed_keys(service, gun, role)).values():
        try:
            await service.signer.get_key(key.canonical_id)
        except (UnknownKey, InvalidMetadata):
            continue
        return key
    return await rotate_key(service, gun, role)


async def rotate_key(service: Service, gun: str, role: str) -> PublicKey:
    """Return an unused key that the next root may name."""
    return await service.signer.create_key(gun, role, service.key_algorithm)


async def sign(signer: SigningService, draft: Draft) -> NewFile:
    """Return the file signed by every key of its role that the signer holds.

    Raise ``KeysMissing`` when these are fewer than the threshold.
    """
    signatures = []
    for key_id, key in draft.signers.keys.items():
        try:
            signed = await signer.sign(key.canonical_id, draft.payload)
        except (UnknownKey, InvalidMetadata):
            continue
        signatures.append(Signature(key_id, signed.method, signed.value))
    if len(signatures) < draft.signers.threshold:
        raise KeysMissing(draft.signers.name)
    data = draft.signed_with(signatures)
    return NewFile.of(draft.signers.name, draft.version, data)


async def _listed_keys(service: Service, gun: str, role: str) -> dict[str, PublicKey]:
    """Return the keys that the current root names for the role, if there is a root."""
    position = await walk.find_position(service.files, gun)
    known = await walk.find_current(service.files, gun, position, names.ROOT)
    return {} if known is None else dict(known.root.roles[role].keys)
