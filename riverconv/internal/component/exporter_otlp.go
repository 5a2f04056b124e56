package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// otlpExporter holds the arguments of otelcol.exporter.otlp.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.otlp/
type otlpExporter struct {
	arguments.Block
	Timeout        arguments.Arg `river:"timeout" type:"duration" default:"5s"`
	Client         otlpClient    `river:"client,block,required" key:"."`
	SendingQueue   queue         `river:"sending_queue,block"`
	RetryOnFailure retry         `river:"retry_on_failure,block"`
	DebugMetrics   debugMetrics  `river:"debug_metrics,block"`
}

// otlpClient is the client block.
type otlpClient struct {
	arguments.Block
	Endpoint arguments.Arg `river:"endpoint,required" type:"string"`
	Client   grpcClient    `river:",squash"`
}

func init() {
	register(Component{
		Name:    "otelcol.exporter.otlp",
		Section: otelcfg.Exporters,
		Type:    "otlp_grpc",
		Signals: Signals,
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.otlp/",
	}, func(c *Conversion, args *otlpExporter) []Part {
		warnOfPlainText(c, args.Client.Endpoint, &args.Client.Client)
		warnOfCompression(c, &args.Client.Client)
		return c.only(c.Encode(args))
	})
}
