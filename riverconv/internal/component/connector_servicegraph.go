package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// serviceGraph holds the arguments of otelcol.connector.servicegraph.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.connector.servicegraph/
type serviceGraph struct {
	arguments.Block
	LatencyHistogramBuckets     arguments.Arg     `river:"latency_histogram_buckets" type:"list(duration)"`
	Dimensions                  arguments.Arg     `river:"dimensions" type:"list(string)"`
	CacheLoop                   arguments.Arg     `river:"cache_loop" type:"duration" default:"1m"`
	StoreExpirationLoop         arguments.Arg     `river:"store_expiration_loop" type:"duration" default:"2s"`
	VirtualNodePeerAttributes   arguments.Arg     `river:"virtual_node_peer_attributes" type:"list(string)" default:"peer.service,db.name,db.system" was:"flow=" in:"alloy"`
	VirtualNodeExtraLabel       arguments.Arg     `river:"virtual_node_extra_label" type:"bool" in:"alloy"`
	MetricsFlushInterval        arguments.Arg     `river:"metrics_flush_interval" type:"duration" default:"60s" was:"flow=0s; alloy@1.7=0s" in:"flow@0.41 alloy"`
	DatabaseNameAttributes      arguments.Arg     `river:"database_name_attributes" type:"list(string)" default:"db.name" in:"alloy"`
	ExponentialHistogramMaxSize arguments.Arg     `river:"exponential_histogram_max_size" type:"int" in:"alloy"`
	Store                       serviceGraphStore `river:"store,block"`
	Output                      output            `river:"output,block,required"`
	DebugMetrics                debugMetrics      `river:"debug_metrics,block" in:"alloy"`
}

// serviceGraphStore is the store block: edges that wait for their other half.
type serviceGraphStore struct {
	arguments.Block
	MaxItems arguments.Arg `river:"max_items" type:"int" default:"1000"`
	TTL      arguments.Arg `river:"ttl" type:"duration" default:"2s"`
}

func init() {
	register(Component{
		Name:     "otelcol.connector.servicegraph",
		Section:  otelcfg.Connectors,
		Type:     "service_graph",
		Signals:  []Signal{Traces},
		Produces: []Signal{Metrics},
		Doc:      "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.connector.servicegraph/",
	}, convertServiceGraph)
}

func convertServiceGraph(c *Conversion, args *serviceGraph) []Part {
	size := args.ExponentialHistogramMaxSize
	if size.Set && size.Value.Number.Int > 0 && args.LatencyHistogramBuckets.Set {
		c.Diags.Warnf(args.LatencyHistogramBuckets.NameRange, diag.PrecedenceApplied, "remove one of the two",
			"%q is ignored: %q takes precedence", "latency_histogram_buckets", "exponential_histogram_max_size")
		args.LatencyHistogramBuckets = arguments.Arg{}
	}
	if c.Dialect.Name == dialect.Flow && c.Dialect.Version.Less(dialect.Version{Major: 0, Minor: 41}) {
		c.Diags.Warnf(c.Range, diag.ChangedBehavior, "adapt dashboards and alerts that were built on the old values",
			"latencies are in seconds now, as their names say; Agent Flow 0.40 wrote milliseconds under these names")
	}
	return c.only(c.Encode(args))
}
