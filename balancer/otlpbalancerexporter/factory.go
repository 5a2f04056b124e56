// Package otlpbalancerexporter is the exporter otlp_balancer under the name that the collector builder asks for.
package otlpbalancerexporter

import (
	"go.opentelemetry.io/collector/exporter"

	"github.com/otelcol-river/otelcol-river/balancer"
)

// NewFactory makes the factory of the exporter.
func NewFactory() exporter.Factory { return balancer.NewExporterFactory() }
