package otlpwire

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// keysOf lists the keys that are placed for a request.
func keysOf(t *testing.T, signal Signal, keys Keys, request []byte) []string {
	t.Helper()
	var all []string
	_, err := newSplitter(t, signal, keys).Split(request, 0, func(key []byte) int {
		all = append(all, string(key))
		return 0
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

const traceID = "0123456789abcdef"

const traceIDText = "30313233343536373839616263646566"

// TestKeysOfSpans looks at the keys of three spans: two of a trace in a service, and one without anything in no
// service.
func TestKeysOfSpans(t *testing.T) {
	td := ptrace.NewTraces()
	rs := td.ResourceSpans().AppendEmpty()
	rs.Resource().Attributes().PutStr(serviceName, "checkout")
	rs.Resource().Attributes().PutInt("replicas", -3)
	ss := rs.ScopeSpans().AppendEmpty()
	ss.Scope().Attributes().PutBool("on", true)
	for _, name := range []string{"first", "second"} {
		span := ss.Spans().AppendEmpty()
		span.SetTraceID([16]byte([]byte(traceID)))
		span.SetName(name)
		span.SetKind(ptrace.SpanKindClient)
		span.Attributes().PutStr("route", "/"+name)
	}
	nameless := td.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans()
	nameless.AppendEmpty().Attributes().PutStr(serviceName, "of the span")
	request, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	zeros := string(make([]byte, 16))
	attributes := []string{"route", "on", "span.kind", "replicas", "span.name", "none"}
	attributesKey := "route=/first|on=true|span.kind=Client|replicas=-3|span.name=first|none=|"
	noAttributes := "route=|on=|span.kind=Unspecified|replicas=|span.name=|none=|"
	compareKeys(t, Traces, request, []keysCase{
		{Keys{}, []string{traceID, zeros}},
		{Keys{RoutingKey: keyService}, []string{"checkout", ""}},
		{Keys{RoutingKey: keyResource}, []string{"resource/965bd5ce64dab604", "resource/88201fb960ff6465"}},
		{Keys{RoutingKey: keyAttributes, Attributes: attributes}, []string{attributesKey, noAttributes}},
		{Keys{Compat: releaseV158}, []string{traceID, zeros}},
		{Keys{Compat: releaseV158, RoutingKey: keyService}, []string{"service.name=checkout|", "service.name=of the span|"}},
		{Keys{Compat: releaseV158, RoutingKey: keyAttributes, Attributes: attributes}, []string{attributesKey, noAttributes}},
		{Keys{Compat: releaseV112}, []string{traceID, zeros}},
		{Keys{Compat: releaseV152, RoutingKey: keyService}, []string{"service.name=checkout|", "service.name=of the span|"}},
		{Keys{Compat: releaseV112, RoutingKey: keyService}, []string{"checkout", ""}},
		{Keys{Compat: releaseV87, RoutingKey: keyTraceID}, []string{traceID, zeros}},
		{Keys{Compat: releaseV87, RoutingKey: keyService}, []string{"checkout", ""}},
	})
}

// keysCase is what keys should be.
type keysCase struct {
	keys Keys
	want []string
}

func compareKeys(t *testing.T, signal Signal, request []byte, cases []keysCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.keys.RoutingKey+c.keys.Compat, func(t *testing.T) {
			if diff := cmp.Diff(c.want, keysOf(t, signal, c.keys, request)); diff != "" {
				t.Errorf("(-want +got): %s", diff)
			}
		})
	}
}

// TestKeysOfLogs looks at the keys of two records, and of the resource of the second, which has nothing.
func TestKeysOfLogs(t *testing.T) {
	ld := plog.NewLogs()
	rl := ld.ResourceLogs().AppendEmpty()
	rl.Resource().Attributes().PutInt(serviceName, 7)
	sl := rl.ScopeLogs().AppendEmpty()
	sl.Scope().Attributes().PutBool("on", true)
	record := sl.LogRecords().AppendEmpty()
	record.SetTraceID([16]byte([]byte(traceID)))
	record.SetSeverityText("WARN")
	record.Body().SetEmptyMap().PutStr("text", "a<b")
	record.Attributes().PutDouble("load", 0.5)
	request, err := plogotlp.NewExportRequestFromLogs(ld).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	attributes := []string{"log.severity", "on", "log.body", serviceName, "load", "none"}
	const rest = `log.severity=WARN|log.body={"text":"a<b"}|load=0.5|none=|`
	compareKeys(t, Logs, request, []keysCase{
		{Keys{}, []string{traceID}},
		{Keys{RoutingKey: keyService}, []string{"7"}},
		{Keys{RoutingKey: keyAttributes, Attributes: attributes},
			[]string{`log.severity=WARN|on=true|log.body={"text":"a<b"}|service.name=7|load=0.5|none=|`}},
		{Keys{Compat: releaseV158}, []string{""}},
		{Keys{Compat: releaseV158, RoutingKey: keyTraceID}, []string{traceIDText}},
		{Keys{Compat: releaseV158, RoutingKey: keyAttributes, Attributes: attributes},
			[]string{"service.name=7|on=true|" + rest}},
		{Keys{Compat: releaseV152}, []string{traceID}},
		{Keys{Compat: releaseV152, RoutingKey: keyService}, []string{traceID}},
		{Keys{Compat: releaseV112}, []string{traceID}},
		{Keys{Compat: releaseV112, RoutingKey: keyService}, []string{traceID}},
		{Keys{Compat: releaseV87, RoutingKey: keyMetric}, []string{traceID}},
	})
}

// TestKeysOfMetrics looks at the keys of two metrics. Those that are hashes are what the exporters of v0.158 and
// v0.111 make.
func TestKeysOfMetrics(t *testing.T) {
	md := pmetric.NewMetrics()
	rm := md.ResourceMetrics().AppendEmpty()
	rm.Resource().Attributes().PutStr(serviceName, "checkout")
	rm.Resource().Attributes().PutInt("replicas", -3)
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName("lib")
	sm.Scope().SetVersion("1.2")
	sm.Scope().Attributes().PutBool("on", true)
	m := sm.Metrics().AppendEmpty()
	m.SetName("requests")
	m.SetUnit("1")
	m.SetEmptySum().SetIsMonotonic(true)
	m.Sum().SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
	point := m.Sum().DataPoints().AppendEmpty().Attributes()
	point.PutDouble("le", 0.5)
	point.PutEmptySlice("list").AppendEmpty().SetStr("a")
	inner := point.PutEmptyMap("map")
	inner.PutStr("z", "1")
	inner.PutEmptyBytes("b").FromRaw([]byte{1, 2})
	inner.PutEmpty("e")
	h := sm.Metrics().AppendEmpty()
	h.SetName("latency")
	h.SetEmptyHistogram().SetAggregationTemporality(pmetric.AggregationTemporalityDelta)
	h.Histogram().DataPoints().AppendEmpty()
	request, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	streams := []string{"stream/4b90fc7a00d73b3", "stream/88659b9d50288b28"}
	resource := []string{"resource/965bd5ce64dab604"}
	attributes := []string{"le", "on", serviceName, "map"}
	const text = `{"b":"AQI=","e":null,"z":"1"}`
	compareKeys(t, Metrics, request, []keysCase{
		{Keys{}, []string{"checkout"}},
		{Keys{RoutingKey: keyResource}, resource},
		{Keys{RoutingKey: keyMetric}, []string{"requests", "latency"}},
		{Keys{RoutingKey: keyStreamID}, streams},
		{Keys{RoutingKey: keyAttributes, Attributes: attributes}, []string{
			"le=0.5|on=true|service.name=checkout|map=" + text + "|", "le=|on=true|service.name=checkout|map=|"}},
		{Keys{Compat: releaseV158}, []string{"checkout"}},
		{Keys{Compat: releaseV158, RoutingKey: keyResource}, resource},
		{Keys{Compat: releaseV158, RoutingKey: keyMetric}, []string{"requests", "latency"}},
		{Keys{Compat: releaseV158, RoutingKey: keyStreamID}, streams},
		{Keys{Compat: releaseV158, RoutingKey: keyAttributes, Attributes: attributes}, []string{
			"service.name=checkout|on=true|le=0.5|map=" + text + "|", "service.name=checkout|on=true|le=|map=|"}},
		{Keys{Compat: releaseV112}, []string{"checkout"}},
		{Keys{Compat: releaseV112, RoutingKey: keyResource}, resource},
		{Keys{Compat: releaseV152, RoutingKey: keyStreamID}, streams},
		{Keys{Compat: releaseV112, RoutingKey: keyStreamID}, streams},
		{Keys{Compat: releaseV87}, []string{"checkout"}},
		{Keys{Compat: releaseV87, RoutingKey: keyMetric}, []string{"requests", "latency"}},
		{Keys{Compat: releaseV87, RoutingKey: keyResource}, []string{
			"replicas-3service.namecheckoutrequests", "replicas-3service.namecheckoutlatency"}},
	})
}

// TestLongValues: a value that would make keys long is hashed, except in the keys of a release.
func TestLongValues(t *testing.T) {
	long := string(make([]byte, maxValue+1))
	request := message(1, message(1, message(1, attr("a", long)), 2, message(2, message(9, attr("b", "c")))))
	keys := Keys{RoutingKey: keyAttributes, Attributes: []string{"a", "b"}}
	if got := keysOf(t, Traces, keys, request); len(got[0]) != len("a=12345678|b=c|") {
		t.Errorf("%q", got)
	}
	keys.Compat = releaseV158
	if diff := cmp.Diff([]string{"a=" + long + "|b=c|"}, keysOf(t, Traces, keys, request)); diff != "" {
		t.Errorf("(-want +got): %s", diff)
	}
}

// TestLogsWithoutTraceID: they are spread evenly, and each always has the same key.
func TestLogsWithoutTraceID(t *testing.T) {
	const targets, records = 10, 20000
	ld := plog.NewLogs()
	all := ld.ResourceLogs().AppendEmpty().ScopeLogs().AppendEmpty().LogRecords()
	for i := range records {
		all.AppendEmpty().Body().SetStr(fmt.Sprintf("line %d", i))
	}
	all.At(1).SetTraceID(pcommon.NewTraceIDEmpty())
	request, err := plogotlp.NewExportRequestFromLogs(ld).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	for _, release := range []string{"", releaseV158, releaseV87} {
		s := newSplitter(t, Logs, Keys{RoutingKey: keyTraceID, Compat: release})
		parts, err := s.Split(request, 0, placeOn(targets))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range parts {
			if p.Records < records/targets*9/10 || p.Records > records/targets*11/10 {
				t.Errorf("%q: %d records on target %d", release, p.Records, p.Target)
			}
			again, err := s.Split(p.Body, 0, placeOn(targets))
			if err != nil || len(again) != 1 || again[0].Target != p.Target {
				t.Errorf("%q: the records of target %d are spread again: %v", release, p.Target, err)
			}
		}
	}
}

func TestImpossibleKeys(t *testing.T) {
	for _, c := range []struct {
		signal Signal
		keys   Keys
		want   string
	}{
		{Traces, Keys{RoutingKey: "metric"},
			`routing key "metric" is not possible for traces: use one of traceID, service, resource, attributes`},
		{Metrics, Keys{RoutingKey: "traceID"}, `routing key "traceID" is not possible for metrics: ` +
			`use one of service, resource, attributes, metric, streamID`},
		{Traces, Keys{RoutingKey: "resource", Compat: "v0.158"},
			`routing key "resource" is not possible for traces in v0.158: use one of traceID, service, attributes`},
		{Metrics, Keys{RoutingKey: "streamID", Compat: "v0.87"},
			`routing key "streamID" is not possible for metrics in v0.87: use one of service, resource, metric`},
		{Logs, Keys{RoutingKey: "attributes", Attributes: []string{"a"}, Compat: "v0.112"},
			`routing key "attributes" is not possible for logs in v0.112: ` +
				`use one of traceID, service, resource, metric, streamID`},
		{Logs, Keys{Compat: "v0.99"}, `there are no keys of release "v0.99": only of v0.158, v0.152, v0.112, v0.87`},
		{Logs, Keys{RoutingKey: "attributes"},
			`routing attributes are for the routing key "attributes", which needs them; it is "attributes"`},
		{Logs, Keys{Attributes: []string{"a"}},
			`routing attributes are for the routing key "attributes", which needs them; it is "traceID"`},
	} {
		_, err := NewSplitter(c.signal, c.keys)
		if diff := cmp.Diff(c.want, fmt.Sprint(err)); diff != "" {
			t.Errorf("%s %+v (-want +got): %s", c.signal, c.keys, diff)
		}
	}
}
