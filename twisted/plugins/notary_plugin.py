"""What twistd finds: the services it can run."""

from twisted.application.service import ServiceMaker

notary_server = ServiceMaker(
    "notary-server",
    "notary.tap",
    "Docker's Notary v1 server: stores, checks and serves signed metadata.",
    "notary-server",
)

notary_signer = ServiceMaker(
    "notary-signer",
    "notary.signer_tap",
    "Docker's Notary v1 signer: keeps online keys and signs with them.",
    "notary-signer",
)
