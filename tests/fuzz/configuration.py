"""Fuzz targets of what operators write: configuration, variables, DSNs, PEM files."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import evolve
from cryptography import x509

from notary import pem
from notary.settings import SettingsError, load_server, load_signer
from notary.settings.dsn import parse_dsn
from notary.settings.dsn_parameters import DSNError
from notary.signing import host_names
from notary.signing.client_certificates import refusal
from notary.signing.diagnosis import certificates as words

_LONG_ENOUGH_TO_BE_A_SECRET = 12
_LONGEST_LINE = 1000


def dsn(data: bytes) -> None:
    """An address has a host or a socket, or is refused without repeating a secret."""
    text = data.decode("utf-8", "replace")
    credentials = text.rpartition("/")[0].rpartition("@")[0]
    password = credentials.partition(":")[2]
    said = ""
    try:
        found = parse_dsn(text)
        assert found.hosts or found.socket
        said = repr(evolve(found, user="", database=""))
    except DSNError as error:
        said = str(error)
    assert len(password) < _LONG_ENOUGH_TO_BE_A_SECRET or password not in said


def settings(data: bytes) -> None:
    """Settings are complete, or refused by one error that names the problems.

    After a NUL, each line is a variable of the environment.
    """
    content, _, variables = data.partition(b"\0")
    lines = variables.decode("utf-8", "surrogateescape").split("\n")
    environ = dict(line.split("=", 1) for line in lines if "=" in line)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "config.json"
        path.write_bytes(content)
        for load in (load_server, load_signer):
            problems: tuple[str, ...] = ("none",)
            try:
                load(path, environ)
            except SettingsError as error:
                problems = error.problems
            assert problems
            assert all(len(line) < _LONGEST_LINE for line in problems)


def pem_files(data: bytes) -> None:
    """Files hold certificates and a key, or are refused without being quoted."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file.pem"
        path.write_bytes(data)
        with suppress(pem.PEMError):
            for each in pem.read_certificates(path):
                assert len(pem.shown(each)) < 400
                _described(each)
        with suppress(pem.PEMError):
            assert pem.key_to_pem(pem.read_private_key(path))


def _described(certificate: x509.Certificate) -> None:
    """Say of a peer's certificate all that is ever said of one."""
    refusal(certificate)
    words.subject(certificate)
    words.issuer(certificate)
    words.issuer_name(certificate)
    host_names.named(certificate)
    host_names.is_for(certificate, "signer.example.com")
    words.common_name(certificate)
