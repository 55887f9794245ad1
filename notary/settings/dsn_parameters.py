"""The parameters of a MySQL address: those that matter here, and those of the driver.

Go's ways of writing a bool, a duration and an escape. What go-sql-driver would refuse
is refused; what it would run as ``SET name=value`` is only reported.
"""

import os
import re
from collections.abc import Callable
from datetime import UTC, tzinfo
from pathlib import Path
from urllib.parse import unquote_plus
from zoneinfo import ZoneInfo

from attrs import frozen

MAX_SECONDS = 3600.0
LOCAL_TIME = Path("/etc/localtime")

_TRUE = ("1", "true", "TRUE", "True")
_FALSE = ("0", "false", "FALSE", "False")
_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "\u00b5s": 1e-6,
    "\u03bcs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_STEP = r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)"
_DURATION = re.compile(rf"([-+]?)((?:{_STEP})+)", re.ASCII)
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,63}", re.ASCII)


class DSNError(ValueError):
    """What is wrong with an address, in words that repeat nothing of it."""


@frozen
class Parameters:
    """What the parameters mean; times are in seconds, ``None`` if not given.

    Times in the database are wall times of ``zone``. ``warnings`` are sentences for
    the operator about what is not done.
    """

    timeout: float | None = None
    read_timeout: float | None = None
    write_timeout: float | None = None
    tls: str = "false"
    zone: tzinfo = UTC
    cleartext_password: bool = False
    old_password: bool = False
    warnings: tuple[str, ...] = ()


def read_parameters(query: str) -> Parameters:
    """Return what ``name=value&...`` means; of equal names the last one counts."""
    values: dict[str, object] = {}
    warnings: list[str] = []
    for part in query.split("&"):
        name, equals, value = part.partition("=")
        reader = _READERS.get(name)
        if not equals:
            if part:
                warnings.append("a parameter without a value is ignored")
        elif reader is None:
            _unescaped(name, value)
            warnings.append(_unknown(name))
        else:
            values[name] = reader(name, value)
    return _parameters(values, warnings)


def _parameters(values: dict[str, object], warnings: list[str]) -> Parameters:
    for name in ("charset", "collation"):
        if not str(values.get(name, "utf8")).lower().startswith("utf8"):
            warnings.append(f"{name} is ignored: names are always sent in UTF-8")
    return Parameters(
        _seconds(values.get("timeout")),
        _seconds(values.get("readTimeout")),
        _seconds(values.get("writeTimeout")),
        str(values.get("tls", "false")),
        _zone(values.get("loc")),
        values.get("allowCleartextPasswords") is True,
        values.get("allowOldPasswords") is True,
        tuple(dict.fromkeys(warnings)),
    )


def _unknown(name: str) -> str:
    shown = name if _NAME.fullmatch(name) else "with an odd name"
    return f"the unknown parameter {shown} is ignored, not sent to the database"


def _seconds(value: object) -> float | None:
    return value if isinstance(value, float) and value > 0 else None


def _zone(value: object) -> tzinfo:
    return value if isinstance(value, tzinfo) else UTC


def _unescaped(name: str, value: str) -> str:
    if _BAD_ESCAPE.search(value):
        shown = name if name in _READERS else "a parameter"
        raise DSNError(f"{shown} contains a % that is no escape")
    return unquote_plus(value, errors="replace")


def _text(name: str, value: str) -> str:
    return _unescaped(name, value)


def _plain(name: str, value: str) -> str:  # noqa: ARG001 -- go does not unescape it
    return value


def _bool(name: str, value: str) -> bool:
    if value not in _TRUE + _FALSE:
        raise DSNError(f"{name} is neither true nor false")
    return value in _TRUE


def _duration(name: str, value: str) -> float:
    if value in ("0", "+0", "-0"):
        return 0.0
    found = _DURATION.fullmatch(value)
    if not found:
        raise DSNError(f"{name} is not a duration such as 500ms, 5s or 1m30s")
    steps = re.findall(_STEP, found[2])
    seconds = min(sum(float(n) * _UNITS[unit] for n, unit in steps), MAX_SECONDS)
    return -seconds if found[1] == "-" else seconds


def _number(name: str, value: str) -> int:
    if not re.fullmatch(r"[-+]?[0-9]{1,19}", value, re.ASCII):
        raise DSNError(f"{name} is not a whole number")
    return int(value)


def _tls(name: str, value: str) -> str:
    if value in _TRUE + _FALSE:
        return "true" if value in _TRUE else "false"
    if value.lower() in ("skip-verify", "preferred"):
        return value.lower()
    raise DSNError(f"{name} is none of true, false, skip-verify and preferred")


def _location(name: str, value: str) -> tzinfo:
    zone = _unescaped(name, value)
    try:
        if zone == "Local":
            return _local()
        return UTC if zone in ("", "UTC") else ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise DSNError(f"{name} is not the name of a time zone") from None


def _local() -> tzinfo:
    name = os.environ.get("TZ")
    if name is not None:
        return ZoneInfo(name.removeprefix(":")) if name else UTC
    if not LOCAL_TIME.exists():
        return UTC
    with LOCAL_TIME.open("rb") as file:
        return ZoneInfo.from_file(file)


def _refused(name: str, value: str) -> None:  # noqa: ARG001 -- any value is refused
    raise DSNError(f"{name} is not supported")


_READERS: dict[str, Callable[[str, str], object]] = {
    **dict.fromkeys(("timeout", "readTimeout", "writeTimeout"), _duration),
    "tls": _tls,
    "loc": _location,
    "maxAllowedPacket": _number,
    "charset": _text,
    "collation": _plain,
    **dict.fromkeys(("compress", "strict", "serverPubKey"), _refused),
    **dict.fromkeys(
        (
            *("allowAllFiles", "allowCleartextPasswords", "allowNativePasswords"),
            *("allowOldPasswords", "checkConnLiveness", "clientFoundRows"),
            *("columnsWithAlias", "interpolateParams", "multiStatements"),
            *("parseTime", "rejectReadOnly"),
        ),
        _bool,
    ),
}
