package balancer

import (
	"bytes"
	"context"
	"io"
	"maps"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configcompression"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/otelcol-river/otelcol-river/balancer/internal/resolver"
)

// until looks again and again until cond holds; 30 seconds are far beyond what a busy machine needs.
func until(t *testing.T, what string, cond func() bool) {
	t.Helper()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	late := time.After(30 * time.Second)
	for !cond() {
		select {
		case <-late:
			t.Fatalf("waited for %s", what)
		case <-again.C:
		}
	}
}

// A sink is a backend that keeps what it gets.
type sink struct {
	address string

	mu      sync.Mutex
	answer  error // to all requests
	traces  map[pcommon.TraceID]int
	spans   int
	records int
	points  int
}

func (s *sink) refuseWith(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = err
}

func (s *sink) counts() (spans, records, points int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.spans, s.records, s.points
}

type traceSink struct {
	*sink
	ptraceotlp.UnimplementedGRPCServer
}

func (s *traceSink) Export(_ context.Context, r ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answer != nil {
		return ptraceotlp.NewExportResponse(), s.answer
	}
	for _, resource := range r.Traces().ResourceSpans().All() {
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				s.traces[span.TraceID()]++
			}
		}
	}
	s.spans += r.Traces().SpanCount()
	return ptraceotlp.NewExportResponse(), nil
}

type logSink struct {
	*sink
	plogotlp.UnimplementedGRPCServer
}

func (s *logSink) Export(_ context.Context, r plogotlp.ExportRequest) (plogotlp.ExportResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.records += r.Logs().LogRecordCount()
	return plogotlp.NewExportResponse(), s.answer
}

type metricSink struct {
	*sink
	pmetricotlp.UnimplementedGRPCServer
}

func (s *metricSink) Export(_ context.Context, r pmetricotlp.ExportRequest) (pmetricotlp.ExportResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.points += r.Metrics().DataPointCount()
	return pmetricotlp.NewExportResponse(), s.answer
}

func startSink(t *testing.T) *sink {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &sink{address: listener.Addr().String(), traces: map[pcommon.TraceID]int{}}
	server := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(server, &traceSink{sink: s})
	plogotlp.RegisterGRPCServer(server, &logSink{sink: s})
	pmetricotlp.RegisterGRPCServer(server, &metricSink{sink: s})
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	t.Cleanup(func() {
		server.Stop()
		serving.Wait()
	})
	return s
}

func startSinks(t *testing.T, n int) []*sink {
	t.Helper()
	sinks := make([]*sink, n)
	for i := range sinks {
		sinks[i] = startSink(t)
	}
	return sinks
}

func total(sinks []*sink) (spans, records, points int) {
	for _, s := range sinks {
		moreSpans, moreRecords, morePoints := s.counts()
		spans, records, points = spans+moreSpans, records+moreRecords, points+morePoints
	}
	return spans, records, points
}

// balanceTo changes a configuration: plain connections to these backends, and answers only once they have answered.
func balanceTo(config *Config, sinks ...*sink) {
	var addresses []string
	for _, s := range sinks {
		addresses = append(addresses, s.address)
	}
	config.Resolver.Static = configoptional.Some(resolver.Static{Hostnames: addresses})
	config.Protocol.OTLP.TLS.Insecure = true
	config.Protocol.OTLP.Compression = configcompression.Type("none")
	config.Delivery.SendingQueue.Enabled = false
}

func receiverConfig(sinks ...*sink) *ReceiverConfig {
	config := defaultReceiverConfig().(*ReceiverConfig)
	balanceTo(&config.Config, sinks...)
	config.Protocols.GRPC.GetOrInsertDefault().NetAddr.Endpoint = "127.0.0.1:0"
	config.Protocols.HTTP.GetOrInsertDefault().ServerConfig.NetAddr.Endpoint = "127.0.0.1:0"
	return config
}

func exporterConfig(sinks ...*sink) *ExporterConfig {
	config := defaultExporterConfig().(*ExporterConfig)
	balanceTo(&config.Config, sinks...)
	return config
}

func receiverSettings(log *zap.Logger) receiver.Settings {
	telemetry := componenttest.NewNopTelemetrySettings()
	telemetry.Logger = log
	return receiver.Settings{ID: component.NewID(componentType), TelemetrySettings: telemetry}
}

func exporterSettings() exporter.Settings {
	return exporter.Settings{
		ID: component.NewID(componentType), TelemetrySettings: componenttest.NewNopTelemetrySettings(),
	}
}

// host is a collector with extensions.
type host map[component.ID]component.Component

func (h host) GetExtensions() map[component.ID]component.Component { return h }

// A running receiver has all three signals.
type running struct {
	signals []component.Component
	grpc    *grpc.ClientConn
	http    string
	log     *observer.ObservedLogs
	metrics *componenttest.Telemetry
}

func startReceiver(t *testing.T, config *ReceiverConfig, h component.Host) *running {
	t.Helper()
	core, log := observer.New(zap.InfoLevel)
	r := &running{log: log, metrics: componenttest.NewTelemetry()}
	set := receiverSettings(zap.New(core))
	set.MeterProvider = r.metrics.NewTelemetrySettings().MeterProvider
	r.signals = newReceivers(t, config, set)
	t.Cleanup(func() { r.stop(t) })
	for _, signal := range r.signals {
		if err := signal.Start(t.Context(), h); err != nil {
			t.Fatal(err)
		}
	}
	r.http = "http://" + endpoint(t, log, "takes OTLP over HTTP")
	r.grpc = connect(t, endpoint(t, log, "takes OTLP over gRPC"))
	return r
}

// newReceivers makes a receiver of each signal out of one configuration, as the collector does.
func newReceivers(t *testing.T, config *ReceiverConfig, set receiver.Settings) []component.Component {
	t.Helper()
	factory, next := NewReceiverFactory(), consumertest.NewErr(io.ErrUnexpectedEOF)
	traces, err := factory.CreateTraces(t.Context(), set, config, next)
	if err != nil {
		t.Fatal(err)
	}
	logs, err := factory.CreateLogs(t.Context(), set, config, next)
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := factory.CreateMetrics(t.Context(), set, config, next)
	if err != nil {
		t.Fatal(err)
	}
	return []component.Component{traces, logs, metrics}
}

func (r *running) stop(t *testing.T) {
	t.Helper()
	for _, signal := range r.signals {
		if err := signal.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}
}

// measured is what a metric of the component shows of a signal, whatever the backend.
func (r *running) measured(t *testing.T, name, signal string) int64 {
	t.Helper()
	metric, err := r.metrics.GetMetric("otelcol_otlp_balancer_" + name)
	if err != nil {
		return 0 // nothing is shown yet
	}
	var points []metricdata.DataPoint[int64]
	switch data := metric.Data.(type) {
	case metricdata.Sum[int64]:
		points = data.DataPoints
	case metricdata.Gauge[int64]:
		points = data.DataPoints
	}
	sum := int64(0)
	for _, point := range points {
		if of, _ := point.Attributes.Value("signal"); of.AsString() == signal {
			sum += point.Value
		}
	}
	return sum
}

// endpoint is where a server says in the log that it listens.
func endpoint(t *testing.T, log *observer.ObservedLogs, message string) string {
	t.Helper()
	entries := log.FilterMessage(message).All()
	if len(entries) != 1 {
		t.Fatalf("%q is logged %d times", message, len(entries))
	}
	return entries[0].ContextMap()["endpoint"].(string)
}

func connect(t *testing.T, address string) *grpc.ClientConn {
	t.Helper()
	c, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// An answer over HTTP.
type httpAnswer struct {
	code        int
	contentType string
	retryAfter  string
	body        []byte
}

func post(t *testing.T, url, contentType, encoding string, body []byte) httpAnswer {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", contentType)
	if encoding != "" {
		request.Header.Set("Content-Encoding", encoding)
	}
	return do(t, request)
}

func do(t *testing.T, request *http.Request) httpAnswer {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	response, err := transport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return httpAnswer{
		code:        response.StatusCode,
		contentType: response.Header.Get("Content-Type"),
		retryAfter:  response.Header.Get("Retry-After"),
		body:        text,
	}
}

// someTraces has two spans for each trace, which stand in different resources.
func someTraces(traces int) ptrace.Traces {
	data := ptrace.NewTraces()
	for _, service := range []string{"shop", "till"} {
		resource := data.ResourceSpans().AppendEmpty()
		resource.Resource().Attributes().PutStr("service.name", service)
		spans := resource.ScopeSpans().AppendEmpty().Spans()
		for i := range traces {
			span := spans.AppendEmpty()
			span.SetTraceID(pcommon.TraceID{1, byte(i >> 8), byte(i), 7})
			span.SetSpanID(pcommon.SpanID{byte(i >> 8), byte(i), byte(len(service))})
			span.SetName("sell")
		}
	}
	return data
}

func someLogs(records int) plog.Logs {
	data := plog.NewLogs()
	resource := data.ResourceLogs().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "shop")
	list := resource.ScopeLogs().AppendEmpty().LogRecords()
	for i := range records {
		record := list.AppendEmpty()
		record.SetTraceID(pcommon.TraceID{1, byte(i >> 8), byte(i), 7})
		record.Body().SetStr("sold")
	}
	return data
}

func someMetrics(points int) pmetric.Metrics {
	data := pmetric.NewMetrics()
	resource := data.ResourceMetrics().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "shop")
	metric := resource.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
	metric.SetName("sales")
	list := metric.SetEmptyGauge().DataPoints()
	for range points {
		list.AppendEmpty().SetIntValue(1)
	}
	return data
}

func encodedTraces(t *testing.T, traces int) []byte {
	t.Helper()
	body, err := ptraceotlp.NewExportRequestFromTraces(someTraces(traces)).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// eachTraceTogether: both spans of each trace are on one sink, and each sink has some.
func eachTraceTogether(t *testing.T, sinks []*sink, traces int) {
	t.Helper()
	seen := 0
	for i, s := range sinks {
		s.mu.Lock()
		if len(s.traces) == 0 {
			t.Errorf("sink %d has nothing", i)
		}
		for id, spans := range s.traces {
			seen++
			if spans != 2 {
				t.Errorf("sink %d has %d spans of trace %s", i, spans, id)
			}
		}
		s.mu.Unlock()
	}
	if seen != traces {
		t.Errorf("%d traces of %d arrived", seen, traces)
	}
}

// ours are the goroutines that run code of this component or of gRPC, apart from the test's own.
func ours() map[string]string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	running := map[string]string{}
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "testing.tRunner(") || strings.Contains(stack, "startSink") {
			continue
		}
		if strings.Contains(stack, "/balancer") || strings.Contains(stack, "google.golang.org/grpc") {
			name, _, _ := strings.Cut(stack, " [")
			running[name] = stack
		}
	}
	return running
}

// untilGone waits until no goroutine is left that was not there before.
func untilGone(t *testing.T, before map[string]string) {
	t.Helper()
	var left map[string]string
	defer func() {
		for _, stack := range left {
			t.Log(stack)
		}
	}()
	until(t, "the goroutines to end", func() bool {
		left = ours()
		maps.DeleteFunc(left, func(name, _ string) bool { return before[name] != "" })
		return len(left) == 0
	})
}
