package floor

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/otelcol-river/otelcol-river/e2e/bench/load"
	"github.com/otelcol-river/otelcol-river/e2e/bench/wire"
)

// TestDivide: every span gets to one backend, all spans of a trace to the same, and each with its resource and scope.
func TestDivide(t *testing.T) {
	const backends = 3
	l, err := load.New(load.Shape{Signal: wire.Traces, Compression: wire.None, Records: 100, Measured: 4})
	if err != nil {
		t.Fatal(err)
	}
	want, got := map[pcommon.SpanID]described{}, map[pcommon.SpanID]described{}
	owners := map[pcommon.TraceID]int{}
	used := map[int]bool{}
	for _, request := range l.Measured {
		describe(t, request.Body, func(span ptrace.Span, d described) { want[span.SpanID()] = d })
		parts, err := divide(request.Body, backends, wire.ResourceField, wire.ScopeField, wire.RecordField)
		if err != nil {
			t.Fatal(err)
		}
		for i, part := range parts {
			describe(t, part, func(span ptrace.Span, d described) {
				if _, twice := got[span.SpanID()]; twice {
					t.Errorf("span %s is in two parts", span.SpanID())
				}
				if owner, known := owners[span.TraceID()]; known && owner != i {
					t.Errorf("trace %s is in two parts", span.TraceID())
				}
				got[span.SpanID()], owners[span.TraceID()], used[i] = d, i, true
			})
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what was divided differs from what was sent (-want +got):\n%s", diff)
	}
	if len(used) != backends {
		t.Errorf("%d of %d backends got spans", len(used), backends)
	}
}

func TestDivideNothing(t *testing.T) {
	traces := ptrace.NewTraces()
	traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty().SetName("without a trace")
	message, err := ptraceotlp.NewExportRequestFromTraces(traces).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := divide(message, 3, wire.ResourceField, wire.ScopeField, wire.RecordField); err == nil {
		t.Error("a span without a trace was given to somebody")
	}
}

// described is all that there is about a span.
type described struct {
	Resource, Span map[string]any
	Scope, Name    string
	Start, End     pcommon.Timestamp
}

func describe(t *testing.T, message []byte, each func(ptrace.Span, described)) {
	t.Helper()
	request := ptraceotlp.NewExportRequest()
	if err := request.UnmarshalProto(message); err != nil {
		t.Fatal(err)
	}
	for _, resource := range request.Traces().ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				each(span, described{
					resource.Resource().Attributes().AsRaw(), span.Attributes().AsRaw(), scope.Scope().Name(), span.Name(),
					span.StartTimestamp(), span.EndTimestamp(),
				})
			}
		}
	}
}
