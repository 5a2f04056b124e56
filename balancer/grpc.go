package balancer

import (
	"context"

	"google.golang.org/grpc"

	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
)

// A taker accepts an encoded request, which is the caller's again afterwards, or says with a gRPC status why not.
type taker interface {
	take(ctx context.Context, request []byte) error
}

func (l *lane) take(ctx context.Context, request []byte) error { return l.balancer.Take(ctx, request) }

// serviceOf describes the gRPC service of a signal as generated code does, but its messages stay encoded.
func serviceOf(signal otlpwire.Signal) *grpc.ServiceDesc {
	return &grpc.ServiceDesc{
		ServiceName: services[signal],
		HandlerType: (*taker)(nil),
		Methods: []grpc.MethodDesc{{
			MethodName: "Export",
			Handler: func(
				srv any, ctx context.Context, decode func(any) error, intercept grpc.UnaryServerInterceptor,
			) (any, error) {
				return export(ctx, srv.(taker), exportMethod(signal), decode, intercept)
			},
		}},
	}
}

// export takes one request. Its answer is an encoded response without fields, which has no bytes.
func export(
	ctx context.Context, to taker, method string, decode func(any) error, intercept grpc.UnaryServerInterceptor,
) (any, error) {
	var request received
	if err := decode(&request); err != nil {
		return nil, err
	}
	defer request.Free()
	handle := func(ctx context.Context, _ any) (any, error) {
		if err := to.take(ctx, request.ReadOnlyData()); err != nil {
			return nil, err
		}
		return encoded(nil), nil
	}
	if intercept == nil {
		return handle(ctx, &request)
	}
	return intercept(ctx, &request, &grpc.UnaryServerInfo{Server: to, FullMethod: method}, handle)
}
