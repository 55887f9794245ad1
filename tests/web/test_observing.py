"""What is told of requests to whoever measures them."""

import pytest
from attrs import define, field

from tests.server.doubles import StoreDown
from tests.web.conftest import new_service
from tests.web.serving import GUN, TUF


@define
class Notes:
    """An ``Observer`` that remembers what it was told."""

    in_flight: int = 0
    ended_requests: list = field(factory=list)
    published_count: int = 0
    deleted_count: int = 0

    def began(self, operation):
        self.in_flight += 1

    def ended(self, answered):
        self.in_flight -= 1
        assert answered.seconds >= 0
        self.ended_requests.append(answered)

    def published(self):
        self.published_count += 1

    def deleted(self):
        self.deleted_count += 1

    @property
    def outcomes(self):
        """Each request as its operation, status and error."""
        return [
            (each.operation, each.status, each.error) for each in self.ended_requests
        ]


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def client(serving, service, notes):
    with serving(service, observer=notes) as found:
        yield found


@pytest.mark.usefixtures("published")
def test_a_publish_and_a_deletion_are_told(client, notes):
    client("DELETE", TUF)
    client("DELETE", TUF)
    assert (notes.published_count, notes.deleted_count) == (1, 1)
    assert notes.in_flight == 0
    assert notes.outcomes == [
        ("UpdateTUF", 200, ""),
        ("DeleteTUF", 200, ""),
        ("DeleteTUF", 200, ""),
    ]


def test_a_conflict_is_told_by_its_code(client, notes, published):
    client.upload(GUN, published)
    assert notes.outcomes[-1] in [
        ("UpdateTUF", 400, "VERSION"),
        ("UpdateTUF", 400, "INVALID_UPDATE"),
    ]
    assert notes.published_count == 1


def test_sizes_are_those_of_the_request_and_of_the_body_of_the_answer(
    client, notes, published
):
    got = client("GET", f"{TUF}root.json", headers={"X-A": "b" * 1000})
    client("HEAD", f"{TUF}root.json")
    upload, get, head = notes.ended_requests
    assert upload.request_bytes > sum(map(len, published.values()))
    assert 1000 < get.request_bytes < 1300
    assert get.response_bytes == len(got.body)
    assert (head.method, head.response_bytes) == ("HEAD", 0)


def test_what_has_no_operation_is_not_told(client, notes):
    for path in ("/v2/", "/_notary_server/health", "/v2/a/b", "/nothing"):
        client("GET", path)
    assert notes.ended_requests == []


def test_a_scrape_is_told_as_such(client, notes):
    client("GET", "/metrics")
    assert notes.outcomes == [("prometheus", 200, "")]


def test_a_store_that_is_away_is_told_as_an_error(serving, notes):
    with serving(new_service(store=StoreDown()), observer=notes) as client:
        client("GET", f"{TUF}root.json")
    assert notes.outcomes == [("GetRole", 503, "UNAVAILABLE")]
