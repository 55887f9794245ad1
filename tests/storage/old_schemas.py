"""What a MySQL database looks like at each version of the Go project's migrations.

Statements of our own that lead to the same tables, with rows put in at the version
that the operator stopped at.
"""

from tests.mariadb import Place

_INNODB = "ENGINE=InnoDB DEFAULT CHARSET=utf8"
_DATES = (
    "created_at timestamp NULL, updated_at timestamp NULL, deleted_at timestamp NULL"
)

_SERVER = {
    1: (
        f"""CREATE TABLE timestamp_keys (id int NOT NULL AUTO_INCREMENT, {_DATES},
            gun varchar(255) NOT NULL, cipher varchar(50) NOT NULL,
            public blob NOT NULL, PRIMARY KEY (id), UNIQUE KEY gun (gun)) {_INNODB}""",
        f"""CREATE TABLE tuf_files (id int NOT NULL AUTO_INCREMENT, {_DATES},
            gun varchar(255) NOT NULL, role varchar(255) NOT NULL,
            version int NOT NULL, data longblob NOT NULL, PRIMARY KEY (id),
            UNIQUE KEY gun (gun, role, version)) {_INNODB}""",
    ),
    2: (
        """ALTER TABLE timestamp_keys ADD COLUMN role varchar(255) NOT NULL,
            DROP KEY gun, ADD UNIQUE KEY gun_role (gun, role)""",
        "UPDATE timestamp_keys SET role = 'timestamp'",
    ),
    3: (
        """ALTER TABLE tuf_files ADD COLUMN sha256 char(64) DEFAULT NULL,
            ADD INDEX sha256 (sha256)""",
        "UPDATE tuf_files SET sha256 = SHA2(data, 256)",
    ),
    4: ("DROP TABLE IF EXISTS timestamp_keys",),
    5: (
        f"""CREATE TABLE change_category (category varchar(20) NOT NULL,
            PRIMARY KEY (category)) {_INNODB}""",
        "INSERT INTO change_category VALUES ('update'), ('deletion')",
        f"""CREATE TABLE changefeed (id int NOT NULL AUTO_INCREMENT,
            created_at timestamp DEFAULT CURRENT_TIMESTAMP,
            gun varchar(255) NOT NULL, version int NOT NULL, sha256 char(64),
            category varchar(20) NOT NULL DEFAULT 'update', PRIMARY KEY (id),
            FOREIGN KEY (category) REFERENCES change_category (category),
            INDEX idx_changefeed_gun (gun)) {_INNODB}""",
        """INSERT INTO changefeed (created_at, gun, version, sha256)
            SELECT created_at, gun, version, sha256 FROM tuf_files
            WHERE role = 'timestamp' ORDER BY created_at""",
    ),
}

_SIGNER = {
    1: (
        f"""CREATE TABLE private_keys (id int NOT NULL AUTO_INCREMENT, {_DATES},
            key_id varchar(255) NOT NULL, encryption_alg varchar(255) NOT NULL,
            keywrap_alg varchar(255) NOT NULL, algorithm varchar(50) NOT NULL,
            passphrase_alias varchar(50) NOT NULL, public blob NOT NULL,
            private blob NOT NULL, PRIMARY KEY (id), UNIQUE KEY (key_id),
            UNIQUE KEY (key_id, algorithm)) {_INNODB}""",
    ),
    2: (
        """ALTER TABLE private_keys ADD COLUMN gun varchar(255) NOT NULL,
            ADD COLUMN role varchar(255) NOT NULL,
            ADD COLUMN last_used datetime NULL DEFAULT NULL""",
    ),
}

_FILES = """INSERT INTO tuf_files (created_at, gun, role, version, data) VALUES
    ('2016-03-01 10:00:00', 'example.com/a', 'root', 1, X'00FF7B7D'),
    ('2016-03-01 10:00:00', 'example.com/a', 'targets/releases', 1, '{"é": 1}'),
    ('2016-03-05 10:00:00', 'example.com/a', 'timestamp', 2, 'a2'),
    ('2016-03-01 10:00:00', 'example.com/a', 'timestamp', 1, 'a1'),
    ('2016-03-02 10:00:00', 'Example.com/A ', 'snapshot', 7, ''),
    ('2016-03-02 10:00:00', 'example.com/b', 'timestamp', 1, 'b1')"""
_TIMESTAMP_KEYS = """INSERT INTO timestamp_keys (gun, cipher, public {columns}) VALUES
    ('example.com/a', 'ecdsa', X'0102' {values}),
    ('example.com/b', 'ed25519', X'FF' {values})"""
_CHECKSUMS = "UPDATE tuf_files SET sha256 = SHA2(data, 256)"
_CHANGES = """INSERT INTO changefeed (created_at, gun, version, sha256, category) VALUES
    ('2017-01-01 00:00:00', 'example.com/a', 2, 'abc', 'update'),
    ('2017-01-02 00:00:00', 'example.com/c', 0, '', 'deletion')"""
_KEYS = """INSERT INTO private_keys (created_at, key_id, encryption_alg, keywrap_alg,
    algorithm, passphrase_alias, public, private {columns}) VALUES
    ('2016-03-01 10:00:00', 'id1', 'A256GCM', 'PBES2-HS256+A128KW', 'ecdsa', 'one',
    X'00FF', 'a.b.c' {values})"""


def server_at(place: Place, version: int) -> None:
    """Make the server's database of a version, with rows in every table."""
    _steps(place, _SERVER, version)
    place.run(_FILES)
    if version == 1:
        place.run(_TIMESTAMP_KEYS.format(columns="", values=""))
    if version in (2, 3):
        place.run(_TIMESTAMP_KEYS.format(columns=", role", values=", 'timestamp'"))
    if version >= 3:
        place.run(_CHECKSUMS)
    if version >= 5:
        place.run(_CHANGES)


def signer_at(place: Place, version: int) -> None:
    """Make the signer's database of a version, with a key in it."""
    _steps(place, _SIGNER, version)
    if version == 1:
        place.run(_KEYS.format(columns="", values=""))
    else:
        columns, values = ", gun, role, last_used", ", 'g', 'root', '2016-03-02'"
        place.run(_KEYS.format(columns=columns, values=values))


def _steps(place: Place, steps: dict[int, tuple[str, ...]], version: int) -> None:
    place.run(
        "CREATE TABLE schema_migrations"
        " (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)",
        *(sql for number in range(1, version + 1) for sql in steps[number]),
        f"INSERT INTO schema_migrations VALUES ({version}, 0)",
    )
