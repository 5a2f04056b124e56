package balancer

import (
	"context"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/receiver"

	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
)

// componentType is the name of both doors.
var componentType = component.MustNewType("otlp_balancer")

const stability = component.StabilityLevelAlpha

// NewReceiverFactory makes receivers that send what they take to their backends by themselves.
//
// A receiver stands in a pipeline and hands it nothing: such a pipeline ends in the nop exporter and has no processors.
// Those would see no data, and the receiver cannot tell that they are there; it says so in the log when it starts.
func NewReceiverFactory() receiver.Factory {
	receivers := newTiers()
	join := func(set receiver.Settings, cfg component.Config, signal otlpwire.Signal) (*member, error) {
		config := cfg.(*ReceiverConfig)
		return receivers.join(&config.Config, signal, origin{
			kind: component.KindReceiver, id: set.ID, telemetry: set.TelemetrySettings,
		}, doorsOf(config, set.TelemetrySettings))
	}
	return receiver.NewFactory(componentType, defaultReceiverConfig,
		receiver.WithTraces(func(
			_ context.Context, set receiver.Settings, cfg component.Config, _ consumer.Traces,
		) (receiver.Traces, error) {
			return join(set, cfg, otlpwire.Traces)
		}, stability),
		receiver.WithLogs(func(
			_ context.Context, set receiver.Settings, cfg component.Config, _ consumer.Logs,
		) (receiver.Logs, error) {
			return join(set, cfg, otlpwire.Logs)
		}, stability),
		receiver.WithMetrics(func(
			_ context.Context, set receiver.Settings, cfg component.Config, _ consumer.Metrics,
		) (receiver.Metrics, error) {
			return join(set, cfg, otlpwire.Metrics)
		}, stability),
	)
}

// NewExporterFactory makes exporters that send what a pipeline hands them to their backends.
func NewExporterFactory() exporter.Factory {
	exporters := newTiers()
	join := func(set exporter.Settings, cfg component.Config, signal otlpwire.Signal) (*member, error) {
		return exporters.join(&cfg.(*ExporterConfig).Config, signal, origin{
			kind: component.KindExporter, id: set.ID, telemetry: set.TelemetrySettings,
		}, nil)
	}
	return exporter.NewFactory(componentType, defaultExporterConfig,
		exporter.WithTraces(func(
			_ context.Context, set exporter.Settings, cfg component.Config,
		) (exporter.Traces, error) {
			m, err := join(set, cfg, otlpwire.Traces)
			if err != nil {
				return nil, err
			}
			return newTracesExporter(m)
		}, stability),
		exporter.WithLogs(func(
			_ context.Context, set exporter.Settings, cfg component.Config,
		) (exporter.Logs, error) {
			m, err := join(set, cfg, otlpwire.Logs)
			if err != nil {
				return nil, err
			}
			return newLogsExporter(m)
		}, stability),
		exporter.WithMetrics(func(
			_ context.Context, set exporter.Settings, cfg component.Config,
		) (exporter.Metrics, error) {
			m, err := join(set, cfg, otlpwire.Metrics)
			if err != nil {
				return nil, err
			}
			return newMetricsExporter(m)
		}, stability),
	)
}
