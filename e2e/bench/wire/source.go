package wire

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
)

const (
	// inFlight is how many requests wait for their answers, as long as there are requests to send.
	inFlight = 8
	// connections are those of a source: what is measured has several clients.
	connections = 4
	// retryConnect is how often a source looks for a server that is not there yet.
	retryConnect = time.Millisecond
)

// Source sends prepared requests to one receiver.
type Source struct {
	method string
	conns  []*grpc.ClientConn
}

// NewSource makes a source for a loopback address, which need not serve yet.
func NewSource(addr string, signal Signal, compression string) (*Source, error) {
	s := &Source{method: Method(signal)}
	for range connections {
		conn, err := Dial(addr, compression)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.conns = append(s.conns, conn)
	}
	return s, nil
}

// Dial makes a connection to a loopback address for Call; calls wait until there is a server.
func Dial(addr, compression string) (*grpc.ClientConn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("a load goes to loopback addresses only, not to %q", addr)
	}
	calls := []grpc.CallOption{grpc.ForceCodecV2(bytesCodec{}), grpc.WaitForReady(true)}
	if compression != None {
		calls = append(calls, grpc.UseCompressor(compression))
	}
	often := backoff.Config{BaseDelay: retryConnect, Multiplier: 1, MaxDelay: retryConnect}
	return grpc.NewClient("passthrough:///"+addr, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(calls...),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: often, MinConnectTimeout: time.Second}))
}

// Call sends one request and returns when it is acknowledged in full.
func Call(ctx context.Context, conn *grpc.ClientConn, method string, request []byte) error {
	var answer []byte
	if err := conn.Invoke(ctx, method, &request, &answer); err != nil {
		return err
	}
	// A receiver that takes everything answers with nothing, or with a partial success that says nothing.
	for f, err := range Fields(answer) {
		if err != nil {
			return err
		}
		if len(f.Value) > 0 {
			return fmt.Errorf("the receiver rejected records: %q", f.Value)
		}
	}
	return nil
}

// Close closes the connections.
func (s *Source) Close() (err error) {
	for _, conn := range s.conns {
		err = errors.Join(err, conn.Close())
	}
	return err
}

// Send sends each request once, several at a time, and returns when all are acknowledged. What should arrive is counted
// in tally, and requests wait while more than limit records are on their way. Nothing is repeated: a request that fails
// is an error.
func (s *Source) Send(ctx context.Context, requests []Request, tally *Tally, limit int) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var next atomic.Int64
	var group sync.WaitGroup
	for worker := range inFlight {
		conn := s.conns[worker%len(s.conns)]
		group.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(requests)) && ctx.Err() == nil; i = next.Add(1) - 1 {
				r := requests[i]
				err := tally.Expect(ctx, r.Arrives, limit)
				if err == nil {
					err = Call(ctx, conn, s.method, r.Body)
				}
				if err != nil {
					cancel(err)
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

// InFlight is how many records are in the requests that are sent at a time.
func InFlight(recordsOfRequest int) int { return inFlight * recordsOfRequest }
