package balancer

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configgrpc"
	"google.golang.org/grpc"
	"google.golang.org/grpc/experimental"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/resolver/manual"

	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
	"github.com/otelcol-river/otelcol-river/balancer/internal/resolver"
	"github.com/otelcol-river/otelcol-river/internal/buffers"
)

// services are the gRPC services of the signals.
var services = [...]string{
	otlpwire.Traces:  "opentelemetry.proto.collector.trace.v1.TraceService",
	otlpwire.Logs:    "opentelemetry.proto.collector.logs.v1.LogsService",
	otlpwire.Metrics: "opentelemetry.proto.collector.metrics.v1.MetricsService",
}

func exportMethod(signal otlpwire.Signal) string { return "/" + services[signal] + "/Export" }

// A caller makes connections to backends.
type caller struct {
	client     configgrpc.ClientConfig
	extensions map[component.ID]component.Component
	telemetry  component.TelemetrySettings
}

// A conn is the connection to one backend.
type conn struct {
	grpc   *grpc.ClientConn
	method string
}

// dial does not wait for the connection: gRPC makes it in the background.
func (c *caller) dial(
	ctx context.Context, signal otlpwire.Signal, backend string, options ...configgrpc.ToClientConnOption,
) (*conn, error) {
	client := c.client
	client.Endpoint = resolver.Endpoint(backend)
	options = append(options, configgrpc.WithGrpcDialOption(experimental.WithBufferPool(buffers.Shared)))
	connection, err := client.ToClientConn(ctx, c.extensions, c.telemetry, options...)
	if err != nil {
		return nil, err
	}
	return &conn{grpc: connection, method: exportMethod(signal)}, nil
}

// rehearse finds at the start what would otherwise be found out at the first backend: files of TLS that are missing, a
// compression that gRPC lacks, an authenticator without TLS. It calls nobody, as the name it is to call has no address.
func (c *caller) rehearse(ctx context.Context) error {
	silent := manual.NewBuilderWithScheme("rehearsal")
	rehearsed, err := c.dial(ctx, otlpwire.Traces, "rehearsal:///backend:4317",
		configgrpc.WithGrpcDialOption(grpc.WithResolvers(silent)))
	if err != nil {
		return err
	}
	return rehearsed.Close()
}

// Export calls the backend with an encoded request, and returns the encoded answer. gRPC holds references to the
// request for as long as it needs it, which may be longer than the call.
func (c *conn) Export(ctx context.Context, request mem.Buffer) ([]byte, error) {
	var answer encoded
	err := c.grpc.Invoke(ctx, c.method, outgoing{request}, &answer, grpc.ForceCodecV2(bytesCodec{}))
	return answer, err
}

// Close ends the connection.
func (c *conn) Close() error { return c.grpc.Close() }
