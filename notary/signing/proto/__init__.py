"""The messages of the signer's gRPC protocol, made from ``signer.proto``."""
