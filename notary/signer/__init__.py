"""The signer's edges: any signing service, served by gRPC and by HTTPS."""

import notary.signing  # noqa: F401 -- it silences grpcio before that is imported
