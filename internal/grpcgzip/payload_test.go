package grpcgzip

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// request is an OTLP request as a load balancer gets it from a batch processor: spans of several services, each with
// random IDs, times, and attributes of an HTTP server or a database client.
func request(tb testing.TB, spans int) []byte {
	tb.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	traces := ptrace.NewTraces()
	const services = 5
	var of [services]ptrace.SpanSlice
	for i := range of {
		resource := traces.ResourceSpans().AppendEmpty()
		attributes := resource.Resource().Attributes()
		attributes.PutStr("service.name", fmt.Sprintf("service-%d", i))
		attributes.PutStr("service.version", "1.4.2")
		attributes.PutStr("k8s.namespace.name", "shop")
		attributes.PutStr("k8s.pod.name", fmt.Sprintf("service-%d-7c9d8b6f5-%05d", i, random.IntN(100000)))
		attributes.PutStr("telemetry.sdk.language", "go")
		scope := resource.ScopeSpans().AppendEmpty()
		scope.Scope().SetName("go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp")
		of[i] = scope.Spans()
	}
	start := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	for i := range spans {
		span := of[i%services].AppendEmpty()
		var trace [16]byte
		var id, parent [8]byte
		for _, bytes := range [][]byte{trace[:], id[:], parent[:]} {
			for j := range bytes {
				bytes[j] = byte(random.Uint32())
			}
		}
		span.SetTraceID(trace)
		span.SetSpanID(id)
		span.SetParentSpanID(parent)
		begin := start.Add(time.Duration(random.IntN(1e9)))
		span.SetStartTimestamp(pcommon.NewTimestampFromTime(begin))
		span.SetEndTimestamp(pcommon.NewTimestampFromTime(begin.Add(time.Duration(random.IntN(1e8)))))
		describe(random, span)
	}
	text, err := ptraceotlp.NewExportRequestFromTraces(traces).MarshalProto()
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

func describe(random *rand.Rand, span ptrace.Span) {
	attributes := span.Attributes()
	if random.IntN(3) == 0 {
		span.SetName("SELECT shop.orders")
		span.SetKind(ptrace.SpanKindClient)
		attributes.PutStr("db.system.name", "postgresql")
		attributes.PutStr("db.namespace", "shop")
		attributes.PutStr("db.query.text", "SELECT id, state, total FROM orders WHERE customer = $1 ORDER BY id DESC LIMIT 9")
		attributes.PutStr("server.address", "db-0.db.shop.svc.cluster.local")
		attributes.PutInt("server.port", 5432)
		return
	}
	order := random.IntN(1e6)
	span.SetName("GET /orders/{id}")
	span.SetKind(ptrace.SpanKindServer)
	attributes.PutStr("http.request.method", "GET")
	attributes.PutStr("http.route", "/orders/{id}")
	attributes.PutStr("url.path", fmt.Sprintf("/orders/%d", order))
	attributes.PutStr("url.scheme", "https")
	attributes.PutInt("http.response.status_code", int64([]int{200, 200, 200, 404, 500}[random.IntN(5)]))
	attributes.PutStr("client.address", fmt.Sprintf("10.%d.%d.%d", random.IntN(256), random.IntN(256), random.IntN(256)))
	attributes.PutStr("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) shop/2.1")
	attributes.PutStr("enduser.id", fmt.Sprintf("%016x", random.Uint64()))
}
