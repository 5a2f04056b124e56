package load_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/otelcol-river/otelcol-river/e2e/bench/load"
	"github.com/otelcol-river/otelcol-river/e2e/bench/wire"
)

func prepare(t *testing.T, shape load.Shape) load.Load {
	t.Helper()
	l, err := load.New(shape)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// trace is what a sampler sees of a trace.
type trace struct {
	spans      int
	requests   map[int]bool
	first, end time.Time
	failed     bool
}

// TestTraces: traces are complete, in two requests that follow each other, and as many are sampled as is said.
func TestTraces(t *testing.T) {
	l := prepare(t, load.Shape{Signal: wire.Traces, Compression: wire.None, Records: 500, WarmUp: 4, Measured: 36,
		Sampled: true})
	traces := map[pcommon.TraceID]*trace{}
	services := map[string]bool{}
	said := 0
	for i, request := range append(l.WarmUp, l.Measured...) {
		said += request.Arrives
		spans(t, request, func(service string, span ptrace.Span) {
			services[service] = true
			of := traces[span.TraceID()]
			if of == nil {
				of = &trace{requests: map[int]bool{}, first: span.StartTimestamp().AsTime()}
				traces[span.TraceID()] = of
			}
			of.spans++
			of.requests[i/2] = true
			if begins := span.StartTimestamp().AsTime(); begins.Before(of.first) {
				of.first = begins
			}
			if ends := span.EndTimestamp().AsTime(); ends.After(of.end) {
				of.end = ends
			}
			of.failed = of.failed || span.Status().Code() == ptrace.StatusCodeError
		})
	}
	sampled := 0
	for id, of := range traces {
		if of.spans != 10 || len(of.requests) != 1 {
			t.Errorf("trace %s has %d spans in %d pairs of requests", id, of.spans, len(of.requests))
		}
		if of.failed || of.end.Sub(of.first) > 999*time.Millisecond {
			sampled += of.spans
		}
	}
	if total := 40 * 500; sampled != said || sampled != total/5 {
		t.Errorf("%d of %d spans are to be sampled, and said to be %d", sampled, total, said)
	}
	if len(services) != 200 {
		t.Errorf("there are %d services, want 200", len(services))
	}
	spans(t, l.First, func(_ string, span ptrace.Span) {
		if l.First.Arrives != 1 || span.Status().Code() != ptrace.StatusCodeError {
			t.Error("the first span would not be sampled")
		}
	})
}

func spans(t *testing.T, r wire.Request, each func(service string, span ptrace.Span)) {
	t.Helper()
	request := ptraceotlp.NewExportRequest()
	if err := request.UnmarshalProto(r.Body); err != nil {
		t.Fatal(err)
	}
	if request.Traces().SpanCount() != r.Records {
		t.Errorf("a request has %d spans, and is said to have %d", request.Traces().SpanCount(), r.Records)
	}
	for _, resource := range request.Traces().ResourceSpans().All() {
		service, _ := resource.Resource().Attributes().Get("service.name")
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				each(service.Str(), span)
			}
		}
	}
}

func TestLogs(t *testing.T) {
	l := prepare(t, load.Shape{Signal: wire.Logs, Compression: wire.None, Records: 50, Measured: 2})
	for _, r := range l.Measured {
		request := plogotlp.NewExportRequest()
		if err := request.UnmarshalProto(r.Body); err != nil {
			t.Fatal(err)
		}
		if n := request.Logs().LogRecordCount(); n != 50 || r.Arrives != 50 {
			t.Errorf("a request has %d log records, of which %d are to arrive, want 50", n, r.Arrives)
		}
	}
}

// TestSizes: spans are as large as docs/benchmarks.md says.
func TestSizes(t *testing.T) {
	for compression, want := range map[string][2]int{wire.None: {340, 360}, wire.Gzip: {64, 72}} {
		l := prepare(t, load.Shape{Signal: wire.Traces, Compression: compression, Records: 500, Measured: 2})
		if size := len(l.Measured[0].Body) / 500; size < want[0] || size > want[1] {
			t.Errorf("a span has %d bytes with compression %s, want %d to %d", size, compression, want[0], want[1])
		}
	}
}

func TestEqualLoads(t *testing.T) {
	shape := load.Shape{Signal: wire.Traces, Compression: wire.Gzip, Records: 50, WarmUp: 2, Measured: 2}
	if diff := cmp.Diff(prepare(t, shape), prepare(t, shape)); diff != "" {
		t.Errorf("two loads of one shape differ:\n%s", diff)
	}
}

func TestIncompleteTraces(t *testing.T) {
	for _, shape := range []load.Shape{{Records: 12, Measured: 2}, {Records: 10, Measured: 3}, {Records: 10, WarmUp: 1}} {
		if _, err := load.New(shape); err == nil {
			t.Errorf("%+v leaves traces incomplete, and is prepared", shape)
		}
	}
}
