package balancer

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
)

// TestMetricsOfComponents: the collector keeps one gauge for all components. Theirs must not take each other's place.
func TestMetricsOfComponents(t *testing.T) {
	telemetry := componenttest.NewTelemetry()
	receivers, exporters := NewReceiverFactory(), NewExporterFactory()
	var components []component.Component
	for i, name := range []string{"a", "b"} {
		set := receiver.Settings{
			ID: component.NewIDWithName(componentType, name), TelemetrySettings: telemetry.NewTelemetrySettings(),
		}
		r, err := receivers.CreateTraces(t.Context(), set, receiverConfig(startSinks(t, i+1)...), consumertest.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		components = append(components, r)
	}
	set := exporterSettings()
	set.TelemetrySettings = telemetry.NewTelemetrySettings()
	e, err := exporters.CreateTraces(t.Context(), set, exporterConfig(startSinks(t, 3)...))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range append(components, e) {
		if err := c.Start(t.Context(), componenttest.NewNopHost()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := c.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	backends, err := telemetry.GetMetric("otelcol_otlp_balancer_backends")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, point := range backends.Data.(metricdata.Gauge[int64]).DataPoints {
		for _, kind := range []string{"receiver", "exporter"} {
			if id, ok := point.Attributes.Value(attribute.Key(kind)); ok {
				got[kind+" "+id.AsString()] = point.Value
			}
		}
	}
	want := map[string]int64{"receiver otlp_balancer/a": 1, "receiver otlp_balancer/b": 2, "exporter otlp_balancer": 3}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
