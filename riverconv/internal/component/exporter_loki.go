package component

import (
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// lokiExporter holds the argument of otelcol.exporter.loki, a bridge to loki components. What stands behind it has to
// be loki.write; each of its endpoints becomes one exporter to Loki's own OTLP endpoint, which Loki has since 3.0.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.loki/
type lokiExporter struct {
	arguments.Block
	ForwardTo arguments.Arg `river:"forward_to,required" type:"sinks"`
}

func init() {
	register(Component{
		Name:    "otelcol.exporter.loki",
		Section: otelcfg.Exporters,
		Type:    "otlp_http",
		Signals: []Signal{Logs},
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.loki/",
	}, convertLoki)
}

// The paths of Loki's own endpoint and of its OTLP endpoint for logs.
const (
	lokiPushPath = "/loki/api/v1/push"
	lokiOTLPPath = "/otlp/v1/logs"
)

func convertLoki(c *Conversion, _ *lokiExporter) (parts []Part) {
	for _, sink := range c.Behind {
		write, ok := sink.args.(*lokiWrite)
		if !ok {
			c.Diags.Errorf(c.Range, diag.WrongReference, "forward to loki.write",
				"%s cannot take logs from %s", sink.Name(), c.Name())
			continue
		}
		for i := range write.Endpoints {
			parts = append(parts, c.lokiWriter(sink, &write.Endpoints[i], i)...)
		}
	}
	c.Diags.Warnf(c.Range, diag.ChangedBehavior,
		"use Loki 3.0 or newer, and choose the labels in its otlp_config; hints such as loki.attribute.labels have no effect",
		"logs go to Loki over OTLP now: bodies stay as they are, attributes become structured metadata, labels differ")
	return parts
}

// lokiWriter returns the exporter for one endpoint, and the extension that it needs.
func (c *Conversion) lokiWriter(sink *Instance, endpoint *lokiEndpoint, i int) []Part {
	body := &otelcfg.Map{}
	base, ok := strings.CutSuffix(endpoint.URL.Text(), lokiPushPath)
	if !ok && endpoint.URL.Set {
		c.Diags.Errorf(endpoint.URL.Value.Range, diag.InvalidValue,
			"write the address out, as in: https://loki.example.com"+lokiPushPath,
			"only an address that ends in %s can be turned into that of Loki's OTLP endpoint", lokiPushPath)
	}
	body.Set("logs_endpoint", otelcfg.Literal(base+lokiOTLPPath), endpoint.URL.Value.Range, endpoint.URL.Comment)
	body.Merge(c.Encode(endpoint))
	if tenant := endpoint.TenantID; !tenant.Empty() {
		body.Set("headers.X-Scope-OrgID", arguments.TextOf(tenant), tenant.Value.Range, tenant.Comment)
	}
	id := c.NewID(sinkSuffix(c, sink, endpoint.Name, i))
	return append(c.encodeAuth(&endpoint.Auth, id, body), Part{ID: id, Body: body, Signals: c.Wired})
}
