package component

import (
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
)

// grpcClient holds the arguments of a client block that speaks gRPC, apart from its endpoint. In the collector they
// stand in the exporter itself.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.loadbalancing/#client-block
type grpcClient struct {
	arguments.Block
	Compression     arguments.Arg  `river:"compression" type:"string" default:"gzip" oneof:"gzip zlib deflate snappy zstd none ''"`
	ReadBufferSize  arguments.Arg  `river:"read_buffer_size" type:"bytes"`
	WriteBufferSize arguments.Arg  `river:"write_buffer_size" type:"bytes" default:"512KiB"`
	WaitForReady    arguments.Arg  `river:"wait_for_ready" type:"bool" default:"false"`
	Headers         arguments.Arg  `river:"headers" type:"map(secret)"`
	BalancerName    arguments.Arg  `river:"balancer_name" type:"string" default:"round_robin" was:"flow=pick_first; alloy@1.2=pick_first" oneof:"pick_first round_robin"`
	Authority       arguments.Arg  `river:"authority" type:"string"`
	Auth            arguments.Arg  `river:"auth" type:"handler" key:"auth.authenticator"`
	TLS             tlsClient      `river:"tls,block"`
	Keepalive       *grpcKeepalive `river:"keepalive,block"`
}

// grpcKeepalive is the keepalive block of a gRPC client.
type grpcKeepalive struct {
	arguments.Block
	PingWait            arguments.Arg `river:"ping_wait" type:"duration" key:"time"`
	PingResponseTimeout arguments.Arg `river:"ping_response_timeout" type:"duration" key:"timeout"`
	PingWithoutStream   arguments.Arg `river:"ping_without_stream" type:"bool" key:"permit_without_stream"`
}

// warnOfPlainText tells of credentials that gRPC sends over TLS alone, where the client has none: the exporter does not
// start, in River alone, in the collector with everything else, unless it stands behind a load balancer. Headers may
// travel in the clear. A CA or an https:// endpoint brings TLS back whatever insecure says.
// https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/v0.158.0/extension/bearertokenauthextension
func warnOfPlainText(c *Conversion, endpoint arguments.Arg, client *grpcClient) {
	tls, auth := client.TLS, client.Auth
	plain := tls.Insecure.Value.Bool && tls.Common.CAFile.Empty() && tls.Common.CAPEM.Empty() &&
		!strings.HasPrefix(endpoint.Value.Text.Literal(), "https://")
	if !plain || !auth.Set || strings.HasPrefix(auth.Value.PathString(), "otelcol.auth.headers.") {
		return
	}
	c.Diags.Warnf(tls.Insecure.NameRange, diag.ChangedBehavior,
		"remove it and serve TLS at the other end, or remove the auth argument",
		"the exporter will not start: gRPC does not send these credentials without TLS")
}

// warnOfCompression tells of the algorithms that the page lists and gRPC does not have, in River as in the collector.
func warnOfCompression(c *Conversion, client *grpcClient) {
	name := client.Compression.Value.Text.Literal()
	if name != "zlib" && name != "deflate" {
		return
	}
	c.Diags.Warnf(client.Compression.Value.Range, diag.DocsDiffer, "use gzip, snappy or zstd",
		"gRPC has no %s: the exporter will not start, and behind a load balancer everything is refused", name)
}
