"""Targets and delegations: each is signed as the file above it says."""

import itertools

from notary.tuf import certificates, names
from notary.tuf.envelope import Upload
from notary.tuf.errors import InvalidMetadata
from notary.tuf.metadata import Root, Targets, check_expiry
from notary.tuf.moment import Moment
from notary.tuf.repository import RoleFile
from notary.tuf.signatures import RoleKeys


class TargetsTree:
    """The targets files at hand, every one verified from the root downwards."""

    def __init__(self, root: Root) -> None:
        self._root = root
        self._files: dict[str, Targets] = {}

    def __contains__(self, role: str) -> bool:
        return role in self._files

    def add(self, role: str, file: Upload | RoleFile, now: Moment | None) -> None:
        """Verify the file of a role whose parents were added before.

        Without ``now`` its expiry does not matter. Raise ``InvalidMetadata``.
        """
        if role == names.TARGETS:
            file.verify(self._root.roles[names.TARGETS])
            targets = file.targets
        else:
            signers = self._delegation(role)
            targets = file.targets
            file.verify(signers)
        if now is not None:
            check_expiry(role, targets.expires, now)
        self._files[role] = targets

    def _delegation(self, role: str) -> RoleKeys:
        """Return who may sign the delegation according to the whole chain above it."""
        if names.TARGETS not in self._files:
            raise InvalidMetadata(f"{names.TARGETS} must be loaded first")
        for above, below in itertools.pairwise(names.ancestors(role)):
            self._listed(above, below, role)
        signers = self._listed(names.parent(role), role, role)
        _check_certificates(signers)
        return signers

    def _listed(self, above: str, below: str, role: str) -> RoleKeys:
        targets = self._files.get(above)
        signers = targets.delegations.get(below) if targets else None
        if signers is None:
            raise InvalidMetadata(
                f"tuf: invalid role {role}. delegation does not exist"
            )
        return signers


def _check_certificates(signers: RoleKeys) -> None:
    """Refuse weak certificates; their dates do not matter for delegations."""
    for key in signers.keys.values():
        try:
            bundle = certificates.parse_bundle(key.public or b"")
        except InvalidMetadata:
            continue
        certificates.check_strength(bundle[0])
