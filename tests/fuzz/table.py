"""The one table of fuzz targets: what is tried, from which corpus, with which words.

A target takes bytes and returns. That it raises nothing, not even ``AssertionError``,
is the property its docstring states.
"""

from collections.abc import Callable, Sequence

from attrs import frozen

from tests.fuzz import access, configuration, connection, core, corpus, edge, signer

_JSON = (
    b'null true false -0 1e999 0.5 9223372036854775808 "" {} [] \\ud800 \xff'.split()
)
_ROLE_FILE = [
    *_JSON,
    *b'"keys" "roles" "keyids" "threshold" "signatures" "signed" "delegations"'.split(),
    *b'"meta" "hashes" "sha256" "targets/a" "version" "expires" "_type"'.split(),
    b"2147483648",
]
_HEAD = [
    *b"Content-Length: Transfer-Encoding: chunked Host: Expect: HTTP/1.1 GET".split(),
    *b"POST Connection: close Upgrade: h2c Range: If-None-Match: OPTIONS %2e".split(),
    *(b"\r\n\r\n", b"\r\n ", b"\r\n0\r\n\r\n", b"Content-Length: -1\r\n", b"\xc3\xa9"),
]
_MULTIPART = [
    *b"--bbbbbbbbbb Content-Disposition: filename= boundary= form-data; --".split(),
    *(b"Content-Transfer-Encoding: quoted-printable\r\n", b"=0D=0A", b"filename*0*="),
]
_CONFIGURATION = b"""
    server storage trust_service auth options logging level limits caching max_age
    repositories gun_prefixes reporting bugsnag backend mysql sqlite3 memory token
    issuers jwks realm local remote NOTARY_SERVER_ NOTARY_SIGNER_ 99999999999999999999
""".split()
_ADDRESS = b"""
    @ tcp( unix( ) / ? & = parseTime timeout= 1h2m3s tls= true loc= charset= %2F %zz
    collation= maxAllowedPacket= 999999999999 allowNativePasswords= [::1] :3306 ,
    sql_mode=
""".split()
_TOKEN = b". .. eyJ = - _ alg none HS256 ES256 kid jwk x5c crit".split()
_PEM = b"""
    -----BEGIN -----END CERTIFICATE----- PRIVATE EC ENCRYPTED PARAMETERS----- = MII
""".split()
_PATH = (
    b"/ // /../ /./ %2F %00 %FF ? # ; \\ http:// @ records= change_id= .json".split()
)


@frozen
class Target:
    """One function to be fuzzed; the corpus is made when it is needed."""

    function: Callable[[bytes], None]
    corpus: Callable[[], list[bytes]]
    words: Sequence[bytes] = tuple(_JSON)

    @property
    def name(self) -> str:
        """Return the name by which it is asked for."""
        return self.function.__name__

    def seeds(self) -> list[bytes]:
        """Return its corpus, with what once broke it."""
        return [*self.corpus(), *corpus.findings(self.name)]


_ALL = (
    Target(core.canonical_json, corpus.json_texts),
    Target(core.base64_and_time, corpus.moments, b"Z T : . , + - = 24:00".split()),
    Target(core.metadata, corpus.role_files, _ROLE_FILE),
    Target(core.signed_update, corpus.updates, _ROLE_FILE),
    Target(core.stored_files, corpus.role_files, _ROLE_FILE),
    Target(core.bundle_of_certificates, corpus.pem_texts, _PEM),
    Target(core.public_key, corpus.public_keys, _PEM),
    Target(access.bearer_token, corpus.tokens, _TOKEN),
    Target(access.key_set, corpus.key_sets),
    Target(access.root_bundle, corpus.pem_texts, _PEM),
    Target(configuration.dsn, corpus.dsns, _ADDRESS),
    Target(configuration.settings, corpus.configurations, _CONFIGURATION + _JSON),
    Target(configuration.pem_files, corpus.pem_texts, _PEM),
    Target(edge.multipart, corpus.uploads, _MULTIPART),
    Target(edge.header_with_parameters, corpus.headers, _MULTIPART),
    Target(edge.request_target, corpus.targets, _PATH),
    Target(edge.changefeed_query, corpus.queries, _PATH),
    Target(edge.identity, corpus.identities, b", [ ] : . ::ffff: 10.0.0.1".split()),
    Target(connection.connection, corpus.requests, _HEAD),
    Target(signer.message, corpus.messages, (b"\x0a", b"\xff" * 9, b"\x80", b"\x12")),
    Target(signer.api, corpus.api_calls),
    Target(signer.encrypted_key, corpus.encrypted_keys, _TOKEN),
    Target(
        signer.opened_key, corpus.plain_keys, (b"\x30\x80", b"\x04\x20", b"\0" * 32)
    ),
)
TARGETS = {each.name: each for each in _ALL}
