package delivery

import (
	"context"
	"encoding/binary"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
	"github.com/otelcol-river/otelcol-river/balancer/internal/placement"
)

// spanSink counts spans, and where their traces are.
type spanSink struct {
	mu    sync.Mutex
	dead  map[string]bool
	spans map[pcommon.SpanID]int
	homes map[pcommon.TraceID]map[string]bool
}

// kill has a backend not answer, or answer again.
func (s *spanSink) kill(name string, dead bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dead[name] = dead
}

// sinkConn is a connection to a sink.
type sinkConn struct {
	*spanSink
	name string
}

func (c sinkConn) Close() error { return nil }

func (c sinkConn) Export(_ context.Context, body mem.Buffer) ([]byte, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dead[c.name] {
		return nil, status.Error(codes.Unavailable, "connection refused")
	}
	request := ptraceotlp.NewExportRequest()
	if err := request.UnmarshalProto(body.ReadOnlyData()); err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	for _, resource := range request.Traces().ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				c.spans[span.SpanID()]++
				if c.homes[span.TraceID()] == nil {
					c.homes[span.TraceID()] = map[string]bool{}
				}
				c.homes[span.TraceID()][c.name] = true
			}
		}
	}
	return ptraceotlp.NewExportResponse().MarshalProto()
}

// TestRealParts has the real splitter and table deliver spans, with a backend that dies, and others that come and go.
// Each span arrives once, and with all of its trace while the backends stay the same.
func TestRealParts(t *testing.T) {
	for _, disk := range []*fakeStorage{nil, newFakeStorage()} {
		synctest.Test(t, func(t *testing.T) {
			sink := &spanSink{
				dead: map[string]bool{}, spans: map[pcommon.SpanID]int{}, homes: map[pcommon.TraceID]map[string]bool{},
			}
			b := realBalancer(t, sink, disk)
			next := uint64(1)
			send := func(requests int) {
				for range requests {
					if err := b.Take(t.Context(), spanRequest(t, next)); err != nil {
						t.Fatal(err)
					}
					next += 100
				}
				pass(100 * time.Millisecond)
			}
			setBackends := func(list ...string) {
				if err := b.SetBackends(list); err != nil {
					t.Fatal(err)
				}
			}
			setBackends("a:4317", "b:4317", "c:4317")
			send(20)
			for id, homes := range sink.homes {
				if len(homes) != 1 {
					t.Errorf("trace %s is on %v", id, homes)
				}
			}
			sink.kill("b:4317", true)
			send(20)
			pass(15 * time.Second)
			send(20)
			setBackends("a:4317", "b:4317", "d:4317", "e:4317")
			send(20)
			sink.kill("b:4317", false)
			pass(time.Minute)
			send(20)
			pass(time.Second)
			for id := uint64(1); id < next; id++ {
				var span pcommon.SpanID
				binary.BigEndian.PutUint64(span[:], id)
				if sink.spans[span] != 1 {
					t.Errorf("span %s was taken %d times", span, sink.spans[span])
				}
			}
			if err := b.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}

func realBalancer(t *testing.T, sink *spanSink, disk *fakeStorage) *Balancer {
	t.Helper()
	splitter, err := otlpwire.NewSplitter(otlpwire.Traces, otlpwire.Keys{})
	if err != nil {
		t.Fatal(err)
	}
	b, err := New(Settings{
		Splitter: splitter, Config: DefaultConfig(), Telemetry: componenttest.NewNopTelemetrySettings(),
		Table: func(list []string) (Table, error) { return placement.New(placement.Rendezvous, list) },
		Dial:  func(name string) (Conn, error) { return sinkConn{sink, name}, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	if disk == nil {
		err = b.Start(t.Context(), nil)
	} else {
		err = b.Start(t.Context(), disk)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// spanRequest is a request of 100 spans, numbered from first on, four to a trace.
func spanRequest(t *testing.T, first uint64) []byte {
	t.Helper()
	traces := ptrace.NewTraces()
	resource := traces.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "checkout")
	scope := resource.ScopeSpans().AppendEmpty()
	for i := range uint64(100) {
		span := scope.Spans().AppendEmpty()
		var spanID pcommon.SpanID
		binary.BigEndian.PutUint64(spanID[:], first+i)
		var traceID pcommon.TraceID
		binary.BigEndian.PutUint64(traceID[8:], (first+i)/4*0x9e3779b97f4a7c15)
		span.SetSpanID(spanID)
		span.SetTraceID(traceID)
		span.SetName("GET")
	}
	body, err := ptraceotlp.NewExportRequestFromTraces(traces).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return body
}
