package placements

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
)

// sinks are the backends of one list, and what has arrived at them.
type sinks struct {
	servers []*grpc.Server

	mu sync.Mutex
	// owner has the backend of each key, by its number in the list, or one of the two below.
	owner [Keys]int
}

const (
	nowhere = -1 // the key has not arrived yet
	twice   = -2 // the key has arrived more than once
)

// listen starts a server at each backend of the set.
func listen(set Set) (*sinks, error) {
	s := &sinks{}
	s.reset()
	for i, backend := range set.Backends {
		if !strings.Contains(backend, ":") {
			backend += ":4317"
		}
		listener, err := net.Listen("tcp", backend)
		if err != nil {
			s.stop()
			return nil, fmt.Errorf("backend %s: %w", backend, err)
		}
		server := grpc.NewServer()
		ptraceotlp.RegisterGRPCServer(server, &traceSink{sinks: s, backend: i})
		plogotlp.RegisterGRPCServer(server, &logSink{sinks: s, backend: i})
		pmetricotlp.RegisterGRPCServer(server, &metricSink{sinks: s, backend: i})
		s.servers = append(s.servers, server)
		go func() { _ = server.Serve(listener) }()
	}
	return s, nil
}

func (s *sinks) stop() {
	for _, server := range s.servers {
		server.Stop()
	}
}

func (s *sinks) reset() {
	for key := range s.owner {
		s.owner[key] = nowhere
	}
}

// arrived notes that a resource is at a backend.
func (s *sinks) arrived(resource pcommon.Resource, backend int) error {
	service, _ := resource.Attributes().Get("service.name")
	key, err := strconv.Atoi(strings.TrimPrefix(service.AsString(), servicePrefix))
	if err != nil || key < 0 || key >= Keys {
		return fmt.Errorf("service %q is none of ours", service.AsString())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.owner[key] == nowhere {
		s.owner[key] = backend
	} else {
		s.owner[key] = twice
	}
	return nil
}

// placement is a digit per key: the number of its backend in the list.
func (s *sinks) placement() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	digits := make([]byte, Keys)
	for key, backend := range s.owner {
		switch backend {
		case nowhere:
			return nil, fmt.Errorf("key %d did not arrive", key)
		case twice:
			return nil, fmt.Errorf("key %d arrived more than once", key)
		}
		digits[key] = byte('0' + backend)
	}
	return digits, nil
}

type traceSink struct {
	ptraceotlp.UnimplementedGRPCServer
	*sinks
	backend int
}

// Export is called for each request with spans.
func (s *traceSink) Export(_ context.Context, request ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	var err error
	for i := range request.Traces().ResourceSpans().Len() {
		err = errors.Join(err, s.arrived(request.Traces().ResourceSpans().At(i).Resource(), s.backend))
	}
	return ptraceotlp.NewExportResponse(), err
}

type logSink struct {
	plogotlp.UnimplementedGRPCServer
	*sinks
	backend int
}

// Export is called for each request with log records.
func (s *logSink) Export(_ context.Context, request plogotlp.ExportRequest) (plogotlp.ExportResponse, error) {
	var err error
	for i := range request.Logs().ResourceLogs().Len() {
		err = errors.Join(err, s.arrived(request.Logs().ResourceLogs().At(i).Resource(), s.backend))
	}
	return plogotlp.NewExportResponse(), err
}

type metricSink struct {
	pmetricotlp.UnimplementedGRPCServer
	*sinks
	backend int
}

// Export is called for each request with metrics.
func (s *metricSink) Export(_ context.Context, request pmetricotlp.ExportRequest) (pmetricotlp.ExportResponse, error) {
	var err error
	for i := range request.Metrics().ResourceMetrics().Len() {
		err = errors.Join(err, s.arrived(request.Metrics().ResourceMetrics().At(i).Resource(), s.backend))
	}
	return pmetricotlp.NewExportResponse(), err
}
