package component_test

import (
	"slices"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/connector/servicegraphconnector"
	"github.com/open-telemetry/opentelemetry-collector-contrib/connector/spanmetricsconnector"
	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/loadbalancingexporter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/prometheusremotewriteexporter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/basicauthextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/bearertokenauthextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/headerssetterextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/oauth2clientauthextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/attributesprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/filterprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/k8sattributesprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/probabilisticsamplerprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/spanprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/tailsamplingprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
	collector "go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/exporter/debugexporter"
	"go.opentelemetry.io/collector/exporter/otlpexporter"
	"go.opentelemetry.io/collector/exporter/otlphttpexporter"
	"go.opentelemetry.io/collector/processor/batchprocessor"
	"go.opentelemetry.io/collector/processor/memorylimiterprocessor"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"

	"github.com/otelcol-river/otelcol-river/balancer"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/component"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/tagcheck"
)

// distribution holds the real components of the distribution.
var distribution = tagcheck.Real{
	Factories: map[string]collector.Factory{
		"otelcol.auth.basic":                      basicauthextension.NewFactory(),
		"otelcol.auth.bearer":                     bearertokenauthextension.NewFactory(),
		"otelcol.auth.headers":                    headerssetterextension.NewFactory(),
		"otelcol.auth.oauth2":                     oauth2clientauthextension.NewFactory(),
		"otelcol.connector.servicegraph":          servicegraphconnector.NewFactory(),
		"otelcol.connector.spanmetrics":           spanmetricsconnector.NewFactory(),
		"otelcol.exporter.loki":                   otlphttpexporter.NewFactory(),
		"otelcol.exporter.otlphttp":               otlphttpexporter.NewFactory(),
		"otelcol.exporter.prometheus":             prometheusremotewriteexporter.NewFactory(),
		"otelcol.processor.batch":                 batchprocessor.NewFactory(),
		"otelcol.processor.filter":                filterprocessor.NewFactory(),
		"otelcol.processor.k8sattributes":         k8sattributesprocessor.NewFactory(),
		"otelcol.processor.memory_limiter":        memorylimiterprocessor.NewFactory(),
		"otelcol.processor.probabilistic_sampler": probabilisticsamplerprocessor.NewFactory(),
		"otelcol.processor.span":                  spanprocessor.NewFactory(),
		"otelcol.processor.tail_sampling":         tailsamplingprocessor.NewFactory(),
		"otelcol.processor.transform":             transformprocessor.NewFactory(),
		"otelcol.exporter.debug":                  debugexporter.NewFactory(),
		"otelcol.exporter.loadbalancing":          loadbalancingexporter.NewFactory(),
		"otelcol.exporter.logging":                debugexporter.NewFactory(),
		"otelcol.exporter.otlp":                   otlpexporter.NewFactory(),
		"otelcol.processor.attributes":            attributesprocessor.NewFactory(),
		"otelcol.receiver.otlp":                   otlpreceiver.NewFactory(),
		"otelcol.storage.file":                    filestorage.NewFactory(),
	},
	FallBacks: map[string]bool{
		"load_balancing resolver.dns.interval":           true,
		"load_balancing resolver.dns.timeout":            true,
		"load_balancing resolver.k8s.timeout":            true,
		"load_balancing resolver.aws_cloud_map.interval": true,
		"load_balancing resolver.aws_cloud_map.timeout":  true,
		"service_graph virtual_node_peer_attributes":     true,
		"service_graph metrics_flush_interval":           true,
		"service_graph database_name_attributes":         true,
		"span_metrics metric_timestamp_cache_size":       true,
		// A set sizer of a queue is also the default of its batch section.
		"load_balancing sending_queue.sizer":               true,
		"load_balancing protocol.otlp.sending_queue.sizer": true,
		"otlp_grpc sending_queue.sizer":                    true,
		"otlp_http sending_queue.sizer":                    true,
	},
}

// ours holds what load balancers become for the target balancer.
var ours = tagcheck.Real{
	Factories: map[string]collector.Factory{
		"otelcol.exporter.loadbalancing": balancer.NewExporterFactory(),
	},
	FallBacks: map[string]bool{
		"otlp_balancer resolver.dns.interval": true,
		"otlp_balancer resolver.dns.timeout":  true,
		"otlp_balancer resolver.k8s.timeout":  true,
	},
}

// forBalancer returns the components that become something else for the target balancer.
func forBalancer() (all []*component.Component) {
	for _, c := range component.All() {
		if other := c.For(component.Balancer); other != c {
			all = append(all, other)
		}
	}
	return all
}

// inside returns the components that the distribution holds. Sinks are left out: they become part of other components.
func inside() []*component.Component {
	return slices.DeleteFunc(component.All(), func(c *component.Component) bool {
		return c.Outside || c.Section == component.Sink
	})
}

// TestCollectorSide: the type, the keys and the collector's defaults that the tags state are those of the real
// components.
func TestCollectorSide(t *testing.T) {
	distribution.CollectorSide(t, inside())
	ours.CollectorSide(t, forBalancer())
}

// TestRiverDefaultsHold: converted components behave by River's defaults, in old and new versions.
func TestRiverDefaultsHold(t *testing.T) {
	distribution.RiverDefaults(t, inside())
	ours.RiverDefaults(t, forBalancer())
}
