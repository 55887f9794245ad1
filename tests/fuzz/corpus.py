"""What fuzzing starts from: recorded files and requests, and what stands for others.

Findings are kept in ``tests/data/fuzz/TARGET``, and are part of its corpus ever after.
"""

import base64
import json
from collections.abc import Iterable
from pathlib import Path

from notary.signing import jwe, private_keys
from notary.signing.proto import signer_pb2 as pb
from tests import recorded
from tests.auth import minting
from tests.fuzz import access, core, signer
from tests.publisher import certificate, ecdsa_key
from tests.recorded_keys import recorded_keys
from tests.web.serving import FORM, form

DATA = Path(__file__).parents[1] / "data"
FINDINGS = DATA / "fuzz"
_LARGEST = 6000
_DEEP = b"[" * 20_000
"""Deeper than a reader may follow, which chance alone does not become."""


def files() -> list[bytes]:
    """Return recorded role files."""
    paths = sorted(recorded.DATA.glob("histories/*/blob/*.json"))
    found = [path.read_bytes() for path in paths]
    return [each for each in found if each.startswith(b'{"signed":')][::7]


def json_texts() -> list[bytes]:
    """Return role files and what has more than one meaning."""
    odd = (b"[1.0,1e2,-0]", b'{"a":1,"a":2}', b'"\\ud800\\u0000"', b"9007199254740993")
    return [*files()[:6], *odd, _DEEP, b'{"b":[null,true,{}],"a":"\xe2\x80\xa8\xff"}']


def moments() -> list[bytes]:
    """Return times with all the leniencies of Go, and base64."""
    known = [str(each["input"]).encode() for each in recorded.golib("expires.json")]
    return [*known[::8], b"AAAA", b"AA==", b"A\r\nAA="]


def role_files() -> list[bytes]:
    """Return role files behind an octet that says the role."""
    kinds = [b'"Root"', b'"Targets"', b"-", b'"Snapshot"', b'"Timestamp"']
    return [
        bytes([number]) + each
        for each in files()
        for number, kind in enumerate(kinds)
        if b'"_type":' + kind in each
    ]


def updates() -> list[bytes]:
    """Return what is to be signed: the second version of each file of a repository."""
    found = []
    for number, stored in enumerate(core.repositories()):
        owner = stored.owner
        signed = [owner.root(2), core.targets(3), core.targets(2)]
        lines = [
            bytes([at]) + json.dumps(each).encode() for at, each in enumerate(signed)
        ]
        found += [bytes([number]) + line for line in lines]
        found.append(bytes([number]) + b"\n".join(lines))
    return found


def pem_texts() -> list[bytes]:
    """Return certificates, chains and keys in PEM."""
    key = ecdsa_key()
    own = [core.certificate_pem(certificate(key.private, core.GUN))]
    names = ("*.crt", "*.key", "bundle.pem")
    paths = [path for name in names for path in (recorded.DATA / "auth").glob(name)]
    return own + [path.read_bytes() for path in sorted(paths)]


def public_keys() -> list[bytes]:
    """Return the contents of public keys of all types."""
    return [ecdsa_key().public.public or b"", b"\0" * 32, *pem_texts()[:3]]


def tokens() -> list[bytes]:
    """Return good tokens and such that name their key in other ways."""
    embedded = {"jwk": {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"}}
    others = [minting.token(access.LEAF_KEY, header) for header in ({}, embedded)]
    deep = b"%b.e30.AA" % base64.urlsafe_b64encode(_DEEP)
    return [*(text.encode() for text in (*access.minted(), *others)), deep]


def key_sets() -> list[bytes]:
    """Return key sets of every kind of key."""
    keys = [
        {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "a", "use": "sig"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "key_ops": ["verify"]},
        {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43, "alg": "EdDSA"},
    ]
    sets = [json.dumps({"keys": some}).encode() for some in (keys, keys[2:])]
    return [*sets, b'{"keys":' + _DEEP]


def uploads() -> list[bytes]:
    """Return recorded uploads behind the line of their content type."""
    found = []
    for item in recorded.probes("upload-mysql"):
        kind = dict(item.request_headers).get("Content-Type", "")
        if item.is_publish and item.request_body:
            found.append(f"{kind}\n".encode() + item.request_body)
    return [each for each in found if len(each) < _LARGEST]


def headers() -> list[bytes]:
    """Return headers with parameters."""
    return [
        b'form-data; name="files"; filename="targets/releases"',
        b"multipart/form-data; boundary=abc",
        b'attachment; filename*0*=utf-8\'\'a%20b; filename*1="c\\"d"',
    ]


def targets() -> list[bytes]:
    """Return recorded request targets."""
    urls = {item.url.encode() for item in recorded.probes("routes-mysql")}
    odd = (b"http://host:1/v2/?a=b", b"/v2//../a/./b/", b"/\\evil/..//x", b"*")
    return [*sorted(urls)[::3], *odd]


def queries() -> list[bytes]:
    """Return queries of the changefeed."""
    return [
        *(b"records=10&change_id=5", b"change_id=-1;&records=%2B3", b"records=0x1"),
        *(b"records=2147483647", b"records=-2147483648&change_id=9223372036854775807"),
    ]


def identities() -> list[bytes]:
    """Return ids of requests, and what proxies say of where they come from."""
    return [b"abc-123", b"1.2.3.4, 10.0.0.2", b"[::1]:80\n::ffff:10.0.0.1,10.1.1.1"]


def requests() -> list[bytes]:
    """Return whole requests, one after the other on a connection."""
    body, kind = form({"targets": files()[0]}), FORM["Content-Type"].encode()
    get = (
        b"GET /v2/a/_trust/tuf/root.json HTTP/1.1\r\nHost: x\r\nX-Request-Id: y\r\n\r\n"
    )
    upload = b"POST /v2/a/_trust/tuf/ HTTP/1.1\r\nHost: x\r\nContent-Type: " + kind
    chunks = b"\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
    length = b"\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    return [
        get,
        get.replace(b"GET", b"HEAD") + get,
        upload + length + get,
        upload + chunks % (len(body), body) + get,
        upload + b"\r\nExpect: 100-continue" + length,
        get.replace(b"HTTP/1.1\r\nHost: x", b"HTTP/1.0"),
        get.replace(b"root.json", b"timestamp.key"),
        get.replace(b"tuf/root.json", b"changefeed?records=-5"),
        get.replace(b"Host: x", b"Host: x\r\nIf-None-Match: *\r\nRange: bytes=0-1"),
        get.replace(b"root", b"timestamp") + get.replace(b"root", b"1.targets"),
        get.replace(b"GET", b"DELETE").replace(b"root.json", b""),
    ]


def messages() -> list[bytes]:
    """Return gRPC messages behind an octet that says the method."""
    key_id = pb.KeyID(ID=signer.SIGNER.key.key_id)
    each = (
        pb.CreateKeyRequest(algorithm="ed25519", gun="a", role="timestamp"),
        key_id,
        key_id,
        pb.SignatureRequest(keyID=key_id, content=b"payload"),
    )
    return [bytes([n]) + item.SerializeToString() for n, item in enumerate(each)]


def api_calls() -> list[bytes]:
    """Return calls of the signer's HTTPS API behind the line that says which."""
    key_id = signer.SIGNER.key.key_id.encode()
    create = b'{"gun": "a", "role": "timestamp", "algorithm": "ed25519"}'
    return [
        b"\0\n" + create,
        b"\1" + key_id + b"\n",
        b"\2" + key_id + b"\n",
        b"\4" + key_id + b"/signatures\n" + b'{"payload": "cGF5bG9hZA=="}',
        b"\3\n",
    ]


def encrypted_keys() -> list[bytes]:
    """Return a key encrypted for the target, and recorded ones."""
    own = jwe.encrypt(signer.ENCRYPTED, "fuzz").encode()
    return [own, *(row.private.encode() for row in recorded_keys()[:3])]


def plain_keys() -> list[bytes]:
    """Return the plain text of keys."""
    made = (private_keys.generate(name) for name in sorted(private_keys.ALGORITHMS))
    return [key.plaintext() for key in made]


_WRONG_ADDRESSES = (
    b"@tcp(db1:99999)/n",
    b"@tcp(db1:3306/n",
    b"@udp(db1)/n",
    b"@tcp(db1)/",
    b"@tcp(db1,db1)/n",
    b"@tcp(db1)/n?tls=maybe",
    b"@tcp(db1)/n?timeout=soon",
    b"@tcp(db1)/n?loc=Nowhere",
    b"@tcp(db1)/n?compress=true",
    b"@tcp(db1)/n?charset=%zz",
)
"""What stands behind a password in addresses that are refused in every way."""


def dsns() -> list[bytes]:
    """Return addresses of databases."""
    return [
        b"server:pass/w@rd@tcp(db1:3306,[::1]:1)/notary?parseTime=true&tls=skip-verify",
        b"root@unix(/run/mysqld.sock)/n?timeout=5s&readTimeout=100ms&charset=utf8mb4",
        b"u:p@/n?maxAllowedPacket=0&collation=utf8mb4_bin&loc=Local&foo=%2Fbar",
        *(b"u:correct-horse-battery%b" % each for each in _WRONG_ADDRESSES),
    ]


def configurations() -> list[bytes]:
    """Return configurations that servers and signers have been started with."""
    found = []
    for name in ("config-probes.json", "signer-config-probes.json"):
        probes = json.loads((DATA / name).read_text())["probes"]
        texts = _configurations(probes)
        found += [text.encode() for text in texts if len(text) < _LARGEST][::5]
    variables = b"NOTARY_SERVER_STORAGE_BACKEND=memory\nNOTARY_SERVER_LIMITS_PARTS=3"
    return [*found, found[0] + b"\0" + variables, _DEEP]


def _configurations(probes: Iterable[dict[str, object]]) -> list[str]:
    return [
        json.dumps(value) if isinstance(value, dict) else str(value)
        for probe in probes
        if (value := probe.get("config")) is not None
    ]


def findings(name: str) -> list[bytes]:
    """Return what once broke the target."""
    return [path.read_bytes() for path in sorted((FINDINGS / name).glob("*"))]
