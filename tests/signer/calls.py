"""A client of the signer's gRPC protocol that speaks it without any code of ours."""

import grpc
from grpc_health.v1 import health_pb2

from notary.signing.proto import signer_pb2 as pb

CREATE = "/proto.KeyManagement/CreateKey"
DELETE = "/proto.KeyManagement/DeleteKey"
INFO = "/proto.KeyManagement/GetKeyInfo"
SIGN = "/proto.Signer/Sign"
CHECK = "/grpc.health.v1.Health/Check"
WATCH = "/grpc.health.v1.Health/Watch"

ANSWERS = {
    CREATE: pb.PublicKey,
    DELETE: pb.Void,
    INFO: pb.GetKeyInfoResponse,
    SIGN: pb.Signature,
    CHECK: health_pb2.HealthCheckResponse,
}
DEADLINE = 20
UNLIMITED = [
    ("grpc.max_send_message_length", -1),
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 100),
]


class Client:
    """One connection; methods return the answer or raise ``grpc.RpcError``."""

    def __init__(self, address, authority, pair):
        files = (pair.key.read_bytes(), pair.certificate.read_bytes()) if pair else ()
        credentials = grpc.ssl_channel_credentials(authority.read_bytes(), *files)
        self.channel = grpc.secure_channel(address, credentials, options=UNLIMITED)

    def close(self):
        self.channel.close()

    def call(self, method, request):
        """Make a call; the request is a message or its bytes."""
        return self.start(method, request).result()

    def start(self, method, request, timeout=DEADLINE):
        """Begin a call and return its future."""
        content = request if isinstance(request, bytes) else request.SerializeToString()
        stub = self.channel.unary_unary(
            method, response_deserializer=ANSWERS.get(method, pb.Void).FromString
        )
        return stub.future(content, timeout=timeout)

    def failure(self, method, request):
        """Return the status code and the text of a call that must fail."""
        error = self.start(method, request).exception()
        assert error is not None
        return error.code().name, error.details()

    def create(self, gun="example.com/app", role="timestamp", algorithm="ecdsa"):
        request = pb.CreateKeyRequest(gun=gun, role=role, algorithm=algorithm)
        return self.call(CREATE, request)

    def info(self, key_id):
        return self.call(INFO, pb.KeyID(ID=key_id))

    def sign(self, key_id, content):
        return self.call(SIGN, signature_request(key_id, content))

    def delete(self, key_id):
        return self.call(DELETE, pb.KeyID(ID=key_id))

    def watch(self, service=""):
        """Return the stream of health states as numbers."""
        stub = self.channel.unary_stream(
            WATCH,
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        return stub(health_pb2.HealthCheckRequest(service=service), timeout=DEADLINE)

    def check(self, service=""):
        request = health_pb2.HealthCheckRequest(service=service)
        return self.call(CHECK, request).status


def signature_request(key_id, content):
    return pb.SignatureRequest(keyID=pb.KeyID(ID=key_id), content=content)
