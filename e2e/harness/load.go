package harness

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

const (
	serviceAttribute = "service.name"
	// The records of a trace are dealt out to as many requests, which each hold some of so many traces. So every trace
	// is spread over requests and, inside them, over resources, and a load balancer has to take each request apart.
	requestsOfTrace = 4
	tracesOfRequest = 120
	// workers bounds the requests on their way. A load balancer acknowledges what its queues have taken, and they take
	// 1000 requests per backend: a load should stay below that, or slow backends make it refuse.
	workers = 8
)

// Shape describes a load. Equal shapes give equal loads.
type Shape struct {
	Seed     uint64
	Traces   int
	Spans    int // in each trace
	Services int // in all; the spans of a trace belong to several
	Logs     int // in each trace
	Points   int // of each trace: data points, which have no trace, but it decides of which services they are
	// Dress tells more about the spans of a trace than their records do: parents, times, attributes. It may be nil.
	Dress func(trace []Record, spans []ptrace.Span)
}

// Load is prepared OTLP data and the records in it.
type Load struct {
	Spans  []Record
	Logs   []Record
	Points []Record

	traceRequests  []ptraceotlp.ExportRequest
	logRequests    []plogotlp.ExportRequest
	metricRequests []pmetricotlp.ExportRequest
}

// NewLoad prepares a load.
func NewLoad(shape Shape) Load {
	random := rand.New(rand.NewPCG(shape.Seed, 0))
	details := map[Record]ptrace.Span{}
	var l Load
	for done := 0; done < shape.Traces; done += tracesOfRequest {
		var spans, logs, points [requestsOfTrace][]Record
		for range min(tracesOfRequest, shape.Traces-done) {
			trace := randomTrace(random)
			records := randomRecords(random, trace, shape.Spans, shape.Services)
			shape.dress(records, details)
			deal(&spans, records)
			deal(&logs, randomRecords(random, trace, shape.Logs, shape.Services))
			deal(&points, pointsOf(randomRecords(random, trace, shape.Points, shape.Services)))
		}
		for i := range requestsOfTrace {
			shuffle(random, spans[i])
			shuffle(random, logs[i])
			l.Spans = append(l.Spans, spans[i]...)
			l.Logs = append(l.Logs, logs[i]...)
			l.traceRequests = append(l.traceRequests, traceRequest(spans[i], details))
			if shape.Logs > 0 {
				l.logRequests = append(l.logRequests, logRequest(logs[i]))
			}
			if shape.Points > 0 {
				l.Points = append(l.Points, points[i]...)
				l.metricRequests = append(l.metricRequests, metricRequest(points[i]))
			}
		}
	}
	return l
}

// Halves splits a load into one with the first half of the spans of each trace and one with the others. It is for loads
// without log records.
func (l Load) Halves() (first, second Load) {
	spans := l.Spans
	for i, request := range l.traceRequests {
		half := &first
		if i%requestsOfTrace >= requestsOfTrace/2 {
			half = &second
		}
		n := request.Traces().SpanCount()
		half.Spans = append(half.Spans, spans[:n]...)
		half.traceRequests = append(half.traceRequests, request)
		spans = spans[n:]
	}
	return first, second
}

// Requests splits a load into loads of one request each. It is for loads without log records.
func (l Load) Requests() (parts []Load) {
	spans := l.Spans
	for _, request := range l.traceRequests {
		n := request.Traces().SpanCount()
		parts = append(parts, Load{Spans: spans[:n], traceRequests: []ptraceotlp.ExportRequest{request}})
		spans = spans[n:]
	}
	return parts
}

// SendOnce sends every request once, one after the other, until one is refused or fails.
func (l Load) SendOnce(ctx context.Context, client Client) error {
	for _, request := range l.traceRequests {
		if err := client.SendTraces(ctx, request); err != nil {
			return err
		}
	}
	return nil
}

// Send sends every request once more after each refusal until it is acknowledged, the requests in turn to one client
// after the other. After each one, acknowledged is told how many records it held; it may be nil. An error means that
// something was not acknowledged.
func (l Load) Send(ctx context.Context, acknowledged func(records int), clients ...Client) error {
	var sends []func(context.Context) (int, error)
	for i, req := range l.traceRequests {
		client := clients[i%len(clients)]
		sends = append(sends, func(ctx context.Context) (int, error) {
			return req.Traces().SpanCount(), client.SendTraces(ctx, req)
		})
	}
	for i, req := range l.logRequests {
		client := clients[i%len(clients)]
		sends = append(sends, func(ctx context.Context) (int, error) {
			return req.Logs().LogRecordCount(), client.SendLogs(ctx, req)
		})
	}
	for i, req := range l.metricRequests {
		client := clients[i%len(clients)]
		sends = append(sends, func(ctx context.Context) (int, error) {
			return req.Metrics().DataPointCount(), client.SendMetrics(ctx, req)
		})
	}

	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(sends)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				records, err := untilTaken(ctx, sends[i])
				if err != nil {
					cancel(err)
					return
				}
				if acknowledged != nil {
					acknowledged(records)
				}
			}
		})
	}
	group.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("the load was not acknowledged: %w", context.Cause(ctx))
	}
	return nil
}

// untilTaken repeats a send that was refused for now.
func untilTaken(ctx context.Context, send func(context.Context) (int, error)) (records int, err error) {
	waited := Until(ctx, "a request to be acknowledged", func() (bool, string) {
		records, err = send(ctx)
		if errors.Is(err, errRefused) {
			return false, err.Error()
		}
		return true, ""
	})
	if waited != nil {
		return 0, waited
	}
	return records, err
}

func randomTrace(random *rand.Rand) (id pcommon.TraceID) {
	for i := range id {
		id[i] = byte(random.Uint32())
	}
	return id
}

// randomRecords makes n records of one trace: consecutive services in turn, beginning anywhere.
func randomRecords(random *rand.Rand, trace pcommon.TraceID, n, services int) []Record {
	records := make([]Record, n)
	first := random.IntN(services)
	for i := range records {
		r := &records[i]
		r.Trace = trace
		for b := range r.Span {
			r.Span[b] = byte(random.Uint32())
		}
		r.Service = fmt.Sprintf("service-%d", (first+i)%services)
	}
	return records
}

// deal gives the records of one trace to the requests in turn, beginning with the one that has the fewest.
func deal(requests *[requestsOfTrace][]Record, records []Record) {
	first := 0
	for i := range requests {
		if len(requests[i]) < len(requests[first]) {
			first = i
		}
	}
	for i, r := range records {
		request := &requests[(first+i)%requestsOfTrace]
		*request = append(*request, r)
	}
}

func shuffle(random *rand.Rand, records []Record) {
	random.Shuffle(len(records), func(i, j int) { records[i], records[j] = records[j], records[i] })
}

// dress has the spans of a trace dressed, and keeps what they got.
func (s Shape) dress(trace []Record, details map[Record]ptrace.Span) {
	if s.Dress == nil {
		return
	}
	spans := make([]ptrace.Span, len(trace))
	for i, r := range trace {
		spans[i] = ptrace.NewSpan()
		details[r] = spans[i]
	}
	s.Dress(trace, spans)
}

func traceRequest(records []Record, details map[Record]ptrace.Span) ptraceotlp.ExportRequest {
	traces := ptrace.NewTraces()
	of := map[string]ptrace.SpanSlice{}
	for _, r := range records {
		spans, found := of[r.Service]
		if !found {
			resource := traces.ResourceSpans().AppendEmpty()
			resource.Resource().Attributes().PutStr(serviceAttribute, r.Service)
			spans = resource.ScopeSpans().AppendEmpty().Spans()
			of[r.Service] = spans
		}
		span := spans.AppendEmpty()
		span.SetName("work of " + r.Service)
		if more, found := details[r]; found {
			more.CopyTo(span)
		}
		span.SetTraceID(r.Trace)
		span.SetSpanID(r.Span)
	}
	return ptraceotlp.NewExportRequestFromTraces(traces)
}

// pointsOf makes data points of records: their trace is unknown, and their span is when they were measured.
func pointsOf(records []Record) []Record {
	for i := range records {
		records[i].Trace = pcommon.TraceID{}
	}
	return records
}

func metricRequest(records []Record) pmetricotlp.ExportRequest {
	metrics := pmetric.NewMetrics()
	of := map[string]pmetric.NumberDataPointSlice{}
	for _, r := range records {
		points, found := of[r.Service]
		if !found {
			resource := metrics.ResourceMetrics().AppendEmpty()
			resource.Resource().Attributes().PutStr(serviceAttribute, r.Service)
			metric := resource.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
			metric.SetName("work_of_services")
			points = metric.SetEmptyGauge().DataPoints()
			of[r.Service] = points
		}
		point := points.AppendEmpty()
		point.SetTimestamp(pcommon.Timestamp(binary.BigEndian.Uint64(r.Span[:])))
		point.SetIntValue(1)
	}
	return pmetricotlp.NewExportRequestFromMetrics(metrics)
}

func logRequest(records []Record) plogotlp.ExportRequest {
	logs := plog.NewLogs()
	of := map[string]plog.LogRecordSlice{}
	for _, r := range records {
		lines, found := of[r.Service]
		if !found {
			resource := logs.ResourceLogs().AppendEmpty()
			resource.Resource().Attributes().PutStr(serviceAttribute, r.Service)
			lines = resource.ScopeLogs().AppendEmpty().LogRecords()
			of[r.Service] = lines
		}
		line := lines.AppendEmpty()
		line.SetTraceID(r.Trace)
		line.SetSpanID(r.Span)
		line.Body().SetStr("line of " + r.Service)
	}
	return plogotlp.NewExportRequestFromLogs(logs)
}
