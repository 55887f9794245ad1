"""The address of a MySQL database, read as go-sql-driver reads it."""

from contextlib import suppress
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from notary.settings.dsn import DSN, Host, parse_dsn
from notary.settings.dsn_parameters import DSNError

LOCAL = (Host("127.0.0.1", 3306),)

# What go-sql-driver 1.5.0 makes of an address.
ADDRESSES = [
    ("username:password@tcp(address)/db?param=value", [Host("address", 3306)]),
    ("user:password@tcp(localhost:5555)/db?charset=utf8", [Host("localhost", 5555)]),
    (
        "user:p@ss(word)@tcp([de:ad:be:ef::ca:fe]:80)/db",
        [Host("de:ad:be:ef::ca:fe", 80)],
    ),
    ("tcp(de:ad:be:ef::ca:fe)/db", [Host("de:ad:be:ef::ca:fe", 3306)]),
    ("tcp(127.0.0.1)/db", LOCAL),
    ("user:password@/db", LOCAL),
    ("/db", LOCAL),
    ("@/db", LOCAL),
    ("tcp/db", LOCAL),
    ("tcp()/db", LOCAL),
    ("tcp4(h:1)/db", [Host("h", 1)]),
    ("tcp(:3307)/db", [Host("127.0.0.1", 3307)]),
    ("tcp(db1:3306,db2:3307)/db", [Host("db1", 3306), Host("db2", 3307)]),
    (
        "tcp(db1, [::1]:5,db3)/db",
        [Host("db1", 3306), Host("::1", 5), Host("db3", 3306)],
    ),
]


@pytest.mark.parametrize(("text", "hosts"), ADDRESSES)
def test_an_address_has_the_hosts_that_it_has_for_go(text, hosts):
    dsn = parse_dsn(text)
    assert (dsn.hosts, dsn.socket, dsn.database) == (tuple(hosts), None, "db")


@pytest.mark.parametrize(
    ("text", "socket"),
    [
        ("user@unix(/path/to/socket)/db", "/path/to/socket"),
        ("unix/db", "/tmp/mysql.sock"),
        ("u:p@unix()/db", "/tmp/mysql.sock"),
    ],
)
def test_a_socket_is_a_path(text, socket):
    dsn = parse_dsn(text)
    assert (dsn.hosts, dsn.socket) == ((), socket)


@pytest.mark.parametrize(
    ("text", "user", "password"),
    [
        ("user:p@/ssword@/db", "user", "p@/ssword"),
        ("user:p@ss(word)@tcp(h)/db", "user", "p@ss(word)"),
        ("user:a:b?c=d&%41@/db", "user", "a:b?c=d&%41"),
        ("user@/db", "user", ""),
        (":secret@/db", "", "secret"),
        ("tcp(h)/db", "", ""),
    ],
)
def test_credentials_end_at_the_last_at_sign(text, user, password):
    dsn = parse_dsn(text)
    assert (dsn.user, dsn.password, dsn.database) == (user, password, "db")


@pytest.mark.parametrize(
    "text",
    [
        *("", "user:secret", "User:secret@tcp(1.2.3.4:3306)", "/", "user:secret@/"),
        *("@net(addr/", "@tcp(/db", "tcp(/db", "(/db", "net(addr)//db", "net()/db"),
        *("pipe(x)/db", "tcp(a:b)/db", "tcp(a:0)/db", "tcp(a:65536)/db", "tcp(a,)/db"),
        *("tcp([::1)/db", "tcp(a:1:2)/db", "tcp(a,a:3306)/db", "user:se\0cret@/db"),
        *("u:secret@tcp(h)/db?loc=Europe/Berlin", "u:" + "secret" * 2000 + "@/db"),
    ],
)
def test_a_wrong_address_is_refused_without_repeating_it(text):
    with pytest.raises(DSNError) as raised:
        parse_dsn(text)
    assert "secret" not in str(raised.value)
    assert "secret" not in repr(raised.value.__cause__)


@pytest.mark.parametrize(
    "query",
    [
        *("parseTime=yes", "parseTime=", "allowAllFiles=tRue", "rejectReadOnly=2"),
        *("timeout=5", "timeout=5 s", "readTimeout=", "writeTimeout=1d", "timeout=s"),
        *("tls=custom", "tls=", "loc=Nowhere", "loc=..%2F..%2Fetc", "loc=Europe"),
        *("loc=%zz", "unknown=%", "maxAllowedPacket=4M", "compress=true"),
        *("strict=true", "serverPubKey=name", "charset=%1"),
    ],
)
def test_a_wrong_parameter_is_refused_by_its_name(query):
    with pytest.raises(DSNError) as raised:
        parse_dsn(f"u:secret@tcp(h)/db?{query}")
    name, _, value = query.partition("=")
    assert str(raised.value).startswith((name, "a parameter"))
    assert len(value) < 3 or value not in str(raised.value)


def test_the_defaults_are_those_of_go():
    found = parse_dsn("/db").parameters
    assert (found.timeout, found.read_timeout, found.write_timeout) == (None,) * 3
    assert (found.tls, found.zone, found.warnings) == ("false", UTC, ())
    assert (found.cleartext_password, found.old_password) == (False, False)


def test_every_known_parameter_is_accepted():
    found = parse_dsn(
        "user:password@/db?loc=UTC&timeout=30s&readTimeout=1m0.5s&writeTimeout=100ms"
        "&allowAllFiles=1&clientFoundRows=true&allowOldPasswords=TRUE&tls=false"
        "&collation=utf8mb4_unicode_ci&maxAllowedPacket=16777216&parseTime=true"
        "&allowCleartextPasswords=True&rejectReadOnly=0&charset=utf8mb4,utf8"
        "&allowNativePasswords=false&checkConnLiveness=False&columnsWithAlias=FALSE"
        "&interpolateParams=true&multiStatements=true"
    ).parameters
    assert (found.timeout, found.read_timeout, found.write_timeout) == (30, 60.5, 0.1)
    assert (found.cleartext_password, found.old_password) == (True, True)
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("1.5h", 3600), ("1h2m", 3600), ("90s", 90), (".5s", 0.5), ("1.s", 1)),
        *(("+3ms", 0.003), ("7us", 7e-6), ("7\u00b5s", 7e-6), ("9ns", 9e-9)),
        *(("0", None), ("0s", None), ("-5s", None), ("9" * 400 + "h", 3600)),
    ],
)
def test_durations_are_written_as_in_go_and_end_at_an_hour(text, seconds):
    found = parse_dsn(f"/db?timeout={text}").parameters.timeout
    assert found == (seconds and pytest.approx(seconds))


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        *(("true", "true"), ("1", "true"), ("0", "false"), ("False", "false")),
        *(("skip-verify", "skip-verify"), ("Preferred", "preferred")),
    ],
)
def test_tls_has_four_modes(text, mode):
    assert parse_dsn(f"/db?tls={text}").parameters.tls == mode


def test_a_zone_is_known_by_its_name(monkeypatch):
    zone = parse_dsn("/db?loc=Europe%2FBerlin").parameters.zone
    assert zone == ZoneInfo("Europe/Berlin")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    assert parse_dsn("/db?loc=Local").parameters.zone == ZoneInfo("Asia/Tokyo")
    monkeypatch.setenv("TZ", "")
    assert parse_dsn("/db?loc=Local").parameters.zone == UTC
    monkeypatch.delenv("TZ")
    assert parse_dsn("/db?loc=Local").parameters.zone is not None


def test_what_is_not_done_is_reported():
    warnings = parse_dsn(
        "u:p@/db?sql_mode=%27ANSI%27&foo&charset=latin1&a%20b=1&sql_mode=x"
    ).parameters.warnings
    assert warnings == (
        "the unknown parameter sql_mode is ignored, not sent to the database",
        "a parameter without a value is ignored",
        "the unknown parameter with an odd name is ignored, not sent to the database",
        "charset is ignored: names are always sent in UTF-8",
    )


def test_the_password_is_not_shown():
    assert "secret" not in repr(parse_dsn("user:secret@tcp(h)/db"))


ODD = st.text(st.sampled_from("ab@/:()?%&=,[]' \\\u00e9\U0001f511"), max_size=12)
NAMES = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,20}", fullmatch=True)
HOSTS = st.lists(
    st.builds(Host, NAMES, st.integers(1, 65535)), min_size=1, max_size=4, unique=True
)
USERS = st.text(st.characters(exclude_characters=":\0", codec="utf-8"), max_size=10)


@given(
    user=USERS, password=ODD, hosts=HOSTS, database=NAMES, timeout=st.integers(1, 99)
)
@example("u", "@/:()?%", [Host("h", 1)], "db", 1)
def test_what_was_built_is_read_back(user, password, hosts, database, timeout):
    addresses = ",".join(f"{host.name}:{host.port}" for host in hosts)
    text = f"{user}:{password}@tcp({addresses})/{database}?timeout={timeout}ms"
    dsn = parse_dsn(text)
    assert dsn.user == user
    assert dsn.password == password
    assert dsn.hosts == tuple(hosts)
    assert dsn.database == database
    assert dsn.parameters.timeout == pytest.approx(timeout / 1000)


PIECES = st.sampled_from(
    [
        *("@", "/", ":", "(", ")", "?", "&", "=", "%", ",", "[", "]", "tcp", "unix"),
        *("timeout", "loc", "tls", "1h", "9e9", "true", "\0", "\ud800", "Local", "-"),
    ]
)


@given(
    text=st.one_of(
        st.text(st.characters(codec=None)),
        st.lists(PIECES, max_size=30).map("".join),
        st.lists(PIECES, max_size=12).map(lambda some: "/db?" + "".join(some)),
    )
)
def test_hostile_text_raises_nothing_but_our_error(text):
    with suppress(DSNError):
        assert isinstance(parse_dsn(text), DSN)
