package harness

import (
	"slices"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
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

// TestLoadDress: spans are sent as they were dressed, with the identity of their records.
func TestLoadDress(t *testing.T) {
	load := NewLoad(Shape{Traces: 3, Spans: 4, Services: 2, Dress: func(trace []Record, spans []ptrace.Span) {
		for i, span := range spans {
			span.SetName(trace[i].Span.String())
			span.SetParentSpanID(trace[0].Span)
		}
	}})
	first := map[pcommon.TraceID]pcommon.SpanID{}
	for _, req := range load.traceRequests {
		for _, resource := range req.Traces().ResourceSpans().All() {
			for _, span := range resource.ScopeSpans().At(0).Spans().All() {
				if span.Name() != span.SpanID().String() {
					t.Errorf("span %s has the name of span %s", span.SpanID(), span.Name())
				}
				if parent, seen := first[span.TraceID()]; seen && parent != span.ParentSpanID() {
					t.Errorf("the spans of trace %s have several parents", span.TraceID())
				}
				first[span.TraceID()] = span.ParentSpanID()
			}
		}
	}
}

// TestHalves: both halves have half of each trace, and together all of it.
func TestHalves(t *testing.T) {
	load := NewLoad(Shape{Traces: 2*tracesOfRequest + 1, Spans: 8, Services: 10})
	first, second := load.Halves()
	for _, half := range []Load{first, second} {
		spans, sent := map[pcommon.TraceID]int{}, 0
		for _, r := range half.Spans {
			spans[r.Trace]++
		}
		for trace, n := range spans {
			if n != 4 {
				t.Errorf("half of trace %s is %d spans", trace, n)
			}
		}
		for _, req := range half.traceRequests {
			sent += req.Traces().SpanCount()
		}
		if sent != len(half.Spans) {
			t.Errorf("a half of %d spans sends %d", len(half.Spans), sent)
		}
	}
	whole := slices.Concat(first.Spans, second.Spans)
	if err := (Delivery{"halves": counted(whole)}).Audit(load.Spans).Err(); err != nil {
		t.Error(err)
	}
}

func counted(records []Record) map[Record]int {
	times := map[Record]int{}
	for _, r := range records {
		times[r]++
	}
	return times
}
