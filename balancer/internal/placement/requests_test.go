package placement

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
)

// TestRequestsAsRecorded: requests with the records that the releases were given, taken apart by the keys of a release
// and placed on its ring, arrive where it sent them. It covers all that was recorded of the releases whose keys there
// are.
func TestRequestsAsRecorded(t *testing.T) {
	for release, compat := range map[string]string{
		"v0.158": "v0.158", "v0.152": "v0.152", "v0.115": "v0.112", "v0.87": "v0.87",
	} {
		hashing := releases()[release]
		for _, r := range recordings(t, release) {
			t.Run(release+"/"+r.String(), func(t *testing.T) {
				t.Parallel()
				table := newTable(t, hashing, r.backends)
				signal, makeRequest, services := codec(r.signal)
				splitter, err := otlpwire.NewSplitter(signal, otlpwire.Keys{
					RoutingKey: r.routingKey, Attributes: r.attributes, Compat: compat})
				if err != nil {
					t.Fatal(err)
				}
				parts, err := splitter.Split(makeRequest(t), 0, table.Place)
				if err != nil {
					t.Fatal(err)
				}
				arrived := 0
				for _, part := range parts {
					for _, service := range services(t, part.Body) {
						key, err := strconv.Atoi(strings.TrimPrefix(service, "service-"))
						if err != nil {
							t.Fatal(err)
						}
						r.check(t, key, table.Backends()[part.Target])
						arrived++
					}
				}
				if arrived != recordedKeys {
					t.Errorf("%d of %d keys arrived", arrived, recordedKeys)
				}
			})
		}
	}
}

// codec returns a signal by its name, what makes a request with all keys, and what lists the services in a request.
func codec(name string) (otlpwire.Signal, func(*testing.T) []byte, func(*testing.T, []byte) []string) {
	switch name {
	case "traces":
		return otlpwire.Traces, traceRequest, traceServices
	case "logs":
		return otlpwire.Logs, logRequest, logServices
	default:
		return otlpwire.Metrics, metricRequest, metricServices
	}
}

// The requests are those of e2e/placements/request.go, made here again: that is another module.

func describe(resource pcommon.Resource, key int) {
	resource.Attributes().PutStr("service.name", fmt.Sprintf("service-%d", key))
	resource.Attributes().PutStr("tenant", fmt.Sprintf("tenant-%d", key))
}

func traceRequest(t *testing.T) []byte {
	td := ptrace.NewTraces()
	for key := range recordedKeys {
		rs := td.ResourceSpans().AppendEmpty()
		describe(rs.Resource(), key)
		span := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		span.SetTraceID(recordedTrace(key))
		span.SetName("operation")
	}
	return marshaled(t)((&ptrace.ProtoMarshaler{}).MarshalTraces(td))
}

func logRequest(t *testing.T) []byte {
	ld := plog.NewLogs()
	for key := range recordedKeys {
		rl := ld.ResourceLogs().AppendEmpty()
		describe(rl.Resource(), key)
		record := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		record.SetTraceID(recordedTrace(key))
		record.Body().SetStr("event")
	}
	return marshaled(t)((&plog.ProtoMarshaler{}).MarshalLogs(ld))
}

func metricRequest(t *testing.T) []byte {
	md := pmetric.NewMetrics()
	for key := range recordedKeys {
		rm := md.ResourceMetrics().AppendEmpty()
		describe(rm.Resource(), key)
		metric := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
		metric.SetName(fmt.Sprintf("metric-%d", key))
		sum := metric.SetEmptySum()
		sum.SetIsMonotonic(true)
		sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		point := sum.DataPoints().AppendEmpty()
		point.Attributes().PutStr("shard", fmt.Sprintf("shard-%d", key))
		point.SetIntValue(1)
	}
	return marshaled(t)((&pmetric.ProtoMarshaler{}).MarshalMetrics(md))
}

func marshaled(t *testing.T) func([]byte, error) []byte {
	return func(body []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
}

func traceServices(t *testing.T, body []byte) []string {
	td, err := (&ptrace.ProtoUnmarshaler{}).UnmarshalTraces(body)
	if err != nil {
		t.Fatal(err)
	}
	var services []string
	for _, rs := range td.ResourceSpans().All() {
		services = append(services, service(rs.Resource()))
	}
	return services
}

func logServices(t *testing.T, body []byte) []string {
	ld, err := (&plog.ProtoUnmarshaler{}).UnmarshalLogs(body)
	if err != nil {
		t.Fatal(err)
	}
	var services []string
	for _, rl := range ld.ResourceLogs().All() {
		services = append(services, service(rl.Resource()))
	}
	return services
}

func metricServices(t *testing.T, body []byte) []string {
	md, err := (&pmetric.ProtoUnmarshaler{}).UnmarshalMetrics(body)
	if err != nil {
		t.Fatal(err)
	}
	var services []string
	for _, rm := range md.ResourceMetrics().All() {
		services = append(services, service(rm.Resource()))
	}
	return services
}

func service(resource pcommon.Resource) string {
	name, _ := resource.Attributes().Get("service.name")
	return name.AsString()
}
