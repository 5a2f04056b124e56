package harness

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/stats"
)

// WatchOptions say how a watched backend serves.
type WatchOptions struct {
	TLS     *tls.Config         // nil is plain text
	Options []grpc.ServerOption // limits of the server
	// Answer is asked before each request is taken. With an error, that is the answer, and nothing is recorded as
	// arrived. It may wait for something, and should give up with the context. It may be nil.
	Answer func(ctx context.Context) error
	// Reject is how many spans of each request are not taken, nor recorded, and how many the answer says that it rejects.
	Reject int
}

// WatchedBackend is a backend that also remembers how its requests came: around the spans, and below gRPC.
type WatchedBackend struct {
	*Backend
	tap    *tap
	answer func(ctx context.Context) error

	mu       sync.Mutex
	requests []Request
	open     int // requests that are not answered yet
	mostOpen int
}

// Request is one request without its spans.
type Request struct {
	Metadata   metadata.MD          // its headers; ":authority" is one of them
	Encoding   string               // the compression that grpc-encoding names
	Compressed int                  // bytes of the message on the wire
	Message    int                  // bytes of the message
	TLS        *tls.ConnectionState // nil without TLS
}

// WatchBackend serves on addr until Stop.
func WatchBackend(name, addr string, o WatchOptions) (*WatchedBackend, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot start backend %s: %w", name, err)
	}
	w := &WatchedBackend{tap: &tap{Listener: listener, encrypted: o.TLS != nil}, answer: o.Answer}
	options := append(slices.Clone(o.Options), grpc.StatsHandler(w), grpc.UnaryInterceptor(w.take))
	if o.TLS != nil {
		options = append(options, grpc.Creds(credentials.NewTLS(o.TLS)))
	}
	w.Backend = newBackend(name, w.tap, options...)
	w.reject = o.Reject
	w.serve(w.tap)
	return w, nil
}

// Requests are the requests so far whose message arrived, also those that were answered with an error.
func (w *WatchedBackend) Requests() []Request {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.requests)
}

// Open is how many requests wait for their answer, and how many did at most.
func (w *WatchedBackend) Open() (now, most int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.open, w.mostOpen
}

// Connections are all connections that were ever made to the backend, in their order.
func (w *WatchedBackend) Connections() []*Connection { return w.tap.all() }

// take answers one request.
func (w *WatchedBackend) take(
	ctx context.Context, req any, _ *grpc.UnaryServerInfo, handle grpc.UnaryHandler,
) (any, error) {
	w.arrived(ctx)
	defer w.answered()
	if w.answer != nil {
		if err := w.answer(ctx); err != nil {
			return nil, err
		}
	}
	return handle(ctx, req)
}

func (w *WatchedBackend) arrived(ctx context.Context) {
	request, _ := ctx.Value(requestKey{}).(*Request)
	if p, found := peer.FromContext(ctx); found {
		if info, encrypted := p.AuthInfo.(credentials.TLSInfo); encrypted {
			request.TLS = &info.State
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.requests = append(w.requests, *request)
	w.open++
	w.mostOpen = max(w.mostOpen, w.open)
}

func (w *WatchedBackend) answered() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open--
}

// requestKey is where the context of a request holds what gRPC tells about it.
type requestKey struct{}

// TagRPC is part of stats.Handler: gRPC is about to read a request.
func (w *WatchedBackend) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context {
	return context.WithValue(ctx, requestKey{}, &Request{})
}

// HandleRPC is part of stats.Handler: it hears of the headers and of the message before take is called.
func (w *WatchedBackend) HandleRPC(ctx context.Context, event stats.RPCStats) {
	request, _ := ctx.Value(requestKey{}).(*Request)
	switch e := event.(type) {
	case *stats.InHeader:
		request.Metadata, request.Encoding = e.Header.Copy(), e.Compression
	case *stats.InPayload:
		request.Compressed, request.Message = e.CompressedLength, e.Length
	}
}

// TagConn is part of stats.Handler.
func (w *WatchedBackend) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context {
	return ctx
}

// HandleConn is part of stats.Handler.
func (w *WatchedBackend) HandleConn(context.Context, stats.ConnStats) {}
