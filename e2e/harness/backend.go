package harness

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"net"
	"sync"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	_ "google.golang.org/grpc/encoding/gzip" // the load balancer compresses by default
)

// Backend is an OTLP server over gRPC that records every span, log record and data point that reaches it.
type Backend struct {
	name   string
	addr   string
	server *grpc.Server
	served chan struct{}

	reject int // of the spans of each request

	mu       sync.Mutex
	spans    arrivals
	logs     arrivals
	points   arrivals
	bytes    int // of the requests with spans, as protobuf
	rejected int // spans
}

// arrivals counts records, each by itself and all together.
type arrivals struct {
	times map[Record]int
	total int
}

// StartBackend serves on addr, with TLS when there is a certificate. The name is how a Delivery lists it; tests give
// the endpoint as the load balancer's configuration writes it.
func StartBackend(name, addr string, cert *tls.Certificate) (*Backend, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot start backend %s: %w", name, err)
	}
	var options []grpc.ServerOption
	if cert != nil {
		options = append(options, grpc.Creds(credentials.NewServerTLSFromCert(cert)))
	}
	b := newBackend(name, listener, options...)
	b.serve(listener)
	return b, nil
}

// newBackend makes a backend that is about to serve on a listener.
func newBackend(name string, listener net.Listener, options ...grpc.ServerOption) *Backend {
	b := &Backend{
		name: name, addr: listener.Addr().String(), server: grpc.NewServer(options...), served: make(chan struct{}),
		spans: newArrivals(), logs: newArrivals(), points: newArrivals(),
	}
	ptraceotlp.RegisterGRPCServer(b.server, &traceServer{backend: b})
	plogotlp.RegisterGRPCServer(b.server, &logServer{backend: b})
	pmetricotlp.RegisterGRPCServer(b.server, &metricServer{backend: b})
	return b
}

// serve serves until Stop.
func (b *Backend) serve(listener net.Listener) {
	go func() {
		defer close(b.served)
		// Serve ends with Stop; a backend that ends earlier shows as records that never arrive.
		_ = b.server.Serve(listener)
	}()
}

// Addr is the address on which the backend listens.
func (b *Backend) Addr() string { return b.addr }

// SpanBytes is the size of all requests with spans so far, uncompressed.
func (b *Backend) SpanBytes() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes
}

// Rejected is how many spans the backend has said that it does not take, of requests that it took.
func (b *Backend) Rejected() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.rejected
}

// Stop closes the listener and every connection and returns when nothing serves any more.
func (b *Backend) Stop() {
	b.server.Stop()
	<-b.served
}

// Drain is a Stop that answers what has come first, so that nobody sends it again. Clients are told to go, and it waits
// for them.
func (b *Backend) Drain() {
	b.server.GracefulStop()
	<-b.served
}

// Backends are the backends behind one load balancer.
type Backends []*Backend

// Count is how many spans and log records have arrived since the start or the last Take, repeated ones included.
func (bs Backends) Count() (spans, logs int) {
	for _, b := range bs {
		b.mu.Lock()
		spans += b.spans.total
		logs += b.logs.total
		b.mu.Unlock()
	}
	return spans, logs
}

// Take returns what has arrived since the start or the last Take, and forgets it.
func (bs Backends) Take() (spans, logs Delivery) {
	spans, logs = Delivery{}, Delivery{}
	for _, b := range bs {
		b.mu.Lock()
		spans[b.name], logs[b.name] = b.spans.times, b.logs.times
		b.spans, b.logs = newArrivals(), newArrivals()
		b.mu.Unlock()
	}
	return spans, logs
}

// TakePoints is Take for data points, which neither Take nor Count sees.
func (bs Backends) TakePoints() Delivery {
	points := Delivery{}
	for _, b := range bs {
		b.mu.Lock()
		points[b.name], b.points = b.points.times, newArrivals()
		b.mu.Unlock()
	}
	return points
}

// Stop stops them all.
func (bs Backends) Stop() {
	for _, b := range bs {
		b.Stop()
	}
}

func newArrivals() arrivals { return arrivals{times: map[Record]int{}} }

func (a *arrivals) add(r Record) {
	a.times[r]++
	a.total++
}

// traceServer, logServer and metricServer are the OTLP services of a backend.
type (
	traceServer struct {
		ptraceotlp.UnimplementedGRPCServer
		backend *Backend
	}
	logServer struct {
		plogotlp.UnimplementedGRPCServer
		backend *Backend
	}
	metricServer struct {
		pmetricotlp.UnimplementedGRPCServer
		backend *Backend
	}
)

func (s *traceServer) Export(_ context.Context, req ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	s.backend.bytes += (&ptrace.ProtoMarshaler{}).TracesSize(req.Traces())
	resp, rejected := ptraceotlp.NewExportResponse(), 0
	for _, resource := range req.Traces().ResourceSpans().All() {
		service := serviceName(resource.Resource())
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				if rejected < s.backend.reject {
					rejected++
					continue
				}
				s.backend.spans.add(Record{Trace: span.TraceID(), Span: span.SpanID(), Service: service})
			}
		}
	}
	s.backend.rejected += rejected
	if rejected > 0 {
		resp.PartialSuccess().SetRejectedSpans(int64(rejected))
		resp.PartialSuccess().SetErrorMessage("told to reject some")
	}
	return resp, nil
}

func (s *logServer) Export(_ context.Context, req plogotlp.ExportRequest) (plogotlp.ExportResponse, error) {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	for _, resource := range req.Logs().ResourceLogs().All() {
		service := serviceName(resource.Resource())
		for _, scope := range resource.ScopeLogs().All() {
			for _, record := range scope.LogRecords().All() {
				s.backend.logs.add(Record{Trace: record.TraceID(), Span: record.SpanID(), Service: service})
			}
		}
	}
	return plogotlp.NewExportResponse(), nil
}

func (s *metricServer) Export(_ context.Context, req pmetricotlp.ExportRequest) (pmetricotlp.ExportResponse, error) {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	for _, resource := range req.Metrics().ResourceMetrics().All() {
		service := serviceName(resource.Resource())
		for _, scope := range resource.ScopeMetrics().All() {
			for _, metric := range scope.Metrics().All() {
				for _, point := range metric.Gauge().DataPoints().All() {
					s.backend.points.add(pointRecord(service, point.Timestamp()))
				}
			}
		}
	}
	return pmetricotlp.NewExportResponse(), nil
}

// pointRecord is the record of a data point.
func pointRecord(service string, measured pcommon.Timestamp) (r Record) {
	r.Service = service
	binary.BigEndian.PutUint64(r.Span[:], uint64(measured))
	return r
}

func serviceName(resource pcommon.Resource) string {
	service, found := resource.Attributes().Get(serviceAttribute)
	if !found {
		return ""
	}
	return service.AsString()
}
