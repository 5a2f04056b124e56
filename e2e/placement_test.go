package e2e

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

// route is what decides where a record goes: its key, and the backend that the ring names.
type route struct {
	key   func(harness.Record) string
	owner func(harness.Record) string
}

func spansByTrace(r ring.Ring) route {
	return route{harness.ByTrace, func(record harness.Record) string { return r.Span(record.Trace) }}
}

func spansByService(r ring.Ring) route {
	return route{harness.ByService, func(record harness.Record) string { return r.ServiceSpan(record.Service) }}
}

func logsByTrace(r ring.Ring) route {
	return route{harness.ByTrace, func(record harness.Record) string { return r.Log(record.Trace) }}
}

func logsByService(r ring.Ring) route {
	return route{harness.ByService, func(record harness.Record) string { return r.ServiceLog(record.Service) }}
}

// placed checks one signal: every record arrived exactly once, all records of one key at one backend, that backend is
// the one that the ring names, and every backend has a share. It returns the backend of each key.
func placed(t *testing.T, signal string, got harness.Delivery, sent []harness.Record, by route) map[string]string {
	t.Helper()
	if err := got.Audit(sent).Err(); err != nil {
		t.Errorf("%s: %v", signal, err)
	}
	owner, split := got.Placement(by.key)
	if len(split) > 0 {
		t.Errorf("%s: %d of %d keys reached more than one backend", signal, len(split), len(owner))
	}
	misplaced := 0
	for backend, records := range got {
		if len(records) == 0 {
			t.Errorf("%s: backend %s got nothing", signal, backend)
		}
		for r := range records {
			if want := by.owner(r); want != backend {
				if misplaced == 0 {
					t.Errorf("%s: %q reached %s, the ring says %s", signal, by.key(r), backend, want)
				}
				misplaced++
			}
		}
	}
	if misplaced > 0 {
		t.Errorf("%s: %d records are not where the ring says", signal, misplaced)
	}
	return owner
}

// shares describes how many keys each backend has, in a fixed order.
func shares(owner map[string]string) string {
	keys := map[string]int{}
	for _, backend := range owner {
		keys[backend]++
	}
	text := ""
	for _, backend := range slices.Sorted(maps.Keys(keys)) {
		text += fmt.Sprintf("  %s %.1f %%", backend, 100*float64(keys[backend])/float64(len(owner)))
	}
	return text
}
