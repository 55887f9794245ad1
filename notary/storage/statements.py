"""Every SQL statement that runs on a database the Go server may also use.

Parameters are written ``:name``; how a driver wants them, and how names are
compared byte for byte, is the dialect's business. Rows are never updated except for
the times of a private key and its encryption; ``deleted_at`` of a file is always null.
A GUN, a role and a version have one file at most: the unique index says so.
"""

# A limit of its own would make a table of each part of a union, with all its bytes.
NEWEST_OF_PLACE = """SELECT :number AS number, role, version, data, sha256, created_at
    FROM tuf_files WHERE gun = :gun AND role = :role AND deleted_at IS NULL
    AND version = (SELECT version FROM tuf_files
        WHERE gun = :gun AND role = :role AND deleted_at IS NULL
        ORDER BY version DESC LIMIT 1)"""

WITH_VERSION = """SELECT role, version, data, sha256, created_at FROM tuf_files
    WHERE gun = :gun AND role = :role AND version = :version AND deleted_at IS NULL"""

# The unique index has a file of a role once, unless its version is not what it says.
AT_PLACE = """SELECT :number AS number, role, version, data, sha256, created_at
    FROM tuf_files
    WHERE sha256 = :sha256 AND gun = :gun AND role = :role AND deleted_at IS NULL"""

PRESENT = """SELECT 1 FROM tuf_files
    WHERE sha256 = :sha256 AND gun = :gun AND role = :role AND deleted_at IS NULL
    LIMIT 1"""

# Names are compared and ordered as the index has them: it alone is read for the pages.
NEWEST_FILES = """SELECT file.gun, file.role, file.version, file.data, file.sha256,
    file.created_at FROM tuf_files AS file JOIN (
        SELECT gun, role, MAX(version) AS version FROM tuf_files
        WHERE gun > :after_gun OR (gun = :after_gun AND role > :after_role)
        GROUP BY gun, role ORDER BY gun, role LIMIT :limit
    ) AS newest ON file.gun = newest.gun AND file.role = newest.role
        AND file.version = newest.version
    ORDER BY file.gun, file.role"""

NEWEST_CHECKSUM = """SELECT sha256 FROM tuf_files
    WHERE gun = :gun AND role = :role AND deleted_at IS NULL
    ORDER BY version DESC LIMIT 1"""

# Each range is one of the unique index; names are compared exactly by who reads them.
CHECKSUMS_FROM = """SELECT gun, version, sha256 FROM tuf_files
    WHERE role = :role AND deleted_at IS NULL
    AND (gun = :gun AND version >= :version)"""

STORED_CHECKSUM = """SELECT sha256 FROM tuf_files
    WHERE gun = :gun AND role = :role AND version = :version AND deleted_at IS NULL"""

NEWEST_OF_ROLE = """SELECT role, version, sha256 FROM tuf_files
    WHERE gun = :gun AND role = :role AND deleted_at IS NULL
    ORDER BY version DESC LIMIT 1"""

INSERT_FILE = """INSERT INTO tuf_files
    (created_at, updated_at, gun, role, version, data, sha256)
    VALUES (:now, :now, :gun, :role, :version, :data, :sha256)"""

ANY_FILE = "SELECT 1 FROM tuf_files WHERE gun = :gun LIMIT 1"

DELETE_FILES = "DELETE FROM tuf_files WHERE gun = :gun"

INSERT_CHANGE = """INSERT INTO changefeed
    (created_at, gun, version, sha256, category)
    VALUES (:now, :gun, :version, :sha256, :category)"""

_CHANGE = "SELECT id, created_at, gun, version, sha256, category FROM changefeed"

CHANGES_AFTER = f"{_CHANGE} WHERE id > :id ORDER BY id LIMIT :limit"

CHANGES_BEFORE = f"{_CHANGE} WHERE id < :id ORDER BY id DESC LIMIT :limit"

CHANGES_OF_GUN_AFTER = f"""{_CHANGE}
    WHERE gun = :gun AND id > :id ORDER BY id LIMIT :limit"""

CHANGES_OF_GUN_BEFORE = f"""{_CHANGE}
    WHERE gun = :gun AND id < :id ORDER BY id DESC LIMIT :limit"""

_KEY = """SELECT key_id, algorithm, public, private, gun, role, passphrase_alias,
    encryption_alg, keywrap_alg, last_used FROM private_keys"""

KEY = f"{_KEY} WHERE key_id = :key_id AND deleted_at IS NULL"

UNUSED_KEY = f"""{_KEY}
    WHERE gun = :gun AND role = :role AND algorithm = :algorithm
    AND last_used IS NULL AND deleted_at IS NULL
    ORDER BY key_id LIMIT 1"""

INSERT_KEY = """INSERT INTO private_keys
    (created_at, updated_at, key_id, encryption_alg, keywrap_alg, algorithm,
    passphrase_alias, public, private, gun, role, last_used)
    VALUES (:now, :now, :key_id, :encryption_alg, :keywrap_alg, :algorithm,
    :passphrase_alias, :public, :private, :gun, :role, :last_used)"""

MARK_KEY_USED = """UPDATE private_keys SET last_used = :now, updated_at = :now
    WHERE key_id = :key_id AND deleted_at IS NULL"""

KEYS_UNDER_ALIAS = f"""{_KEY}
    WHERE passphrase_alias = :alias AND key_id > :after
    ORDER BY key_id LIMIT :limit"""

REPLACE_PRIVATE = """UPDATE private_keys
    SET private = :new_private, passphrase_alias = :new_alias, updated_at = :now
    WHERE key_id = :key_id AND private = :private AND passphrase_alias = :alias"""

PRIVATE = """SELECT private, passphrase_alias FROM private_keys
    WHERE key_id = :key_id"""

DELETE_KEY = """UPDATE private_keys SET deleted_at = :now
    WHERE key_id = :key_id AND deleted_at IS NULL"""

_NAMES = {sql: name.lower() for name, sql in list(globals().items()) if name.isupper()}


def name_of(sql: str) -> str:
    """Return the name of a statement of this module, in lower case."""
    return _NAMES.get(sql, "other")
