package load

import (
	"fmt"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// routes are the operations of services.
var routes = []string{"/api/v2/orders/{order}", "/api/v2/carts/{cart}/items", "/api/v2/users/{user}", "/api/v2/search"}

// traces makes spans of records, by the services that they belong to.
func traces(records []record) ptrace.Traces {
	all := ptrace.NewTraces()
	of := map[int]ptrace.SpanSlice{}
	for _, r := range records {
		spans, found := of[r.service]
		if !found {
			resource := all.ResourceSpans().AppendEmpty()
			describe(r.service, resource.Resource())
			scope := resource.ScopeSpans().AppendEmpty()
			scope.Scope().SetName("example.org/instrumentation/http")
			scope.Scope().SetVersion("0.61.0")
			spans = scope.Spans()
			of[r.service] = spans
		}
		r.write(spans.AppendEmpty())
	}
	return all
}

// logs makes log records, by the services that they belong to.
func logs(records []record) plog.Logs {
	all := plog.NewLogs()
	of := map[int]plog.LogRecordSlice{}
	for _, r := range records {
		lines, found := of[r.service]
		if !found {
			resource := all.ResourceLogs().AppendEmpty()
			describe(r.service, resource.Resource())
			lines = resource.ScopeLogs().AppendEmpty().LogRecords()
			of[r.service] = lines
		}
		r.writeLine(lines.AppendEmpty())
	}
	return all
}

// describe says what a service is and where it runs.
func describe(service int, resource pcommon.Resource) {
	name := fmt.Sprintf("service-%d", service)
	a := resource.Attributes()
	a.PutStr("service.name", name)
	a.PutStr("service.namespace", "shop")
	a.PutStr("service.version", "1.42.0")
	a.PutStr("service.instance.id", fmt.Sprintf("%s-5d9c7b8f6-%05x", name, service*7919))
	a.PutStr("k8s.namespace.name", "shop")
	a.PutStr("k8s.node.name", fmt.Sprintf("node-%d", service/servicesOfMachine))
	a.PutStr("telemetry.sdk.language", "go")
	a.PutStr("telemetry.sdk.name", "opentelemetry")
	a.PutStr("telemetry.sdk.version", "1.40.0")
}

// write makes a span: each service answers requests, asks a database and others, and works.
func (r record) write(span ptrace.Span) {
	start := r.trace.start.Add(r.start)
	span.SetTraceID(r.trace.id)
	span.SetSpanID(r.span)
	span.SetParentSpanID(r.parent)
	span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
	span.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(r.lasts)))
	switch route := routes[(r.service+r.position)%len(routes)]; r.position % 3 {
	case 0:
		r.answers(span, route)
	case 1:
		r.queries(span)
	default:
		r.works(span, route)
	}
	if r.trace.failed && r.position == 0 {
		span.Status().SetCode(ptrace.StatusCodeError)
	}
}

// answers describes a request that is answered.
func (r record) answers(span ptrace.Span, route string) {
	span.SetName("GET " + route)
	span.SetKind(ptrace.SpanKindServer)
	a := span.Attributes()
	a.PutStr("http.request.method", "GET")
	a.PutStr("http.route", route)
	a.PutStr("url.path", fmt.Sprintf("%s/%016x", route, r.random))
	a.PutInt("http.response.status_code", 200)
	a.PutStr("client.address", r.address())
	a.PutStr("user_agent.original", "Mozilla/5.0 (X11; Linux x86_64) Example/128.0")
}

// queries describes a question to a database.
func (r record) queries(span ptrace.Span) {
	span.SetName("SELECT shop.orders")
	span.SetKind(ptrace.SpanKindClient)
	a := span.Attributes()
	a.PutStr("db.system.name", "postgresql")
	a.PutStr("db.collection.name", "orders")
	a.PutStr("db.query.text", "SELECT id, state, total FROM orders WHERE customer = $1 AND state <> $2")
	a.PutStr("server.address", r.address())
	a.PutInt("server.port", 5432)
	a.PutStr("shop.customer", fmt.Sprintf("%016x", r.random))
}

// works describes what happens inside a service.
func (r record) works(span ptrace.Span, route string) {
	span.SetName("render " + route)
	span.SetKind(ptrace.SpanKindInternal)
	a := span.Attributes()
	a.PutStr("code.function.name", "example.org/shop/view.(*Renderer).Render")
	a.PutStr("code.file.path", "view/render.go")
	a.PutInt("code.line.number", int64(100+r.position))
	a.PutStr("shop.session", fmt.Sprintf("%016x", r.random))
	a.PutStr("shop.customer", fmt.Sprintf("%016x", r.random*31))
	a.PutBool("shop.cached", r.random%2 == 0)
	a.PutDouble("shop.total", float64(r.random%1_000_000)/100)
}

// writeLine makes a log record.
func (r record) writeLine(line plog.LogRecord) {
	at := pcommon.NewTimestampFromTime(r.trace.start.Add(r.start))
	line.SetTimestamp(at)
	line.SetObservedTimestamp(at)
	line.SetTraceID(r.trace.id)
	line.SetSpanID(r.span)
	line.SetSeverityNumber(plog.SeverityNumberInfo)
	line.SetSeverityText("INFO")
	route := routes[(r.service+r.position)%len(routes)]
	line.Body().SetStr(fmt.Sprintf("GET %s/%016x for %s took %s", route, r.random, r.address(), r.lasts))
	a := line.Attributes()
	a.PutStr("http.request.method", "GET")
	a.PutStr("http.route", route)
	a.PutInt("http.response.status_code", 200)
	a.PutStr("code.function.name", "example.org/shop/web.(*Server).log")
	a.PutStr("shop.session", fmt.Sprintf("%016x", r.random*31))
}

// address is one of a private network.
func (r record) address() string {
	return fmt.Sprintf("10.%d.%d.%d", r.service%256, r.random>>8&0xff, r.random&0xff)
}
