// Command v0.158 records the placements of the load balancing exporter v0.158.0.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/loadbalancingexporter"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/exportertest"

	"github.com/otelcol-river/otelcol-river/e2e/placements"
)

const file = "../../../balancer/internal/placement/testdata/v0.158.txt"

func main() {
	one := []string{"ports"}
	cases := []placements.Case{
		{Signal: placements.Traces, RoutingKey: "traceID"},
		{Signal: placements.Traces, RoutingKey: "service"},
		{Signal: placements.Traces, RoutingKey: "attributes", Attributes: []string{"tenant", "span.name"}, Sets: one},
		{Signal: placements.Logs, RoutingKey: "traceID"},
		{Signal: placements.Logs, RoutingKey: "service"},
		{Signal: placements.Logs, RoutingKey: "resource", Sets: one},
		{Signal: placements.Logs, RoutingKey: "attributes", Attributes: []string{"tenant", "log.body"}, Sets: one},
		{Signal: placements.Metrics, RoutingKey: "service"},
		{Signal: placements.Metrics, RoutingKey: "resource", Sets: one},
		{Signal: placements.Metrics, RoutingKey: "metric", Sets: one},
		{Signal: placements.Metrics, RoutingKey: "streamID", Sets: one},
		{Signal: placements.Metrics, RoutingKey: "attributes", Attributes: []string{"tenant", "shard"}, Sets: one},
	}
	if err := placements.Record(file, "v0.158.0", start, cases); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func start(ctx context.Context, signal string, config map[string]any) (placements.Exporter, error) {
	factory := loadbalancingexporter.NewFactory()
	set := exportertest.NewNopSettings(factory.Type())
	host := componenttest.NewNopHost()
	cfg := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(config).Unmarshal(cfg); err != nil {
		return placements.Exporter{}, err
	}
	switch signal {
	case placements.Traces:
		e, err := factory.CreateTraces(ctx, set, cfg)
		if err != nil {
			return placements.Exporter{}, err
		}
		return placements.Exporter{Traces: e.ConsumeTraces, Stop: e.Shutdown}, e.Start(ctx, host)
	case placements.Logs:
		e, err := factory.CreateLogs(ctx, set, cfg)
		if err != nil {
			return placements.Exporter{}, err
		}
		return placements.Exporter{Logs: e.ConsumeLogs, Stop: e.Shutdown}, e.Start(ctx, host)
	default:
		e, err := factory.CreateMetrics(ctx, set, cfg)
		if err != nil {
			return placements.Exporter{}, err
		}
		return placements.Exporter{Metrics: e.ConsumeMetrics, Stop: e.Shutdown}, e.Start(ctx, host)
	}
}
