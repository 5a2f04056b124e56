package otlpwire

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"testing"

	"github.com/cespare/xxhash/v2"
	"github.com/open-telemetry/opentelemetry-collector-contrib/pkg/pdatautil"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// leaf is a piece of a request as pdata reads it: one record in its scope and resource, or one of these without any
// record.
type leaf struct {
	text    string // the request that has nothing else, encoded
	key     string
	anyKey  bool // a log record without trace ID
	records int
}

// leaves lists the pieces of a request, with the keys that they should have.
func leaves(signal Signal, keys Keys, request []byte) ([]leaf, error) {
	k := expected{signal: signal, keys: keys}
	k.routing, _ = keys.check(signal)
	switch signal {
	case Traces:
		r := ptraceotlp.NewExportRequest()
		if err := r.UnmarshalProto(request); err != nil {
			return nil, err
		}
		return k.traces(r.Traces()), nil
	case Logs:
		r := plogotlp.NewExportRequest()
		if err := r.UnmarshalProto(request); err != nil {
			return nil, err
		}
		return k.logs(r.Logs()), nil
	default:
		r := pmetricotlp.NewExportRequest()
		if err := r.UnmarshalProto(request); err != nil {
			return nil, err
		}
		return k.metrics(r.Metrics()), nil
	}
}

// canonical is a request as pdata writes it.
func canonical(signal Signal, request []byte) ([]byte, error) {
	var r interface {
		UnmarshalProto([]byte) error
		MarshalProto() ([]byte, error)
	}
	switch signal {
	case Traces:
		r = ptraceotlp.NewExportRequest()
	case Logs:
		r = plogotlp.NewExportRequest()
	default:
		r = pmetricotlp.NewExportRequest()
	}
	if err := r.UnmarshalProto(request); err != nil {
		return nil, err
	}
	return r.MarshalProto()
}

// expected finds the keys of what pdata has decoded, as the documentation of Keys has them.
type expected struct {
	signal  Signal
	keys    Keys
	routing string
}

// item is what a key can depend on.
type item struct {
	resource   pcommon.Resource
	scope      pcommon.InstrumentationScope
	metric     pmetric.Metric
	attributes pcommon.Map
	trace      pcommon.TraceID
	pseudo     map[string]string
}

func (k expected) leaf(i item, text []byte, err error, records int) leaf {
	if err != nil {
		panic(err) // nothing can fail in writing what was read
	}
	l := leaf{text: string(text), key: k.key(i), records: records}
	byID := k.signal == Logs && (k.keys.logsByTrace() || k.routing == keyTraceID)
	l.anyKey = byID && i.trace.IsEmpty()
	return l
}

func (k expected) key(i item) string {
	exact := k.keys.Compat != ""
	service, named := i.resource.Attributes().Get(serviceName)
	switch {
	case k.signal == Logs && k.keys.logsByTrace(), k.routing == keyTraceID && k.signal == Traces,
		k.routing == keyTraceID && !exact:
		return string(i.trace[:])
	case k.routing == keyTraceID:
		return hex.EncodeToString(i.trace[:])
	case k.keys.serviceAttribute(k.signal):
		return k.attributes(i, []string{serviceName})
	case k.routing == keyService && !named:
		return ""
	case k.routing == keyService && exact:
		return service.Str()
	case k.routing == keyService:
		return service.AsString()
	case k.routing == keyAttributes:
		return k.attributes(i, k.keys.Attributes)
	case k.routing == keyMetric:
		return i.metric.Name()
	case k.routing == keyResource && k.keys.Compat == releaseV87:
		return allAttributes(i.resource) + i.metric.Name()
	case k.routing == keyResource:
		hash := pdatautil.MapHash(firsts(i.resource.Attributes()))
		return fmt.Sprintf("resource/%x", fnvOf(hash[:]))
	default:
		return stream(i)
	}
}

func (k expected) attributes(i item, names []string) string {
	var levels [3]string
	for _, name := range names {
		level := 0
		v, found := i.resource.Attributes().Get(name)
		if !found {
			level = 1
			v, found = i.scope.Attributes().Get(name)
		}
		text := ""
		if !found {
			level = 2
			if pseudo, is := i.pseudo[name]; is {
				text = pseudo
			} else {
				v, found = i.attributes.Get(name)
			}
		}
		if found {
			text = v.AsString()
		}
		if k.keys.Compat == "" || k.signal == Traces {
			level = 0
		}
		if k.keys.Compat == "" && len(text) > maxValue {
			text = string(binary.LittleEndian.AppendUint64(nil, xxhash.Sum64String(text)))
		}
		levels[level] += name + "=" + text + "|"
	}
	return strings.Join(levels[:], "")
}

func allAttributes(resource pcommon.Resource) string {
	var names []string
	for name := range resource.Attributes().All() {
		names = append(names, name)
	}
	slices.Sort(names)
	text := ""
	for _, name := range slices.Compact(names) {
		v, _ := resource.Attributes().Get(name)
		text += name + v.AsString()
	}
	return text
}

// stream is the identity of a data point's stream as load_balancing makes it.
func stream(i item) string {
	resource := pdatautil.MapHash(firsts(i.resource.Attributes()))
	scope := pdatautil.MapHash(firsts(i.scope.Attributes()))
	point := pdatautil.MapHash(firsts(i.attributes))
	monotonic, temporality := byte(0), pmetric.AggregationTemporalityUnspecified
	switch m := i.metric; m.Type() {
	case pmetric.MetricTypeSum:
		if m.Sum().IsMonotonic() {
			monotonic = 1
		}
		temporality = m.Sum().AggregationTemporality()
	case pmetric.MetricTypeHistogram:
		monotonic, temporality = 1, m.Histogram().AggregationTemporality()
	case pmetric.MetricTypeExponentialHistogram:
		monotonic, temporality = 1, m.ExponentialHistogram().AggregationTemporality()
	}
	return fmt.Sprintf("stream/%x", fnvOf(
		resource[:], []byte(i.scope.Name()), []byte(i.scope.Version()), scope[:], []byte(i.metric.Name()),
		[]byte(i.metric.Unit()), []byte{byte(i.metric.Type()), monotonic, byte(temporality)}, point[:],
	))
}

func fnvOf(texts ...[]byte) uint64 {
	h := fnv.New64a()
	for _, text := range texts {
		_, _ = h.Write(text)
	}
	return h.Sum64()
}

// firsts is the attributes without those whose name was there before, also in values.
func firsts(m pcommon.Map) pcommon.Map {
	unique := pcommon.NewMap()
	for name, v := range m.All() {
		if _, found := unique.Get(name); !found {
			copyFirsts(v, unique.PutEmpty(name))
		}
	}
	return unique
}

func copyFirsts(v, to pcommon.Value) {
	switch v.Type() {
	case pcommon.ValueTypeMap:
		firsts(v.Map()).CopyTo(to.SetEmptyMap())
	case pcommon.ValueTypeSlice:
		list := to.SetEmptySlice()
		for _, one := range v.Slice().All() {
			copyFirsts(one, list.AppendEmpty())
		}
	default:
		v.CopyTo(to)
	}
}

func (k expected) traces(td ptrace.Traces) []leaf {
	var all []leaf
	for _, rs := range td.ResourceSpans().All() {
		base := ptrace.NewTraces()
		newRS := base.ResourceSpans().AppendEmpty()
		rs.Resource().CopyTo(newRS.Resource())
		newRS.SetSchemaUrl(rs.SchemaUrl())
		if rs.ScopeSpans().Len() == 0 {
			all = append(all, k.span(base, rs.Resource(), ptrace.NewScopeSpans(), ptrace.NewSpan(), 0))
		}
		for _, ss := range rs.ScopeSpans().All() {
			newRS.ScopeSpans().RemoveIf(func(ptrace.ScopeSpans) bool { return true })
			newSS := newRS.ScopeSpans().AppendEmpty()
			ss.Scope().CopyTo(newSS.Scope())
			newSS.SetSchemaUrl(ss.SchemaUrl())
			if ss.Spans().Len() == 0 {
				all = append(all, k.span(base, rs.Resource(), ss, ptrace.NewSpan(), 0))
			}
			first := map[pcommon.TraceID]string{}
			for _, span := range ss.Spans().All() {
				newSS.Spans().RemoveIf(func(ptrace.Span) bool { return true })
				span.CopyTo(newSS.Spans().AppendEmpty())
				l := k.span(base, rs.Resource(), ss, span, 1)
				if key, found := first[span.TraceID()]; found {
					l.key = key
				}
				first[span.TraceID()] = l.key
				all = append(all, l)
			}
		}
	}
	return all
}

func (k expected) span(
	td ptrace.Traces, resource pcommon.Resource, ss ptrace.ScopeSpans, span ptrace.Span, records int,
) leaf {
	text, err := ptraceotlp.NewExportRequestFromTraces(td).MarshalProto()
	return k.leaf(item{
		resource: resource, scope: ss.Scope(), attributes: span.Attributes(), trace: span.TraceID(),
		pseudo: map[string]string{"span.name": span.Name(), "span.kind": span.Kind().String()},
	}, text, err, records)
}

func (k expected) logs(ld plog.Logs) []leaf {
	var all []leaf
	for _, rl := range ld.ResourceLogs().All() {
		base := plog.NewLogs()
		newRL := base.ResourceLogs().AppendEmpty()
		rl.Resource().CopyTo(newRL.Resource())
		newRL.SetSchemaUrl(rl.SchemaUrl())
		if rl.ScopeLogs().Len() == 0 {
			all = append(all, k.log(base, rl.Resource(), plog.NewScopeLogs(), plog.NewLogRecord(), 0))
		}
		for _, sl := range rl.ScopeLogs().All() {
			newRL.ScopeLogs().RemoveIf(func(plog.ScopeLogs) bool { return true })
			newSL := newRL.ScopeLogs().AppendEmpty()
			sl.Scope().CopyTo(newSL.Scope())
			newSL.SetSchemaUrl(sl.SchemaUrl())
			if sl.LogRecords().Len() == 0 {
				all = append(all, k.log(base, rl.Resource(), sl, plog.NewLogRecord(), 0))
			}
			for _, record := range sl.LogRecords().All() {
				newSL.LogRecords().RemoveIf(func(plog.LogRecord) bool { return true })
				record.CopyTo(newSL.LogRecords().AppendEmpty())
				all = append(all, k.log(base, rl.Resource(), sl, record, 1))
			}
		}
	}
	return all
}

func (k expected) log(
	ld plog.Logs, resource pcommon.Resource, sl plog.ScopeLogs, record plog.LogRecord, records int,
) leaf {
	text, err := plogotlp.NewExportRequestFromLogs(ld).MarshalProto()
	return k.leaf(item{
		resource: resource, scope: sl.Scope(), attributes: record.Attributes(), trace: record.TraceID(),
		pseudo: map[string]string{"log.severity": record.SeverityText(), "log.body": record.Body().AsString()},
	}, text, err, records)
}

func (k expected) metrics(md pmetric.Metrics) []leaf {
	var all []leaf
	for _, rm := range md.ResourceMetrics().All() {
		base := pmetric.NewMetrics()
		newRM := base.ResourceMetrics().AppendEmpty()
		rm.Resource().CopyTo(newRM.Resource())
		newRM.SetSchemaUrl(rm.SchemaUrl())
		nothing, none := pmetric.NewScopeMetrics(), pmetric.NewMetric()
		if rm.ScopeMetrics().Len() == 0 {
			all = append(all, k.point(base, rm.Resource(), nothing, none, pcommon.NewMap(), 0))
		}
		for _, sm := range rm.ScopeMetrics().All() {
			newRM.ScopeMetrics().RemoveIf(func(pmetric.ScopeMetrics) bool { return true })
			newSM := newRM.ScopeMetrics().AppendEmpty()
			sm.Scope().CopyTo(newSM.Scope())
			newSM.SetSchemaUrl(sm.SchemaUrl())
			if sm.Metrics().Len() == 0 {
				all = append(all, k.point(base, rm.Resource(), sm, none, pcommon.NewMap(), 0))
			}
			for _, m := range sm.Metrics().All() {
				newSM.Metrics().RemoveIf(func(pmetric.Metric) bool { return true })
				newM := newSM.Metrics().AppendEmpty()
				attributes := pointsOf(m)
				if len(attributes) == 0 {
					m.CopyTo(newM)
					all = append(all, k.point(base, rm.Resource(), sm, m, pcommon.NewMap(), 0))
				}
				for i, of := range attributes {
					m.CopyTo(newM)
					keepPoint(newM, i)
					all = append(all, k.point(base, rm.Resource(), sm, m, of, 1))
				}
			}
		}
	}
	return all
}

func (k expected) point(
	md pmetric.Metrics, resource pcommon.Resource, sm pmetric.ScopeMetrics, m pmetric.Metric, of pcommon.Map, records int,
) leaf {
	text, err := pmetricotlp.NewExportRequestFromMetrics(md).MarshalProto()
	return k.leaf(item{resource: resource, scope: sm.Scope(), metric: m, attributes: of}, text, err, records)
}

// pointsOf lists the attributes of the data points of a metric.
func pointsOf(m pmetric.Metric) []pcommon.Map {
	var all []pcommon.Map
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		for _, p := range m.Gauge().DataPoints().All() {
			all = append(all, p.Attributes())
		}
	case pmetric.MetricTypeSum:
		for _, p := range m.Sum().DataPoints().All() {
			all = append(all, p.Attributes())
		}
	case pmetric.MetricTypeHistogram:
		for _, p := range m.Histogram().DataPoints().All() {
			all = append(all, p.Attributes())
		}
	case pmetric.MetricTypeExponentialHistogram:
		for _, p := range m.ExponentialHistogram().DataPoints().All() {
			all = append(all, p.Attributes())
		}
	case pmetric.MetricTypeSummary:
		for _, p := range m.Summary().DataPoints().All() {
			all = append(all, p.Attributes())
		}
	}
	return all
}

// keepPoint takes all data points but one from a metric.
func keepPoint(m pmetric.Metric, kept int) {
	i := -1
	other := func() bool { i++; return i != kept }
	switch m.Type() {
	case pmetric.MetricTypeGauge:
		m.Gauge().DataPoints().RemoveIf(func(pmetric.NumberDataPoint) bool { return other() })
	case pmetric.MetricTypeSum:
		m.Sum().DataPoints().RemoveIf(func(pmetric.NumberDataPoint) bool { return other() })
	case pmetric.MetricTypeHistogram:
		m.Histogram().DataPoints().RemoveIf(func(pmetric.HistogramDataPoint) bool { return other() })
	case pmetric.MetricTypeExponentialHistogram:
		m.ExponentialHistogram().DataPoints().RemoveIf(func(pmetric.ExponentialHistogramDataPoint) bool { return other() })
	case pmetric.MetricTypeSummary:
		m.Summary().DataPoints().RemoveIf(func(pmetric.SummaryDataPoint) bool { return other() })
	}
}

// placeOn is a way to place keys on a number of targets.
func placeOn(targets int) func(key []byte) int {
	return func(key []byte) int { return int(fnvOf(key) % uint64(targets)) } //nolint:gosec // small
}

func newSplitter(t testing.TB, signal Signal, keys Keys) *Splitter {
	t.Helper()
	s, err := NewSplitter(signal, keys)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
