"""Classes of grpcio that are generic only in its annotations, not when it runs."""

from typing import TYPE_CHECKING, Any, TypeAlias

import grpc

if TYPE_CHECKING:
    Handler: TypeAlias = grpc.RpcMethodHandler[Any, Any]
    ServiceHandler: TypeAlias = grpc.GenericRpcHandler[Any, Any]
    Interceptor: TypeAlias = grpc.ServerInterceptor[Any, Any]
else:
    Handler = grpc.RpcMethodHandler
    ServiceHandler = grpc.GenericRpcHandler
    Interceptor = grpc.ServerInterceptor
