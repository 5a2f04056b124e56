package otlpwire

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// perRequest is how many records a request of the benchmarks has, of ten services, two of each trace side by side.
const perRequest = 500

// BenchmarkSplit splits requests of 500 records of some 350 bytes.
func BenchmarkSplit(b *testing.B) {
	for _, signal := range signals {
		request := benchRequest(b, signal)
		for _, keys := range allKeys(signal) {
			if keys.Compat != "" {
				continue
			}
			for _, targets := range []int{1, 3, 10, 100} {
				b.Run(fmt.Sprintf("%s/%s/%d", signal, keys.RoutingKey, targets), func(b *testing.B) {
					benchSplit(b, newSplitter(b, signal, keys), request, targets)
				})
			}
		}
	}
}

func benchSplit(b *testing.B, s *Splitter, request []byte, targets int) {
	b.ReportAllocs()
	place := func(key []byte) int { // as cheap as can be, so that the splitter is what is measured
		if len(key) < 8 {
			return len(key) % targets
		}
		return int(binary.LittleEndian.Uint64(key[len(key)-8:]) % uint64(targets)) //nolint:gosec // at most 100
	}
	leastOf(b, func() error {
		_, err := s.Split(request, 0, place)
		return err
	})
}

// leastOf runs f as often as the benchmark wants, and reports the least time for a record: the other runs were
// interrupted, and on a machine that is shared the mean says little.
func leastOf(b *testing.B, f func() error) {
	b.Helper()
	least := time.Duration(1<<63 - 1)
	for b.Loop() {
		start := time.Now()
		if err := f(); err != nil {
			b.Fatal(err)
		}
		least = min(least, time.Since(start))
	}
	b.ReportMetric(float64(least.Nanoseconds())/perRequest, "least-ns/record")
}

// benchRequest makes a request such as applications send.
func benchRequest(b *testing.B, signal Signal) []byte {
	b.Helper()
	const services = 10
	random := rand.New(rand.NewPCG(1, 2))
	traces, logs, metrics := ptrace.NewTraces(), plog.NewLogs(), pmetric.NewMetrics()
	var id pcommon.TraceID
	for service := range services {
		rs := traces.ResourceSpans().AppendEmpty()
		describe(rs.Resource(), service)
		rs.Resource().CopyTo(logs.ResourceLogs().AppendEmpty().Resource())
		rs.Resource().CopyTo(metrics.ResourceMetrics().AppendEmpty().Resource())
		spans := rs.ScopeSpans().AppendEmpty().Spans()
		records := logs.ResourceLogs().At(service).ScopeLogs().AppendEmpty().LogRecords()
		ms := metrics.ResourceMetrics().At(service).ScopeMetrics().AppendEmpty().Metrics()
		for i := range perRequest / services {
			if i%2 == 0 {
				binary.LittleEndian.PutUint64(id[:], random.Uint64())
				binary.LittleEndian.PutUint64(id[8:], random.Uint64())
			}
			span := spans.AppendEmpty()
			span.SetTraceID(id)
			span.SetSpanID(pcommon.SpanID(id[4:12]))
			span.SetName("GET /api/v2/orders/{order}")
			span.SetKind(ptrace.SpanKindServer)
			span.SetStartTimestamp(pcommon.Timestamp(random.Uint64()))
			span.SetEndTimestamp(pcommon.Timestamp(random.Uint64()))
			annotate(span.Attributes(), i)
			record := records.AppendEmpty()
			record.SetTraceID(id)
			record.SetTimestamp(pcommon.Timestamp(random.Uint64()))
			record.Body().SetStr("the order was not found in the table of orders of the day")
			annotate(record.Attributes(), i)
			if i%5 == 0 {
				ms.AppendEmpty().SetName(fmt.Sprintf("http.server.requests.%d", i))
				ms.At(ms.Len() - 1).SetEmptySum().SetIsMonotonic(true)
			}
			point := ms.At(ms.Len() - 1).Sum().DataPoints().AppendEmpty()
			point.SetIntValue(int64(i))
			point.SetTimestamp(pcommon.Timestamp(random.Uint64()))
			annotate(point.Attributes(), i)
		}
	}
	var request []byte
	var err error
	switch signal {
	case Traces:
		request, err = ptraceotlp.NewExportRequestFromTraces(traces).MarshalProto()
	case Logs:
		request, err = plogotlp.NewExportRequestFromLogs(logs).MarshalProto()
	default:
		request, err = pmetricotlp.NewExportRequestFromMetrics(metrics).MarshalProto()
	}
	if err != nil {
		b.Fatal(err)
	}
	return request
}

func describe(resource pcommon.Resource, service int) {
	a := resource.Attributes()
	a.PutStr("service.name", fmt.Sprintf("service-%d", service))
	a.PutStr("service.namespace", "shop")
	a.PutStr("service.version", "1.42.0")
	a.PutStr("k8s.pod.name", fmt.Sprintf("service-5d9c7b8f6-%05x", service*7919))
	a.PutStr("k8s.node.name", fmt.Sprintf("node-%d", service/3))
}

func annotate(a pcommon.Map, i int) {
	a.PutStr("http.request.method", "GET")
	a.PutStr("http.route", "/api/v2/orders/{order}")
	a.PutInt("http.response.status_code", 200)
	a.PutStr("server.address", "orders.shop.svc.cluster.local")
	a.PutStr("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64)")
	a.PutStr("zone", fmt.Sprintf("zone-%d", i%7))
}
