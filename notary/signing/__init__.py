"""The signing seam, and its implementations: here, by gRPC and by HTTPS."""

import os

# Read when grpcio is first imported: its C core would write lines of its own to
# standard error, one for each failed handshake for instance.
os.environ.setdefault("GRPC_VERBOSITY", "NONE")
