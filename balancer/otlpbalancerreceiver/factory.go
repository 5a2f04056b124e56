// Package otlpbalancerreceiver is the receiver otlp_balancer under the name that the collector builder asks for.
package otlpbalancerreceiver

import (
	"go.opentelemetry.io/collector/receiver"

	"github.com/otelcol-river/otelcol-river/balancer"
)

// NewFactory makes the factory of the receiver.
func NewFactory() receiver.Factory { return balancer.NewReceiverFactory() }
