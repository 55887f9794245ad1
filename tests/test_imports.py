"""What a server does without costs it no memory: each library is megabytes a worker."""

import subprocess
import sys

ASKED = (
    "import notary.command, notary.tap, notary.workers_tap, sys;"
    "print([name for name in ('grpc', 'google.protobuf') if name in sys.modules])"
)


def test_a_server_imports_grpcio_and_protobuf_only_to_use_them():
    done = subprocess.run(
        [sys.executable, "-c", ASKED], capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
