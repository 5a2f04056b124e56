package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// countConnector holds the arguments of otelcol.connector.count. Without a block of a kind, both programs count that
// kind under a name of their own.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.connector.count/
type countConnector struct {
	arguments.Block
	Spans        []countedAttributes `river:"spans,block" key:"-"`
	SpanEvents   []countedAttributes `river:"spanevents,block" key:"-"`
	Metrics      []counted           `river:"metrics,block" key:"-"`
	DataPoints   []countedAttributes `river:"datapoints,block" key:"-"`
	Logs         []countedAttributes `river:"logs,block" key:"-"`
	Output       output              `river:"output,block,required"`
	DebugMetrics debugMetrics        `river:"debug_metrics,block"`
}

// counted is a metrics block: a metric that counts what meets its conditions. Its name is a key in the collector.
type counted struct {
	arguments.Block
	Name        arguments.Arg   `river:"name" type:"string" key:"-"`
	Description arguments.Arg   `river:"description" type:"string"`
	Conditions  arguments.Arg   `river:"conditions" type:"list(string)"`
	Attributes  []countedByAttr `river:"attributes,block" lost:"the collector does not count metrics by attribute; count their datapoints"`
}

// countedAttributes is a spans, spanevents, datapoints or logs block: as counted, and by the values of attributes.
type countedAttributes struct {
	arguments.Block
	Name        arguments.Arg   `river:"name" type:"string" key:"-"`
	Description arguments.Arg   `river:"description" type:"string"`
	Conditions  arguments.Arg   `river:"conditions" type:"list(string)"`
	Attributes  []countedByAttr `river:"attributes,block"`
}

// countedByAttr is an attributes block.
type countedByAttr struct {
	arguments.Block
	Key          arguments.Arg `river:"key,required" type:"string"`
	DefaultValue arguments.Arg `river:"default_value" type:"any"`
}

func init() {
	register(Component{
		Name:     "otelcol.connector.count",
		Section:  otelcfg.Connectors,
		Type:     "count",
		In:       dialect.Alloy,
		Signals:  Signals,
		Produces: []Signal{Metrics},
		Outside:  true,
		Doc:      "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.connector.count/",
	}, convertCount)
}

func convertCount(c *Conversion, args *countConnector) []Part {
	body := c.Encode(args)
	byAttributes := func(b *countedAttributes) (arguments.Block, arguments.Arg) { return b.Block, b.Name }
	plain := func(b *counted) (arguments.Block, arguments.Arg) { return b.Block, b.Name }
	putCounted(c, body, "spans", "trace.span.count", args.Spans, byAttributes)
	putCounted(c, body, "spanevents", "trace.span.event.count", args.SpanEvents, byAttributes)
	putCounted(c, body, "metrics", "metric.count", args.Metrics, plain)
	putCounted(c, body, "datapoints", "metric.datapoint.count", args.DataPoints, byAttributes)
	putCounted(c, body, "logs", "log.record.count", args.Logs, byAttributes)
	return c.only(body)
}

// putCounted adds the metrics of one kind to the connector's body, each under its name, or under the documented name
// of the kind if it has none. The function head returns where a block stands and its name.
func putCounted[B any](
	c *Conversion, body *otelcfg.Map, kind, unnamed string, blocks []B,
	head func(*B) (arguments.Block, arguments.Arg),
) {
	if len(blocks) == 0 {
		return
	}
	metrics := &otelcfg.Map{}
	seen := map[string]bool{}
	for i := range blocks {
		at, name := head(&blocks[i])
		key := unnamed
		switch {
		case name.Value.Symbolic():
			c.Diags.Errorf(name.Value.Range, diag.InvalidValue, "write the name itself",
				"name: the collector takes no variable in the name of a metric")
			continue
		case !name.Empty():
			key = name.Text()
		}
		if seen[key] {
			c.Diags.Errorf(at.NameRange, diag.InvalidValue, "give each of them a name of its own",
				"%s counts its %s as %q twice", c.Name(), kind, key)
			continue
		}
		seen[key] = true
		metrics.Put(key, c.Encode(&blocks[i]), at.NameRange, at.Comment)
	}
	first, _ := head(&blocks[0])
	body.Set(kind, metrics, first.NameRange, "")
}
