package balancer

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configgrpc"
	"go.opentelemetry.io/collector/exporter/otlpexporter"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"

	"github.com/otelcol-river/otelcol-river/balancer/internal/delivery"
	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
	"github.com/otelcol-river/otelcol-river/balancer/internal/placement"
	"github.com/otelcol-river/otelcol-river/balancer/internal/resolver"
)

// Config is what the receiver and the exporter have in common.
type Config struct {
	// RoutingKey is what stays together on one backend; empty is traceID for traces and logs, service for metrics.
	RoutingKey string `mapstructure:"routing_key"`

	// RoutingAttributes are the attributes to route by, with the routing key "attributes".
	RoutingAttributes []string `mapstructure:"routing_attributes"`

	// Hashing is how a routing key gets its backend: "rendezvous" or "ring".
	Hashing string `mapstructure:"hashing"`

	// RingCompat is the release of the load_balancing exporter whose ring and routing keys "ring" computes; empty is
	// the newest one.
	RingCompat string `mapstructure:"ring_compat"`

	// Resolver is where the list of backends comes from.
	Resolver resolver.Config `mapstructure:"resolver"`

	// Protocol is how backends are called.
	Protocol Protocol `mapstructure:"protocol"`

	// Delivery is what happens to a request between its acceptance and the answers of its backends.
	Delivery delivery.Config `mapstructure:",squash"`
}

// Protocol is how backends are called.
type Protocol struct {
	// OTLP is the client of each backend. It has no endpoint of its own: the resolver names the backends.
	OTLP configgrpc.ClientConfig `mapstructure:"otlp"`
}

// ExporterConfig is the configuration of the exporter.
type ExporterConfig struct {
	Config Config `mapstructure:",squash"`
}

// ReceiverConfig is the configuration of the receiver.
type ReceiverConfig struct {
	Config Config `mapstructure:",squash"`

	// Protocols are the servers, with the keys and the defaults of the otlp receiver.
	Protocols otlpreceiver.Protocols `mapstructure:"protocols"`
}

// The ways to find the backend of a routing key.
const (
	rendezvous = "rendezvous"
	ring       = "ring"
)

// newestRing is the ring of the load_balancing exporter in this distribution.
const newestRing = "v0.158"

// rings are those of old releases, by the first release that has them. The keys of otlpwire have the same names.
var rings = map[string]placement.Hashing{
	newestRing: placement.RingV158,
	"v0.152":   placement.RingV152,
	"v0.112":   placement.RingV112,
	"v0.87":    placement.RingV87,
}

// routingKeys are those of all signals; which of them a signal has is known to otlpwire.
var routingKeys = []string{"attributes", "metric", "resource", "service", "streamID", "traceID"}

// defaultConfig calls backends as the load_balancing exporter does, which takes the defaults of the OTLP exporter.
func defaultConfig() Config {
	client := otlpexporter.NewFactory().CreateDefaultConfig().(*otlpexporter.Config).ClientConfig
	return Config{
		Hashing:  rendezvous,
		Protocol: Protocol{OTLP: client},
		Delivery: delivery.DefaultConfig(),
	}
}

func defaultExporterConfig() component.Config {
	return &ExporterConfig{Config: defaultConfig()}
}

func defaultReceiverConfig() component.Config {
	servers := otlpreceiver.NewFactory().CreateDefaultConfig().(*otlpreceiver.Config)
	return &ReceiverConfig{Config: defaultConfig(), Protocols: servers.Protocols}
}

// Validate finds what no signal can work with.
func (c *Config) Validate() error {
	return errors.Join(c.validateRouting(), c.validateHashing(), c.Protocol.validate())
}

func (c *Config) validateRouting() error {
	if c.RoutingKey != "" && !slices.Contains(routingKeys, c.RoutingKey) {
		return fmt.Errorf("routing_key: %q is none of %s", c.RoutingKey, strings.Join(routingKeys, ", "))
	}
	byAttributes := c.RoutingKey == "attributes"
	if byAttributes && len(c.RoutingAttributes) == 0 {
		return errors.New(`routing_attributes: routing_key is "attributes", so name at least one`)
	}
	if !byAttributes && len(c.RoutingAttributes) > 0 {
		return fmt.Errorf(`routing_attributes: only routing_key "attributes" has them, not %q`, c.RoutingKey)
	}
	return nil
}

func (c *Config) validateHashing() error {
	if c.Hashing != rendezvous && c.Hashing != ring {
		return fmt.Errorf("hashing: %q is neither %s nor %s", c.Hashing, rendezvous, ring)
	}
	if c.RingCompat == "" {
		return nil
	}
	if c.Hashing != ring {
		return fmt.Errorf("ring_compat: only hashing %q has it, not %q", ring, c.Hashing)
	}
	if _, known := rings[c.RingCompat]; !known {
		return fmt.Errorf("ring_compat: %q is none of %s", c.RingCompat,
			strings.Join(slices.Sorted(maps.Keys(rings)), ", "))
	}
	return nil
}

func (p *Protocol) validate() error {
	if p.OTLP.Endpoint != "" {
		return fmt.Errorf("protocol::otlp::endpoint: %q must go to resolver, which names the backends", p.OTLP.Endpoint)
	}
	return nil
}

// Validate finds what the receiver cannot work with.
func (c *ReceiverConfig) Validate() error {
	if !c.Protocols.GRPC.HasValue() && !c.Protocols.HTTP.HasValue() {
		return errors.New("protocols: name at least one of grpc, http")
	}
	return nil
}

// ringRelease is the release whose ring is computed; empty: none's.
func (c *Config) ringRelease() string {
	if c.Hashing == ring && c.RingCompat == "" {
		return newestRing
	}
	return c.RingCompat
}

// keys are what requests are taken apart by.
func (c *Config) keys() otlpwire.Keys {
	return otlpwire.Keys{
		RoutingKey: c.RoutingKey,
		Attributes: c.RoutingAttributes,
		Compat:     c.ringRelease(),
	}
}

// table places keys on backends.
func (c *Config) table(backends []string) (delivery.Table, error) {
	hashing := placement.Rendezvous
	if release := c.ringRelease(); release != "" {
		hashing = rings[release]
	}
	table, err := placement.New(hashing, backends)
	if err != nil {
		return nil, err
	}
	return table, nil
}
