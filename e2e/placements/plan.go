// Package placements records which backend the load balancing exporter of a release of the collector gives each of ten
// thousand keys to. The folders below it are modules of their own, one per release, since each needs that release's
// versions of everything; what they write is what balancer/internal/placement is tested with.
package placements

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// Keys is the number of keys that are placed in every case.
const Keys = 10_000

// Set is a list of backends, as a configuration names them.
type Set struct {
	Name     string
	Backends []string
}

// Sets are the lists of backends: three consecutive addresses, the same after one joined and after one left, one
// address with ten consecutive ports, and addresses without port. They are written in an order that is not the sorted
// one.
func Sets() []Set {
	ports := make([]string, 10)
	for i := range ports {
		ports[i] = fmt.Sprintf("127.66.1.1:%d", 14326-i)
	}
	return []Set{
		{"three", []string{"127.66.0.3:4317", "127.66.0.1:4317", "127.66.0.2:4317"}},
		{"joined", []string{"127.66.0.3:4317", "127.66.0.1:4317", "127.66.0.2:4317", "127.66.0.4:4317"}},
		{"left", []string{"127.66.0.3:4317", "127.66.0.1:4317"}},
		{"ports", ports},
		{"bare", []string{"127.66.2.3", "127.66.2.1", "127.66.2.2"}},
	}
}

// The signals, by their names in a file of placements.
const (
	Traces  = "traces"
	Logs    = "logs"
	Metrics = "metrics"
)

// Case is a signal with a way to route it.
type Case struct {
	Signal     string
	RoutingKey string
	// Attributes are the routing_attributes of routing_key "attributes".
	Attributes []string
	// Sets are the names of the lists of backends that are recorded; all if there are none.
	Sets []string
}

func (c Case) recordedWith(set Set) bool {
	return len(c.Sets) == 0 || slices.Contains(c.Sets, set.Name)
}

// String is the case in a file of placements.
func (c Case) String() string {
	if len(c.Attributes) == 0 {
		return c.Signal + " " + c.RoutingKey
	}
	return c.Signal + " " + c.RoutingKey + ":" + strings.Join(c.Attributes, ",")
}

// traceID is that of the key with a number: the first 16 bytes of the SHA-256 of "trace NUMBER".
func traceID(key int) [16]byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "trace %d", key))
	return [16]byte(sum[:16])
}

// servicePrefix and the number of a key make the name of its service, by which a sink knows the key.
const servicePrefix = "service-"
