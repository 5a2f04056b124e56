package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// authBearer holds the arguments of otelcol.auth.bearer. One extension serves clients and servers.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.auth.bearer/
//
// Known gap: a gRPC client with insecure TLS refuses to send a token, in River as in the collector; nothing warns of
// it.
type authBearer struct {
	arguments.Block
	Scheme       arguments.Arg `river:"scheme" type:"string" default:"Bearer"`
	Token        arguments.Arg `river:"token,required" type:"secret"`
	Header       arguments.Arg `river:"header" type:"string" default:"Authorization" in:"alloy"`
	DebugMetrics debugMetrics  `river:"debug_metrics,block" in:"alloy"`
}

func init() {
	register(Component{
		Name:    "otelcol.auth.bearer",
		Section: otelcfg.Extensions,
		Type:    "bearertokenauth",
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.auth.bearer/",
	}, func(c *Conversion, args *authBearer) []Part {
		return c.extension(c.Encode(args), arguments.Client, arguments.Server)
	})
}
