"""What the modules of each package may import, besides the standard library.

The table is the architecture. Whoever adds a package adds a row.
"""

from attrs import frozen

ANY = "*"
SEAMS = (
    "notary.storage.store",
    "notary.signing.service",
    "notary.signing.keystore",
    "notary.storage.limits",
)


@frozen
class Ring:
    """What the modules of one package may import, besides the standard library."""

    ours: tuple[str, ...]
    others: tuple[str, ...] = (ANY,)


RINGS = {
    "notary": Ring((), ()),
    "notary.tuf": Ring(("notary.tuf",), ("attrs", "cryptography")),
    "notary.server": Ring(
        ("notary.server", "notary.tuf", *SEAMS[:2]),
        (
            "attrs",
            "twisted.internet.defer",
            "twisted.internet.interfaces",
            "twisted.logger",
        ),
    ),
    "notary.web": Ring(
        (
            "notary.measured",
            "notary.quoting",
            "notary.request_id",
            "notary.web",
            "notary.auth",
            "notary.server",
            "notary.tuf",
            "notary.settings",
            *SEAMS,
        )
    ),
    "notary.auth": Ring(
        (
            "notary.auth",
            "notary.http_failures",
            "notary.pem",
            "notary.quoting",
            "notary.tuf",
            "notary.settings",
            "notary.bounded_body",
            "notary.bounded_file",
        )
    ),
    "notary.signer": Ring(
        (
            "notary.request_id",
            "notary.signer",
            "notary.signing",
            "notary.tuf",
            "notary.settings",
            "notary.ops",
            "notary.pem",
            "notary.web.answers",
            "notary.web.conventions",
            "notary.web.refusals",
            "notary.web.request",
            "notary.web.routing",
            "notary.web.site",
            *SEAMS,
        )
    ),
    "notary.debug": Ring(
        (
            "notary.debug",
            "notary.ops.binding",
            "notary.ops.reactor",
            "notary.settings.model",
            "notary.web.answers",
            "notary.web.conventions",
            "notary.web.request",
            "notary.web.site",
            "notary.web.status",
        )
    ),
    "notary.storage": Ring(
        ("notary.storage", "notary.tuf", "notary.settings.dsn", *SEAMS)
    ),
    "notary.signing": Ring(
        (
            "notary.request_id",
            "notary.signing",
            "notary.bounded_body",
            "notary.bounded_file",
            "notary.ops.reactor",
            "notary.pem",
            "notary.tuf",
            "notary.settings",
            *SEAMS,
        )
    ),
    "notary.bounded_body": Ring((), ("twisted",)),
    "notary.bounded_file": Ring((), ()),
    "notary.http_failures": Ring((), ()),
    "notary.measured": Ring((), ()),
    "notary.quoting": Ring((), ()),
    "notary.request_id": Ring((), ()),
    "notary.pem": Ring(("notary.bounded_file",), ("cryptography", "OpenSSL")),
    "notary.ops": Ring(
        (
            "notary",
            "notary.bounded_body",
            "notary.bounded_file",
            "notary.http_failures",
            "notary.measured",
            "notary.request_id",
            "notary.ops",
            "notary.pem",
            "notary.server",
            "notary.tuf",
            "notary.settings",
            *SEAMS,
        )
    ),
    "notary.settings": Ring(("notary.settings", "notary.bounded_file"), ("attrs",)),
    "notary.options": Ring(
        (
            "notary",
            "notary.auth.sources",
            "notary.backends",
            "notary.ops",
            "notary.settings",
        )
    ),
    "notary.signer_options": Ring(
        (
            "notary.options",
            "notary.ops",
            "notary.settings",
            "notary.signer.rpc_tls",
        )
    ),
    "notary.flags": Ring((), ("attrs",)),
    "notary.command": Ring(
        (
            "notary.options",
            "notary.ops",
            "notary.backends",
            "notary.flags",
            "notary.tasks",
        )
    ),
    "notary.tasks": Ring((ANY,)),
    "notary.backends": Ring((ANY,)),
    "notary.tap": Ring((ANY,)),
    "notary.signer_tap": Ring((ANY,)),
    "notary.program": Ring((ANY,)),
    "notary.workers_tap": Ring((ANY,)),
}
