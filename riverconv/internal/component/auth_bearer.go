package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// authBearer holds the arguments of otelcol.auth.bearer. One extension serves clients and servers.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.auth.bearer/
type authBearer struct {
	arguments.Block
	Scheme       arguments.Arg `river:"scheme" type:"string" default:"Bearer"`
	Token        arguments.Arg `river:"token,required" type:"secret" file:"filename"`
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
