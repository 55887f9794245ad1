"""What single settings may be: addresses, the way to a signer, early renewals."""

import pytest

from notary.settings.address import Address, join_host_port, parse_address
from tests.server_settings import MINIMAL, REMOTE, load, nested, problems


@pytest.mark.parametrize(
    ("text", "address"),
    [
        (":4443", Address("", 4443)),
        ("localhost:0", Address("localhost", 0)),
        ("127.0.0.1:65535", Address("127.0.0.1", 65535)),
        ("[::1]:80", Address("::1", 80)),
    ],
)
def test_an_address_is_read_as_go_reads_it_and_written_as_it_was(text, address):
    assert parse_address(text) == address
    assert join_host_port(address.host, address.port) == text


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nope", "missing port in address"),
        ("[::1]", "missing port in address"),
        ("::1:80", "too many colons in address"),
        ("[::1:80", "too many colons in address"),
        ("a:65536", "the port must be at most 65535"),
        ("a:-1", "the port must be a number"),
        ("a:", "the port must be a number"),
        ("a:\u0661", "the port must be a number"),
    ],
)
def test_a_wrong_address_is_refused_with_the_reason(text, problem):
    with pytest.raises(ValueError, match=problem):
        parse_address(text)


def test_a_signer_is_asked_by_grpc_unless_the_settings_say_otherwise(tmp_path):
    config = nested(REMOTE, MINIMAL)
    assert load(tmp_path, config).trust_service.protocol == "grpc"
    (problem,) = problems(tmp_path, nested({"trust_service.protocol": "x"}, config))
    assert problem.startswith("trust_service.protocol: x is not a known protocol")
    seconds = nested({"trust_service.deadline_seconds": 0}, config)
    (problem,) = problems(tmp_path, seconds)
    assert problem == (
        "trust_service.deadline_seconds: must be a number between 1 and 300"
    )


@pytest.mark.parametrize(
    ("key", "given", "most"),
    [
        ("renewal.after_percent", 0, 100),
        ("renewal.after_percent", 101, 100),
        ("renewal.per_minute", 0, 1000),
        ("renewal.per_minute", 1001, 1000),
        ("renewal.per_minute", "often", 1000),
    ],
)
def test_renewals_have_limits_of_how_early_and_how_often(tmp_path, key, given, most):
    (problem,) = problems(tmp_path, nested({key: given}, MINIMAL))
    assert problem == f"{key}: must be a number between 1 and {most}"
