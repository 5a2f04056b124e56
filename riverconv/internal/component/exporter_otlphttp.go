package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// otlpHTTPExporter holds the arguments of otelcol.exporter.otlphttp.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.otlphttp/
type otlpHTTPExporter struct {
	arguments.Block
	TracesEndpoint  arguments.Arg `river:"traces_endpoint" type:"string"`
	MetricsEndpoint arguments.Arg `river:"metrics_endpoint" type:"string"`
	LogsEndpoint    arguments.Arg `river:"logs_endpoint" type:"string"`
	Encoding        arguments.Arg `river:"encoding" type:"string" default:"proto" in:"flow@0.41 alloy" oneof:"proto json"`
	Client          httpClient    `river:"client,block,required" key:"."`
	SendingQueue    queue         `river:"sending_queue,block"`
	RetryOnFailure  retry         `river:"retry_on_failure,block"`
	DebugMetrics    debugMetrics  `river:"debug_metrics,block"`
}

// httpClient is the client block. In the collector its arguments stand in the exporter itself.
type httpClient struct {
	arguments.Block
	Endpoint             arguments.Arg          `river:"endpoint,required" type:"string"`
	ProxyURL             arguments.Arg          `river:"proxy_url" type:"string" in:"alloy"`
	Compression          arguments.Arg          `river:"compression" type:"string" default:"gzip" oneof:"gzip zlib deflate snappy zstd none ''"`
	CompressionParams    *httpCompressionParams `river:"compression_params,block" in:"alloy"`
	ReadBufferSize       arguments.Arg          `river:"read_buffer_size" type:"bytes"`
	WriteBufferSize      arguments.Arg          `river:"write_buffer_size" type:"bytes" default:"512KiB"`
	Timeout              arguments.Arg          `river:"timeout" type:"duration" default:"30s"`
	Headers              arguments.Arg          `river:"headers" type:"map(secret)"`
	MaxIdleConns         arguments.Arg          `river:"max_idle_conns" type:"int" default:"100"`
	MaxIdleConnsPerHost  arguments.Arg          `river:"max_idle_conns_per_host" type:"int"`
	MaxConnsPerHost      arguments.Arg          `river:"max_conns_per_host" type:"int"`
	IdleConnTimeout      arguments.Arg          `river:"idle_conn_timeout" type:"duration" default:"90s"`
	DisableKeepAlives    arguments.Arg          `river:"disable_keep_alives" type:"bool"`
	HTTP2ReadIdleTimeout arguments.Arg          `river:"http2_read_idle_timeout" type:"duration" in:"flow@0.41 alloy"`
	HTTP2PingTimeout     arguments.Arg          `river:"http2_ping_timeout" type:"duration" in:"flow@0.41 alloy"`
	ForceAttemptHTTP2    arguments.Arg          `river:"force_attempt_http2" type:"bool" default:"true" in:"alloy"`
	Auth                 arguments.Arg          `river:"auth" type:"handler" key:"auth.authenticator"`
	Cookies              *httpCookies           `river:"cookies,block" in:"alloy"`
	TLS                  tlsClient              `river:"tls,block"`
}

// httpCompressionParams is the compression_params block.
type httpCompressionParams struct {
	arguments.Block
	Level arguments.Arg `river:"level,required" type:"int"`
}

// httpCookies is the cookies block. Its presence turns cookies on in both programs.
type httpCookies struct {
	arguments.Block
	Enabled arguments.Arg `river:"enabled" type:"bool" key:"-"`
}

func init() {
	register(Component{
		Name:    "otelcol.exporter.otlphttp",
		Section: otelcfg.Exporters,
		Type:    "otlp_http",
		Signals: Signals,
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.otlphttp/",
	}, convertOTLPHTTP)
}

// convertOTLPHTTP leaves empty addresses out: in River they mean that the other ones count.
func convertOTLPHTTP(c *Conversion, args *otlpHTTPExporter) []Part {
	for _, address := range []*arguments.Arg{
		&args.Client.Endpoint, &args.TracesEndpoint, &args.MetricsEndpoint, &args.LogsEndpoint,
	} {
		if address.Empty() {
			*address = arguments.Arg{}
		}
	}
	if cookies := args.Client.Cookies; cookies != nil && cookies.Enabled.Set && !cookies.Enabled.Value.Bool {
		c.Diags.Warnf(cookies.Enabled.NameRange, diag.ChangedBehavior, "remove the cookies block to turn cookies off",
			"the block turns cookies on whatever %q says, as in Alloy", "enabled")
	}
	return c.only(c.Encode(args))
}
