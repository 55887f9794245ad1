"""What tests of the parts around the programs share."""

from datetime import UTC, datetime

import pytest

from notary.ops.development import prepare


@pytest.fixture(scope="module")
def dev(tmp_path_factory):
    """A folder with the certificates of a development server."""
    folder = tmp_path_factory.mktemp("tls") / "dev"
    prepare(folder, datetime.now(UTC))
    return folder
