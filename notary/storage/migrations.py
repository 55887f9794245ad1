"""The MySQL schemas of server and signer, and the steps from every older version.

Versions are those of the Go project's migrations, which ``schema_migrations``
records; docs/adr/0004-schema-migrations.md tells what each of them means. No step
drops anything. Running them is left to ``notary.storage.migrate``.
"""

from collections.abc import Mapping

from attrs import frozen

_TUF_FILES = """CREATE TABLE `tuf_files` (
    `id` int(11) NOT NULL AUTO_INCREMENT,
    `created_at` timestamp NULL DEFAULT NULL,
    `updated_at` timestamp NULL DEFAULT NULL,
    `deleted_at` timestamp NULL DEFAULT NULL,
    `gun` varchar(255) NOT NULL,
    `role` varchar(255) NOT NULL,
    `version` int(11) NOT NULL,
    `data` longblob NOT NULL,
    `sha256` char(64) DEFAULT NULL,
    PRIMARY KEY (`id`),
    UNIQUE KEY `gun` (`gun`, `role`, `version`),
    KEY `sha256` (`sha256`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3"""

_TUF_FILES_GET_CHECKSUMS = (
    """ALTER TABLE `tuf_files`
        ADD COLUMN `sha256` char(64) DEFAULT NULL,
        ADD KEY `sha256` (`sha256`)""",
    "UPDATE `tuf_files` SET `sha256` = SHA2(`data`, 256) WHERE `sha256` IS NULL",
)

_CHANGEFEED = (
    """CREATE TABLE `change_category` (
        `category` varchar(20) NOT NULL,
        PRIMARY KEY (`category`)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3""",
    "INSERT INTO `change_category` (`category`) VALUES ('update'), ('deletion')",
    """CREATE TABLE `changefeed` (
        `id` int(11) NOT NULL AUTO_INCREMENT,
        `created_at` timestamp NULL DEFAULT CURRENT_TIMESTAMP,
        `gun` varchar(255) NOT NULL,
        `version` int(11) NOT NULL,
        `sha256` char(64) DEFAULT NULL,
        `category` varchar(20) NOT NULL DEFAULT 'update',
        PRIMARY KEY (`id`),
        KEY `category` (`category`),
        KEY `idx_changefeed_gun` (`gun`),
        CONSTRAINT `changefeed_ibfk_1` FOREIGN KEY (`category`)
            REFERENCES `change_category` (`category`)
        ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3""",
)

_CHANGEFEED_TELLS_OF_OLD_TIMESTAMPS = """
    INSERT INTO `changefeed` (`created_at`, `gun`, `version`, `sha256`)
    SELECT `created_at`, `gun`, `version`, `sha256` FROM `tuf_files`
    WHERE `role` = 'timestamp' ORDER BY `created_at`, `id`"""

_PRIVATE_KEYS = """CREATE TABLE `private_keys` (
    `id` int(11) NOT NULL AUTO_INCREMENT,
    `created_at` timestamp NULL DEFAULT NULL,
    `updated_at` timestamp NULL DEFAULT NULL,
    `deleted_at` timestamp NULL DEFAULT NULL,
    `key_id` varchar(255) NOT NULL,
    `encryption_alg` varchar(255) NOT NULL,
    `keywrap_alg` varchar(255) NOT NULL,
    `algorithm` varchar(50) NOT NULL,
    `passphrase_alias` varchar(50) NOT NULL,
    `public` blob NOT NULL,
    `private` blob NOT NULL,
    `gun` varchar(255) NOT NULL,
    `role` varchar(255) NOT NULL,
    `last_used` datetime DEFAULT NULL,
    PRIMARY KEY (`id`),
    UNIQUE KEY `key_id` (`key_id`),
    UNIQUE KEY `key_id_2` (`key_id`, `algorithm`)
    ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb3"""

_PRIVATE_KEYS_GET_OWNERS = """ALTER TABLE `private_keys`
    ADD COLUMN `gun` varchar(255) NOT NULL,
    ADD COLUMN `role` varchar(255) NOT NULL,
    ADD COLUMN `last_used` datetime DEFAULT NULL"""


@frozen
class Index:
    """An index that is not in the Go program's table, and does not disturb it."""

    table: str
    name: str
    columns: tuple[str, ...]

    @property
    def statement(self) -> str:
        """Return what adds it while others go on to read and write the table."""
        columns = ", ".join(f"`{column}`" for column in self.columns)
        return (
            f"ALTER TABLE `{self.table}` ADD KEY `{self.name}` ({columns}),"
            " ALGORITHM=INPLACE, LOCK=NONE"
        )


@frozen
class Schema:
    """One program's tables, with the version since which each exists.

    ``create`` makes the last version in an empty database; ``steps`` are the
    statements that lead from the version before to each of the others. ``indexes``
    are ours; no version is recorded for them.
    """

    program: str
    tables: Mapping[str, int]
    create: tuple[str, ...]
    steps: Mapping[int, tuple[str, ...]]
    indexes: tuple[Index, ...] = ()

    @property
    def version(self) -> int:
        """Return the last version."""
        return max(self.steps)


SERVER = Schema(
    "notary-server",
    {"tuf_files": 1, "change_category": 5, "changefeed": 5},
    (_TUF_FILES, *_CHANGEFEED),
    {
        # Versions 2 and 4 change and drop timestamp_keys, which no program reads
        # since then: where it is still there it is left as it is.
        2: (),
        3: _TUF_FILES_GET_CHECKSUMS,
        4: (),
        5: (*_CHANGEFEED, _CHANGEFEED_TELLS_OF_OLD_TIMESTAMPS),
    },
)

# The search for an unused key has no index in the Go signer's table.
_UNUSED_KEYS = Index("private_keys", "gun_role", ("gun", "role"))

OWN_KEYS = (_PRIVATE_KEYS, _UNUSED_KEYS.statement)

SIGNER = Schema(
    "notary-signer",
    {"private_keys": 1},
    (_PRIVATE_KEYS,),
    {2: (_PRIVATE_KEYS_GET_OWNERS,)},
    (_UNUSED_KEYS,),
)
