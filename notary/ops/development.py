"""A folder with all that a first try needs: certificates and a configuration.

The folder belongs to one server at a time. What is in it is never replaced; to
get new certificates (these last 825 days), remove the ``.crt`` and ``.key`` files;
to begin anew, the folder.
"""

import json
from datetime import datetime
from pathlib import Path
from shlex import quote

from notary.ops import certificates
from notary.ops.certificates import Authority, Life
from notary.pem import certificates_to_pem, key_to_pem

DAYS = 825
PORT = 4443
AUTHORITY = "ca.crt"
CERTIFICATE = "server.crt"
KEY = "server.key"
CONFIG = "config.json"
TRUST = "client"

_CONFIG = {
    "server": {
        "http_addr": f"localhost:{PORT}",
        "tls_cert_file": CERTIFICATE,
        "tls_key_file": KEY,
    },
    "trust_service": {"type": "local"},
    "storage": {"backend": "sqlite3", "db_url": "notary.db"},
    "logging": {"level": "info"},
}
_HOSTS = ("localhost", "127.0.0.1", "::1")
_TOUR = """\
Try it in another terminal. As a publisher (it asks for passphrases for new keys):

  {publisher} init -p localhost/demo
  {publisher} add localhost/demo v1 /etc/hostname
  {publisher} publish localhost/demo

As a consumer who starts from an empty trust directory:

  {consumer} list localhost/demo
  {consumer} verify -i /etc/hostname localhost/demo v1

Ctrl-C stops the server.
"""


def prepare(folder: Path, now: datetime) -> Path:
    """Return the configuration in the folder; make what is missing, or ``OSError``."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not (folder / KEY).exists():
        _make_certificates(folder, now)
    if not (folder / CONFIG).exists():
        certificates.write(
            folder / CONFIG, (json.dumps(_CONFIG, indent=2) + "\n").encode()
        )
    return folder / CONFIG


def commands_to_try(folder: Path, port: int) -> str:
    """Return what to type for a first tour with the ``notary`` client."""
    server = f"-s https://localhost:{port} --tlscacert {quote(str(folder / AUTHORITY))}"
    # Beside the database: who begins anew with one has to with the other, too.
    publisher = f"notary {server} -d {quote(str(folder / TRUST))}"
    consumer = f'notary {server} -d "$(mktemp -d)"'
    return _TOUR.format(publisher=publisher, consumer=consumer)


def _make_certificates(folder: Path, now: datetime) -> None:
    """Write the CA and the server's pair; the CA's key is forgotten right away.

    Nobody can misuse it, then, on a machine that has been told to trust this CA.
    The server's key is written last: where it is, the rest is complete.
    """
    life = Life.of(now, DAYS)
    authority = Authority.new("Notary development CA", life)
    key = certificates.new_key()
    names = certificates.host_names(_HOSTS)
    server = authority.issue(
        "localhost", key.public_key(), certificates.SERVER, life, names
    )
    for name, certificate in (
        (AUTHORITY, authority.certificate),
        (CERTIFICATE, server),
    ):
        certificates.write(folder / name, certificates_to_pem([certificate]))
    certificates.write(folder / KEY, key_to_pem(key))
