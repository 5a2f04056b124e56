package harness

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	_ "google.golang.org/grpc/encoding/gzip" // the load balancer compresses by default
)

// Backend is an OTLP server over gRPC that records every span and log record that reaches it.
type Backend struct {
	name   string
	addr   string
	server *grpc.Server
	served chan struct{}

	mu    sync.Mutex
	spans arrivals
	logs  arrivals
	bytes int // of the requests with spans, as protobuf
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
	return serve(name, listener, options...), nil
}

// serve serves on a listener until Stop.
func serve(name string, listener net.Listener, options ...grpc.ServerOption) *Backend {
	b := &Backend{
		name: name, addr: listener.Addr().String(), server: grpc.NewServer(options...), served: make(chan struct{}),
		spans: arrivals{times: map[Record]int{}}, logs: arrivals{times: map[Record]int{}},
	}
	ptraceotlp.RegisterGRPCServer(b.server, &traceServer{backend: b})
	plogotlp.RegisterGRPCServer(b.server, &logServer{backend: b})
	go func() {
		defer close(b.served)
		// Serve ends with Stop; a backend that ends earlier shows as records that never arrive.
		_ = b.server.Serve(listener)
	}()
	return b
}

// Addr is the address on which the backend listens.
func (b *Backend) Addr() string { return b.addr }

// SpanBytes is the size of all requests with spans so far, uncompressed.
func (b *Backend) SpanBytes() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.bytes
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
		b.spans, b.logs = arrivals{times: map[Record]int{}}, arrivals{times: map[Record]int{}}
		b.mu.Unlock()
	}
	return spans, logs
}

// Stop stops them all.
func (bs Backends) Stop() {
	for _, b := range bs {
		b.Stop()
	}
}

func (a *arrivals) add(r Record) {
	a.times[r]++
	a.total++
}

// traceServer and logServer are the two OTLP services of a backend.
type (
	traceServer struct {
		ptraceotlp.UnimplementedGRPCServer
		backend *Backend
	}
	logServer struct {
		plogotlp.UnimplementedGRPCServer
		backend *Backend
	}
)

func (s *traceServer) Export(_ context.Context, req ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	s.backend.mu.Lock()
	defer s.backend.mu.Unlock()
	s.backend.bytes += (&ptrace.ProtoMarshaler{}).TracesSize(req.Traces())
	for _, resource := range req.Traces().ResourceSpans().All() {
		service := serviceName(resource.Resource())
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				s.backend.spans.add(Record{Trace: span.TraceID(), Span: span.SpanID(), Service: service})
			}
		}
	}
	return ptraceotlp.NewExportResponse(), nil
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

func serviceName(resource pcommon.Resource) string {
	service, found := resource.Attributes().Get(serviceAttribute)
	if !found {
		return ""
	}
	return service.AsString()
}
