package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
)

// tracesHTTPServer holds the arguments of the HTTP servers of jaeger and zipkin, apart from their endpoint. These are
// not the OTLP receiver's: the collector closes connections after each request unless it is told otherwise; River, in
// both dialects, keeps them. The timeouts came with Alloy 1.18; before that the servers had none, as in the collector.
// https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/v0.158.0/receiver/zipkinreceiver/factory.go
type tracesHTTPServer struct {
	Auth                  arguments.Arg `river:"auth" type:"server handler" key:"auth.authenticator" in:"alloy"`
	MaxRequestBodySize    arguments.Arg `river:"max_request_body_size" type:"bytes"`
	IncludeMetadata       arguments.Arg `river:"include_metadata" type:"bool" default:"false"`
	CompressionAlgorithms arguments.Arg `river:"compression_algorithms" type:"list(string)" default:",gzip,zstd,zlib,snappy,deflate,lz4" was:"flow=-" collector:"" in:"alloy"`
	KeepAlivesEnabled     arguments.Arg `river:"keep_alives_enabled" type:"bool" default:"true" collector:"false" in:"alloy"`
	IdleTimeout           arguments.Arg `river:"idle_timeout" type:"duration" default:"1m" was:"flow=0s; alloy@1.17=0s" collector:"0s" in:"alloy"`
	ReadTimeout           arguments.Arg `river:"read_timeout" type:"duration" default:"0s" in:"alloy"`
	WriteTimeout          arguments.Arg `river:"write_timeout" type:"duration" default:"30s" was:"flow=0s; alloy@1.17=0s" collector:"0s" in:"alloy"`
	ReadHeaderTimeout     arguments.Arg `river:"read_header_timeout" type:"duration" default:"1m" was:"flow=0s; alloy@1.17=0s" collector:"0s" in:"alloy"`
	TLS                   *tlsServer    `river:"tls,block"`
	CORS                  *httpCORS     `river:"cors,block"`
}

// adapt leaves out what has no effect, and tells that a limit of 0 has another meaning than it had for Agent Flow.
func (s *tracesHTTPServer) adapt(c *Conversion) {
	s.CORS = usefulCORS(c, s.CORS)
	size := s.MaxRequestBodySize
	if c.Dialect.Name == dialect.Flow && size.Set && !size.Value.Symbolic() && size.Value.Number.Int == 0 {
		c.Diags.Warnf(size.NameRange, diag.ChangedBehavior, "write the size of the largest request that clients send",
			"0 means 20 MiB now; for Agent Flow it meant no limit")
	}
}

// jaegerGRPC is the grpc block of jaeger's components. Apart from its port and its buffer it is that of the OTLP
// receiver.
type jaegerGRPC struct {
	arguments.Block
	Endpoint             arguments.Arg        `river:"endpoint" type:"string" default:"0.0.0.0:14250" collector:"localhost:14250"`
	Transport            arguments.Arg        `river:"transport" type:"string" default:"tcp"`
	MaxRecvMsgSize       arguments.Arg        `river:"max_recv_msg_size" type:"mib" key:"max_recv_msg_size_mib"`
	MaxConcurrentStreams arguments.Arg        `river:"max_concurrent_streams" type:"uint"`
	ReadBufferSize       arguments.Arg        `river:"read_buffer_size" type:"bytes"`
	WriteBufferSize      arguments.Arg        `river:"write_buffer_size" type:"bytes"`
	Auth                 arguments.Arg        `river:"auth" type:"server handler" key:"auth.authenticator" in:"alloy"`
	IncludeMetadata      arguments.Arg        `river:"include_metadata" type:"bool" default:"false"`
	TLS                  *tlsServer           `river:"tls,block"`
	Keepalive            *grpcServerKeepalive `river:"keepalive,block"`
}
