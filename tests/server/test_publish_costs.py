"""What a publish costs: nothing twice, and no more than its size makes necessary."""

import pytest
from attrs import evolve

from notary.tuf import canonical, metadata, signatures
from tests.counting import Calls
from tests.server.doubles import CountingSigner
from tests.server.owning import new_owner

READERS = (metadata.parse_root, metadata.parse_targets, metadata.parse_snapshot)


async def _counted(owner, files):
    await owner.publish(owner.next(**owner.everything()))
    for number in range(2):
        upload = owner.next(**files(owner, 2 + number))
        with Calls(
            signatures.verifies, canonical.encode, canonical.decode, *READERS
        ) as calls:
            await owner.publish(upload)
    return dict(calls.of)


def test_targets_with_a_snapshot_cost_two_verifications(run, service):
    """Decoded are both uploads, and the timestamp and snapshot of the last publish."""

    async def story():
        owner = await new_owner(service)
        return await _counted(owner, lambda own, n: {"targets": own.targets(n)})

    assert run(story()) == {
        "verifies": 2,
        "decode": 4,
        "encode": 3,
        "parse_targets": 1,
        "parse_snapshot": 2,
    }


def test_a_delegation_alone_costs_nothing_for_what_is_above_it(run, service):
    """Decoded are it, and the timestamp and snapshot of the last publish."""

    async def story():
        owner = await new_owner(service, delegations=3, server_snapshot=True)
        return await _counted(owner, lambda own, n: {"targets/d1": own.delegation(n)})

    assert run(story()) == {
        "verifies": 1,
        "decode": 3,
        "encode": 3,
        "parse_targets": 1,
        "parse_snapshot": 1,
    }


def test_a_root_with_the_keys_of_the_one_before_is_verified_once(run, service):
    async def story():
        owner = await new_owner(service)
        return await _counted(owner, lambda own, n: {"root": own.root(n)})

    counts = run(story())
    assert (counts["verifies"], counts["parse_root"]) == (2, 2)


def test_a_signature_is_asked_for_once(run, service):
    signer = CountingSigner(service.signer)

    async def story():
        owner = await new_owner(evolve(service, signer=signer), server_snapshot=True)
        await owner.publish(owner.next(**owner.everything()))

    run(story())
    assert signer.signatures == 2


@pytest.mark.parametrize("server_snapshot", [False, True])
@pytest.mark.parametrize(
    "sizes",
    [
        [{"entries": 1_000}, {"entries": 10_000}],
        [{"delegations": 10}, {"delegations": 100}],
    ],
    ids=["entries", "delegations"],
)
def test_ten_times_as_much_costs_at_most_about_ten_times_the_calls(
    run, service, sizes, server_snapshot
):
    async def calls(size):
        owner = await new_owner(service, server_snapshot=server_snapshot, **size)
        counts = []
        for files in (owner.everything(), {"targets": owner.targets(2)}):
            upload = owner.next(**files)
            with Calls() as counted:
                await owner.publish(upload)
            counts.append(counted.all)
        await service.delete("example.com/app")
        return counts

    for small, large in zip(run(calls(sizes[0])), run(calls(sizes[1])), strict=True):
        assert large < 11 * small
