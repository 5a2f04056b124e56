package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// tcpLog holds the arguments of otelcol.receiver.tcplog. Unlike its documentation, Alloy takes a
// multiline block without a pattern for none, as the collector does.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.receiver.tcplog/
type tcpLog struct {
	arguments.Block
	Server         tcpLines      `river:",squash"`
	RetryOnFailure receiverRetry `river:"retry_on_failure,block"`
	Output         output        `river:"output,block,required"`
	DebugMetrics   debugMetrics  `river:"debug_metrics,block"`
}

func init() {
	register(Component{
		Name:    "otelcol.receiver.tcplog",
		Section: otelcfg.Receivers,
		Type:    "tcp_log",
		In:      dialect.Alloy,
		Signals: []Signal{Logs},
		signals: sendsLogs,
		Outside: true,
		Doc:     "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.receiver.tcplog/",
	}, func(c *Conversion, args *tcpLog) []Part {
		args.Server.Multiline.checkExclusion(c.Diags)
		return c.only(c.Encode(args))
	})
}
