package ring

import (
	"slices"

	"github.com/cespare/xxhash/v2"
	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Rendezvous says which backend otlp_balancer chooses by default: rendezvous hashing, written from its definition.
type Rendezvous struct {
	backends []string // in the order of their bytes
}

// NewRendezvous places keys on backends, each given as the configuration writes it; their order does not matter.
func NewRendezvous(backends ...string) Rendezvous {
	return Rendezvous{slices.Sorted(slices.Values(backends))}
}

// Trace is the backend of spans and log records of a trace with routing_key "traceID": they meet.
func (r Rendezvous) Trace(trace pcommon.TraceID) string { return r.Order(trace[:])[0] }

// Service is the backend of a service with routing_key "service", whatever the signal.
func (r Rendezvous) Service(service string) string { return r.Order([]byte(service))[0] }

// StandIn is the backend of a trace while its own is away.
func (r Rendezvous) StandIn(trace pcommon.TraceID) string { return r.Order(trace[:])[1] }

// Order is the backends by their weight for a key, the greatest first; of equal ones the first name wins.
func (r Rendezvous) Order(key []byte) []string {
	weights := map[string]uint64{}
	for _, backend := range r.backends {
		weights[backend] = scramble(xxhash.Sum64String(backend) ^ xxhash.Sum64(key))
	}
	order := slices.Clone(r.backends)
	slices.SortStableFunc(order, func(a, b string) int {
		switch {
		case weights[a] > weights[b]:
			return -1
		case weights[a] < weights[b]:
			return 1
		default:
			return 0
		}
	})
	return order
}

// scramble has each bit of a number count in the upper bits of the result: twice, the upper bits are mixed into the
// lower ones, and the product with an odd constant carries them up again.
func scramble(x uint64) uint64 {
	for _, step := range []struct {
		shift  int
		factor uint64
	}{{30, 0xbf58476d1ce4e5b9}, {27, 0x94d049bb133111eb}} {
		x = (x ^ x>>step.shift) * step.factor
	}
	return x
}
