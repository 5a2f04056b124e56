package component

import (
	"strconv"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// prometheusExporter holds the arguments of otelcol.exporter.prometheus, a bridge to prometheus components. What stands
// behind it has to be prometheus.remote_write; each of its endpoints becomes one exporter.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.prometheus/
type prometheusExporter struct {
	arguments.Block
	ForwardTo                         arguments.Arg `river:"forward_to,required" type:"sinks"`
	IncludeTargetInfo                 arguments.Arg `river:"include_target_info" type:"bool" default:"true" key:"target_info.enabled"`
	IncludeScopeInfo                  arguments.Arg `river:"include_scope_info" type:"bool" lost:"the collector makes no otel_scope_info metric"`
	IncludeScopeLabels                arguments.Arg `river:"include_scope_labels" type:"bool" key:"-"`
	GCFrequency                       arguments.Arg `river:"gc_frequency" type:"duration" lost:"the collector keeps no series that would go stale"`
	AddMetricSuffixes                 arguments.Arg `river:"add_metric_suffixes" type:"bool" default:"true"`
	ResourceToTelemetryConversion     arguments.Arg `river:"resource_to_telemetry_conversion" type:"bool" key:"resource_to_telemetry_conversion.enabled"`
	HonorMetadata                     arguments.Arg `river:"honor_metadata" type:"bool" in:"alloy" lost:"see send_metadata of the collector's exporter"`
	ConvertClassicHistogramsToNHCB    arguments.Arg `river:"convert_classic_histograms_to_nhcb" type:"bool" in:"alloy" key:"convert_explicit_histograms_to_nhcb"`
	KeepIdentifyingResourceAttributes arguments.Arg `river:"keep_identifying_resource_attributes" type:"bool" in:"alloy" lost:"the collector keeps them out of target_info"`
	StartTimestampZeroIngestion       arguments.Arg `river:"start_timestamp_zero_ingestion" type:"bool" in:"alloy" lost:"the collector sends no zero samples at the start of a series"`
}

func init() {
	register(Component{
		Name:    "otelcol.exporter.prometheus",
		Section: otelcfg.Exporters,
		Type:    "prometheus_remote_write",
		Signals: []Signal{Metrics},
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.prometheus/",
	}, convertPrometheus)
}

func convertPrometheus(c *Conversion, args *prometheusExporter) (parts []Part) {
	for _, sink := range c.Behind {
		write, ok := sink.args.(*remoteWrite)
		if !ok {
			c.Diags.Errorf(c.Range, diag.WrongReference, "forward to prometheus.remote_write",
				"%s cannot take metrics from %s", sink.Name(), c.Name())
			continue
		}
		for i := range write.Endpoints {
			parts = append(parts, c.remoteWriter(args, sink, write, i)...)
		}
	}
	c.Diags.Warnf(c.Range, diag.ChangedBehavior, "compare the series of both for a while before you switch",
		"metrics go straight to the remote endpoint now: without a write-ahead log, with the collector's retries, "+
			"and with no staleness markers")
	return parts
}

// remoteWriter returns the exporter for one endpoint, and the extension that it needs.
func (c *Conversion) remoteWriter(args *prometheusExporter, sink *Instance, write *remoteWrite, i int) []Part {
	endpoint := &write.Endpoints[i]
	if len(endpoint.WriteRelabelConfigs) > 0 {
		c.Diags.Errorf(endpoint.WriteRelabelConfigs[0].NameRange, diag.UnsupportedComponent,
			"do the same with a filter or transform processor in front of the exporter, and remove the block",
			"block %q is not converted", "write_relabel_config")
	}
	body := c.Encode(endpoint)
	body.Merge(c.Encode(args))
	body.Merge(c.Encode(write))
	if labels := args.IncludeScopeLabels; labels.Set && !labels.Value.Bool {
		body.Set("disable_scope_info", otelcfg.Bool(true), labels.NameRange, labels.Comment)
	}
	id := c.NewID(sinkSuffix(c, sink, endpoint.Name, i))
	return append(c.encodeAuth(&endpoint.Auth, id, body), Part{ID: id, Body: body, Signals: c.Wired})
}

// sinkSuffix tells the exporters of a bridge apart if there are several.
func sinkSuffix(c *Conversion, sink *Instance, name arguments.Arg, i int) string {
	suffix := ""
	if len(c.Behind) > 1 {
		suffix = "_" + sink.FullLabel()
	}
	switch {
	case name.Text() != "":
		suffix += "_" + name.Text()
	case i > 0:
		suffix += "_" + strconv.Itoa(i+1)
	}
	return suffix
}
