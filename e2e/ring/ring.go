// Package ring says which backend a load balancer of v0.158.0 chooses: its hash ring, written from its facts, so that
// tests can tell where each trace has to go without asking the program under test.
package ring

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"slices"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// The numbers of v0.158.0, exporter/loadbalancingexporter/consistent_hashing.go. Its releases up to 0.152 had others.
const (
	slots  = 131071
	points = 200 // of each backend
	tries  = 10  // consecutive slots that a point may take
)

// Ring is the ring of one set of backends.
type Ring struct {
	// owners holds the backend of every slot: of the first point at or after it.
	owners []string
}

// New makes the ring of backends, each given as the configuration writes it; their order does not matter.
func New(backends ...string) Ring {
	type point struct {
		hash    uint32
		backend string
	}
	var all []point
	for _, backend := range backends {
		for i := range uint32(points) {
			all = append(all, point{crc32.ChecksumIEEE(binary.LittleEndian.AppendUint32([]byte(backend), i)), backend})
		}
	}
	slices.SortFunc(all, func(a, b point) int {
		return cmp.Or(cmp.Compare(a.hash%slots, b.hash%slots), cmp.Compare(a.hash, b.hash),
			cmp.Compare(a.backend, b.backend))
	})

	owners := make([]string, slots)
	for _, p := range all {
		for i := range uint32(tries) {
			slot := (p.hash%slots + i) % slots
			if owners[slot] == "" {
				owners[slot] = p.backend
				break
			}
		}
	}
	// A free slot belongs to the next point, and the last ones to the first of all: hence two rounds.
	next := ""
	for i := 2*slots - 1; i >= 0; i-- {
		if slot := i % slots; owners[slot] == "" {
			owners[slot] = next
		} else {
			next = owners[slot]
		}
	}
	return Ring{owners}
}

// Span is the backend of the spans of a trace with routing_key "traceID".
func (r Ring) Span(trace pcommon.TraceID) string { return r.owner(trace[:]) }

// Log is the backend of the log records of a trace with routing_key "traceID": v0.158.0 hashes the hexadecimal text
// for them, so spans and log records of one trace part.
func (r Ring) Log(trace pcommon.TraceID) string { return r.owner([]byte(trace.String())) }

// ServiceSpan is the backend of the spans of a service with routing_key "service".
func (r Ring) ServiceSpan(service string) string {
	return r.owner([]byte("service.name=" + service + "|"))
}

// ServiceLog is the backend of the log records of a service with routing_key "service".
func (r Ring) ServiceLog(service string) string { return r.owner([]byte(service)) }

func (r Ring) owner(key []byte) string { return r.owners[crc32.ChecksumIEEE(key)%slots] }
