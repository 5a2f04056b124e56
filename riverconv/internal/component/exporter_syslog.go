package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// syslogExporter holds the arguments of otelcol.exporter.syslog. Up to Alloy 1.12 it had no queue without a
// sending_queue block.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.exporter.syslog/
type syslogExporter struct {
	arguments.Block
	Endpoint            arguments.Arg `river:"endpoint,required" type:"string"`
	Port                arguments.Arg `river:"port" type:"int" default:"514"`
	Network             arguments.Arg `river:"network" type:"string" default:"tcp"`
	Protocol            arguments.Arg `river:"protocol" type:"string" default:"rfc5424" oneof:"rfc5424 rfc3164"`
	EnableOctetCounting arguments.Arg `river:"enable_octet_counting" type:"bool" default:"false"`
	Timeout             arguments.Arg `river:"timeout" type:"duration" default:"5s"`
	TLS                 *tlsClient    `river:"tls,block"`
	RetryOnFailure      retry         `river:"retry_on_failure,block"`
	SendingQueue        queue         `river:"sending_queue,block"`
	DebugMetrics        debugMetrics  `river:"debug_metrics,block"`
}

func init() {
	register(Component{
		Name:    "otelcol.exporter.syslog",
		Section: otelcfg.Exporters,
		Type:    "syslog",
		In:      dialect.Alloy,
		Signals: []Signal{Logs},
		Outside: true,
		Doc:     "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.exporter.syslog/",
	}, convertSyslogExporter)
}

// syslogNoQueue is the last version of Alloy whose syslog exporter queued nothing without a sending_queue block.
var syslogNoQueue = dialect.Version{Major: 1, Minor: 12}

func convertSyslogExporter(c *Conversion, args *syslogExporter) []Part {
	if queue := &args.SendingQueue; !queue.Enabled.Set {
		// By its documentation the collector's exporter has no queue unless it is told to, other than most exporters.
		on := queue.Present() || syslogNoQueue.Less(c.Dialect.Version)
		queue.Enabled = arguments.Arg{Set: true, Value: eval.Value{Kind: eval.Bool, Bool: on}}
	}
	return c.only(c.Encode(args))
}
