package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// authHeaders holds the arguments of otelcol.auth.headers.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.auth.headers/
type authHeaders struct {
	arguments.Block
	Headers      []authHeader `river:"header,block" key:"headers"`
	DebugMetrics debugMetrics `river:"debug_metrics,block" in:"alloy"`
}

// authHeader is a header block.
type authHeader struct {
	arguments.Block
	Key           arguments.Arg `river:"key,required" type:"string"`
	Value         arguments.Arg `river:"value" type:"secret"`
	FromContext   arguments.Arg `river:"from_context" type:"string"`
	FromAttribute arguments.Arg `river:"from_attribute" type:"string" in:"alloy"`
	Action        arguments.Arg `river:"action" type:"string" default:"upsert" collector:"" oneof:"insert update upsert delete"`
}

func init() {
	register(Component{
		Name:    "otelcol.auth.headers",
		Section: otelcfg.Extensions,
		Type:    "headers_setter",
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.auth.headers/",
	}, func(c *Conversion, args *authHeaders) []Part {
		return c.extension(c.Encode(args), arguments.Client)
	})
}
