package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// otlpReceiver holds the arguments of otelcol.receiver.otlp. Unlike the collector's, it listens on all interfaces.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.receiver.otlp/
type otlpReceiver struct {
	arguments.Block
	GRPC         *grpcServer  `river:"grpc,block" key:"protocols.grpc"`
	HTTP         *httpServer  `river:"http,block" key:"protocols.http"`
	Output       output       `river:"output,block,required"`
	DebugMetrics debugMetrics `river:"debug_metrics,block"`
}

// grpcServer is the grpc block.
type grpcServer struct {
	arguments.Block
	Endpoint             arguments.Arg        `river:"endpoint" type:"string" default:"0.0.0.0:4317" collector:"localhost:4317"`
	Transport            arguments.Arg        `river:"transport" type:"string" default:"tcp"`
	MaxRecvMsgSize       arguments.Arg        `river:"max_recv_msg_size" type:"mib" key:"max_recv_msg_size_mib"`
	MaxConcurrentStreams arguments.Arg        `river:"max_concurrent_streams" type:"uint"`
	ReadBufferSize       arguments.Arg        `river:"read_buffer_size" type:"bytes" default:"512KiB"`
	WriteBufferSize      arguments.Arg        `river:"write_buffer_size" type:"bytes"`
	Auth                 arguments.Arg        `river:"auth" type:"server handler" key:"auth.authenticator" in:"alloy"`
	IncludeMetadata      arguments.Arg        `river:"include_metadata" type:"bool" default:"false"`
	TLS                  *tlsServer           `river:"tls,block"`
	Keepalive            *grpcServerKeepalive `river:"keepalive,block"`
}

// grpcServerKeepalive is the keepalive block of a gRPC server.
type grpcServerKeepalive struct {
	arguments.Block
	ServerParameters  *keepaliveParameters `river:"server_parameters,block"`
	EnforcementPolicy *keepalivePolicy     `river:"enforcement_policy,block"`
}

// keepaliveParameters is the server_parameters block.
type keepaliveParameters struct {
	arguments.Block
	MaxConnectionIdle     arguments.Arg `river:"max_connection_idle" type:"duration"`
	MaxConnectionAge      arguments.Arg `river:"max_connection_age" type:"duration"`
	MaxConnectionAgeGrace arguments.Arg `river:"max_connection_age_grace" type:"duration"`
	Time                  arguments.Arg `river:"time" type:"duration"`
	Timeout               arguments.Arg `river:"timeout" type:"duration"`
}

// keepalivePolicy is the enforcement_policy block.
type keepalivePolicy struct {
	arguments.Block
	MinTime             arguments.Arg `river:"min_time" type:"duration"`
	PermitWithoutStream arguments.Arg `river:"permit_without_stream" type:"bool"`
}

// httpServer is the http block. Its timeouts came with Alloy 1.18; before that the server had none, as in the
// collector.
type httpServer struct {
	arguments.Block
	Endpoint              arguments.Arg `river:"endpoint" type:"string" default:"0.0.0.0:4318" collector:"localhost:4318"`
	Auth                  arguments.Arg `river:"auth" type:"server handler" key:"auth.authenticator" in:"alloy"`
	MaxRequestBodySize    arguments.Arg `river:"max_request_body_size" type:"bytes"`
	IncludeMetadata       arguments.Arg `river:"include_metadata" type:"bool" default:"false"`
	CompressionAlgorithms arguments.Arg `river:"compression_algorithms" type:"list(string)" default:",gzip,zstd,zlib,snappy,deflate,lz4" was:"flow=-" collector:"" in:"alloy"`
	KeepAlivesEnabled     arguments.Arg `river:"keep_alives_enabled" type:"bool" collector:"true" in:"alloy"`
	IdleTimeout           arguments.Arg `river:"idle_timeout" type:"duration" default:"1m" was:"flow=0s; alloy@1.17=0s" collector:"0s" in:"alloy"`
	ReadTimeout           arguments.Arg `river:"read_timeout" type:"duration" default:"0s" in:"alloy"`
	WriteTimeout          arguments.Arg `river:"write_timeout" type:"duration" default:"30s" was:"flow=0s; alloy@1.17=0s" collector:"0s" in:"alloy"`
	ReadHeaderTimeout     arguments.Arg `river:"read_header_timeout" type:"duration" default:"1m" was:"flow=0s; alloy@1.17=0s" collector:"0s" in:"alloy"`
	TracesURLPath         arguments.Arg `river:"traces_url_path" type:"string" default:"/v1/traces"`
	MetricsURLPath        arguments.Arg `river:"metrics_url_path" type:"string" default:"/v1/metrics"`
	LogsURLPath           arguments.Arg `river:"logs_url_path" type:"string" default:"/v1/logs"`
	TLS                   *tlsServer    `river:"tls,block"`
	CORS                  *httpCORS     `river:"cors,block"`
}

// httpCORS is the cors block.
type httpCORS struct {
	arguments.Block
	AllowedOrigins arguments.Arg `river:"allowed_origins" type:"list(string)"`
	AllowedHeaders arguments.Arg `river:"allowed_headers" type:"list(string)"`
	ExposedHeaders arguments.Arg `river:"exposed_headers" type:"list(string)" in:"alloy"`
	MaxAge         arguments.Arg `river:"max_age" type:"int"`
}

func init() {
	register(Component{
		Name:    "otelcol.receiver.otlp",
		Section: otelcfg.Receivers,
		Type:    "otlp",
		Signals: Signals,
		signals: otlpReceiverSignals,
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.receiver.otlp/",
	}, convertOTLPReceiver)
}

func convertOTLPReceiver(c *Conversion, args *otlpReceiver) []Part {
	if http := args.HTTP; http != nil && c.Dialect.Name == dialect.Flow {
		if size := http.MaxRequestBodySize; size.Set && !size.Value.Symbolic() && size.Value.Number.Int == 0 {
			c.Diags.Warnf(size.NameRange, diag.ChangedBehavior, "write the size of the largest request that clients send",
				"0 means 20 MiB now; for Agent Flow it meant no limit")
		}
	}
	if args.HTTP != nil {
		args.HTTP.CORS = usefulCORS(c, args.HTTP.CORS)
	}
	if args.GRPC != nil {
		args.GRPC.MaxRecvMsgSize = wholeMiB(c, args.GRPC.MaxRecvMsgSize)
	}
	return c.only(c.Encode(args))
}

// usefulCORS leaves out a cors block that allows no origin: both programs ignore it.
func usefulCORS(c *Conversion, cors *httpCORS) *httpCORS {
	if cors == nil || !cors.AllowedOrigins.Empty() {
		return cors
	}
	c.Diags.Warnf(cors.NameRange, diag.NoCounterpart, "add allowed_origins, or remove the block",
		"block %q allows no origin, which has no effect, and was left out", "cors")
	return nil
}

// wholeMiB leaves out a size that is less than one MiB: both programs take it for 0, and that for their default.
func wholeMiB(c *Conversion, size arguments.Arg) arguments.Arg {
	if !size.Set || size.Value.Symbolic() || size.Value.Number.Int > 0 {
		return size
	}
	c.Diags.Warnf(size.NameRange, diag.NoCounterpart, "write a size of at least 1MiB, or remove it",
		"less than 1MiB counts as the default of 4MiB, in River too; it was left out")
	return arguments.Arg{}
}

// otlpReceiverSignals returns none for a receiver without a protocol: River lets it listen to nothing, the collector
// refuses it.
func otlpReceiverSignals(args any, inst *Instance, _ dialect.Dialect, diags *diag.List) []Signal {
	if r := args.(*otlpReceiver); r.GRPC == nil && r.HTTP == nil {
		diags.Warnf(inst.Range, diag.NoCounterpart, "add grpc {} or http {}",
			"the receiver listens to no protocol and was left out: the collector refuses it")
		return nil
	}
	return Signals
}
