"""``python -m notary.ops.make_certificates``: certificates of a server and a signer.

One authority for both, and for each program what it needs. What exists is kept; with
``--renew`` the certificates, never the keys or the authority, are replaced.
"""

import argparse
import ipaddress
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from notary.ops import certificates
from notary.ops.certificate_folder import AUTHORITY_DAYS, Folder, Kind, Refused

DAYS = 825
SERVER = "notary-server"
SIGNER = "notary-signer"
CLIENT = "notary-server-client"

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")

_PLACES = """\
What goes where (all are valid until {last} at least):

  host of notary-server, in its configuration
    server.tls_cert_file            {folder}/notary-server.crt
    server.tls_key_file             {folder}/notary-server.key
    trust_service.tls_ca_file       {folder}/ca.crt
    trust_service.tls_client_cert   {folder}/notary-server-client.crt
    trust_service.tls_client_key    {folder}/notary-server-client.key

  host of notary-signer, in its configuration
    server.tls_cert_file            {folder}/notary-signer.crt
    server.tls_key_file             {folder}/notary-signer.key
    server.client_ca_file           {folder}/ca.crt

  clients: ca.crt, for instance as notary --tlscacert

Whoever has ca.key can make clients of your signer: keep it on neither host, but
where you will find it when these certificates are to be renewed (--renew).
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Make what the command line asks for; return the exit code."""
    wanted = _parser().parse_args(arguments)
    folder = Folder(wanted.folder.absolute(), datetime.now(UTC))
    kinds = (
        Kind(SERVER, certificates.SERVER, wanted.server_host, "--server-host"),
        Kind(SIGNER, certificates.SERVER, wanted.signer_host, "--signer-host"),
        Kind(CLIENT, certificates.CLIENT),
    )
    try:
        folder.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for kind in kinds:
            folder.make(kind, wanted.days, renew=wanted.renew)
        places = _PLACES.format(
            folder=folder.path, last=f"{folder.last(kinds):%Y-%m-%d}"
        )
    except (Refused, OSError) as error:
        sys.stderr.write(f"make-certificates: {error}\n")
        return 1
    made = ", ".join(folder.made) or "nothing: all is here already"
    sys.stdout.write(f"Made in {folder.path}: {made}\n\n{places}")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make-certificates",
        description="Make a CA and the certificates of notary-server and notary-signer."
        " What is in the folder already is kept.",
    )
    parser.add_argument("folder", type=Path, help="where the files are made")
    for program in ("server", "signer"):
        parser.add_argument(
            f"--{program}-host",
            type=_host,
            action="append",
            default=[],
            metavar="HOST",
            help=f"name or IP address by which clients reach notary-{program};"
            " may be repeated",
        )
    parser.add_argument(
        "--days", type=_days, default=DAYS, help="validity; %(default)s if not given"
    )
    parser.add_argument(
        "--renew",
        action="store_true",
        help="issue new certificates for the same keys, and for the same hosts"
        " unless others are given",
    )
    return parser


def _host(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        if _HOST.fullmatch(text) and not text.replace(".", "").isdigit():
            return text.lower()
    raise argparse.ArgumentTypeError(
        f"{text!r} is neither a name nor an IP address; leave out https:// and the port"
    )


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= AUTHORITY_DAYS:
        raise argparse.ArgumentTypeError(f"not a number from 1 to {AUTHORITY_DAYS}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
