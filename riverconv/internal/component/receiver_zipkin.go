package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// zipkinReceiver holds the arguments of otelcol.receiver.zipkin. Unlike the collector's, it listens on all interfaces.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.receiver.zipkin/
type zipkinReceiver struct {
	arguments.Block
	ParseStringTags arguments.Arg    `river:"parse_string_tags" type:"bool" default:"false"`
	Endpoint        arguments.Arg    `river:"endpoint" type:"string" default:"0.0.0.0:9411" collector:"localhost:9411"`
	Server          tracesHTTPServer `river:",squash"`
	Output          output           `river:"output,block,required"`
	DebugMetrics    debugMetrics     `river:"debug_metrics,block"`
}

func init() {
	register(Component{
		Name:    "otelcol.receiver.zipkin",
		Section: otelcfg.Receivers,
		Type:    "zipkin",
		Signals: []Signal{Traces},
		signals: func(_ any, inst *Instance, _ dialect.Dialect, diags *diag.List) []Signal {
			return onlySends(Traces, inst, diags)
		},
		Outside: true,
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.receiver.zipkin/",
	}, func(c *Conversion, args *zipkinReceiver) []Part {
		args.Server.adapt(c)
		return c.only(c.Encode(args))
	})
}
