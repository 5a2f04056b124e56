package harness

import (
	"slices"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// TestLoad checks what makes a load worth balancing: equal shapes are equal, no span repeats, and every trace is spread
// over all requests of its turn, over several services in each.
func TestLoad(t *testing.T) {
	shape := Shape{Seed: 7, Traces: 2*tracesOfRequest + 1, Spans: 8, Services: 10, Logs: 2}
	load := NewLoad(shape)
	if !slices.Equal(load.Spans, NewLoad(shape).Spans) {
		t.Error("two loads of one shape differ")
	}
	if want := shape.Traces * shape.Spans; len(load.Spans) != want {
		t.Errorf("%d spans, want %d", len(load.Spans), want)
	}
	if want := shape.Traces * shape.Logs; len(load.Logs) != want {
		t.Errorf("%d log records, want %d", len(load.Logs), want)
	}

	seen := map[pcommon.SpanID]bool{}
	services := map[pcommon.TraceID]map[string]bool{}
	for _, r := range load.Spans {
		if seen[r.Span] {
			t.Fatalf("span %s is there twice", r.Span)
		}
		seen[r.Span] = true
		if services[r.Trace] == nil {
			services[r.Trace] = map[string]bool{}
		}
		services[r.Trace][r.Service] = true
	}
	for trace, of := range services {
		if len(of) != shape.Spans {
			t.Errorf("trace %s has %d services, want one for each of %d spans", trace, len(of), shape.Spans)
		}
	}

	requests := map[pcommon.TraceID]int{}
	for _, req := range load.traceRequests {
		here := map[pcommon.TraceID]int{}
		for _, resource := range req.Traces().ResourceSpans().All() {
			for _, span := range resource.ScopeSpans().At(0).Spans().All() {
				here[span.TraceID()]++
			}
		}
		for trace, spans := range here {
			requests[trace]++
			if spans != shape.Spans/requestsOfTrace {
				t.Errorf("trace %s has %d spans in one request", trace, spans)
			}
		}
	}
	for trace, n := range requests {
		if n != requestsOfTrace {
			t.Errorf("trace %s is spread over %d requests, want %d", trace, n, requestsOfTrace)
		}
	}
}
