package delivery

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.uber.org/zap"
	"google.golang.org/grpc/mem"

	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
	"github.com/otelcol-river/otelcol-river/balancer/internal/placement"
)

const benchSpans = 500

// BenchmarkTake takes requests until backends that answer at once have answered all of them: with what was split
// before, which is the cost of delivery alone, and with the real splitter and table. The processor time is that of the
// whole process, senders and garbage collection included.
func BenchmarkTake(b *testing.B) {
	for _, backends := range []int{3, 100} {
		for _, queue := range []bool{true, false} {
			name := fmt.Sprintf("%d backends/queue %t", backends, queue)
			b.Run(name+"/delivery alone", func(b *testing.B) { benchTake(b, backends, queue, false) })
			b.Run(name+"/all", func(b *testing.B) { benchTake(b, backends, queue, true) })
		}
	}
}

// countingConn answers at once.
type countingConn struct{ calls, bytes *atomic.Int64 }

func (c countingConn) Export(_ context.Context, body mem.Buffer) ([]byte, error) {
	c.calls.Add(1)
	c.bytes.Add(int64(body.Len()))
	return nil, nil
}

func (c countingConn) Close() error { return nil }

// cutBefore returns the parts of one request.
type cutBefore struct{ parts []otlpwire.Part }

func (c cutBefore) Split([]byte, int, func([]byte) int) ([]otlpwire.Part, error) {
	return append([]otlpwire.Part(nil), c.parts...), nil
}

func benchTake(b *testing.B, backends int, queue, real bool) {
	var calls, bytes atomic.Int64
	set, list := benchSettings(b, backends, queue, &calls, &bytes)
	request := benchRequest(b)
	if !real {
		set.Splitter = cutBefore{benchParts(b, set, list, request)}
	}
	balancer, err := New(set)
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(balancer.Start(b.Context(), nil), balancer.SetBackends(list)); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(int64(len(request)))
	before := cpu()
	run(b, balancer, request, queue)
	for queued(balancer) > 0 { // looking all the time would be counted as CPU
		time.Sleep(100 * time.Microsecond)
	}
	used := cpu() - before
	b.StopTimer()
	spans := float64(b.N) * benchSpans
	b.ReportMetric(float64(used.Nanoseconds())/spans, "cpu-ns/span")
	b.ReportMetric(float64(calls.Load())/float64(b.N), "calls/op")
	if err := balancer.Shutdown(context.Background()); err != nil {
		b.Fatal(err)
	}
}

// run takes requests, without a queue from many senders at a time, as each waits.
func run(b *testing.B, balancer *Balancer, request []byte, queue bool) {
	take := func() {
		if err := balancer.Take(context.Background(), request); err != nil {
			b.Error(err)
		}
	}
	if queue {
		for range b.N {
			take()
			for queued(balancer) > 8<<20 {
				time.Sleep(100 * time.Microsecond) // senders are faster than backends
			}
		}
		return
	}
	b.SetParallelism(50)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			take()
		}
	})
}

// queued is how many bytes are not answered.
func queued(b *Balancer) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes
}

func benchSettings(b *testing.B, backends int, queue bool, calls, bytes *atomic.Int64) (Settings, []string) {
	b.Helper()
	splitter, err := otlpwire.NewSplitter(otlpwire.Traces, otlpwire.Keys{RoutingKey: "traceID"})
	if err != nil {
		b.Fatal(err)
	}
	c := DefaultConfig()
	c.SendingQueue.Enabled = queue
	var list []string
	for i := range backends {
		list = append(list, fmt.Sprintf("backend-%d:4317", i))
	}
	return Settings{
		Splitter: splitter, Config: c,
		Table: func(list []string) (Table, error) { return placement.New(placement.Rendezvous, list) },
		Dial:  func(string) (Conn, error) { return countingConn{calls, bytes}, nil },
		Telemetry: component.TelemetrySettings{
			Logger:        zap.NewNop(),
			MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(sdkmetric.NewManualReader())),
		},
	}, list
}

// benchRequest is a request of spans of about 350 bytes.
func benchRequest(b *testing.B) []byte {
	b.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	traces := ptrace.NewTraces()
	resource := traces.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "checkout")
	resource.Resource().Attributes().PutStr("host.name", "a-host-with-a-name-of-some-length")
	scope := resource.ScopeSpans().AppendEmpty()
	for range benchSpans {
		span := scope.Spans().AppendEmpty()
		var id pcommon.TraceID
		for i := range id {
			id[i] = byte(random.Uint32())
		}
		span.SetTraceID(id)
		span.SetSpanID(pcommon.SpanID(id[:8]))
		span.SetName("GET /api/v1/products/{id}")
		for i := range 6 {
			span.Attributes().PutStr(fmt.Sprintf("some.attribute.%d", i), "a value of a usual length")
		}
	}
	body, err := ptraceotlp.NewExportRequestFromTraces(traces).MarshalProto()
	if err != nil {
		b.Fatal(err)
	}
	return body
}

func benchParts(b *testing.B, set Settings, list []string, request []byte) []otlpwire.Part {
	b.Helper()
	table, err := set.Table(list)
	if err != nil {
		b.Fatal(err)
	}
	parts, err := set.Splitter.Split(request, 0, table.Place)
	if err != nil {
		b.Fatal(err)
	}
	return parts
}

// cpu is the processor time of this process.
func cpu() time.Duration {
	var usage syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &usage) != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
