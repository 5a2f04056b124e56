package wire

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"

	"google.golang.org/grpc"
)

// maxMessage is more than any request of a load has, in bytes.
const maxMessage = 16 << 20

// Sinks are the backends of what is measured: OTLP servers over gRPC that count records and keep none.
type Sinks struct {
	sinks  []*sink
	served sync.WaitGroup
}

type sink struct {
	addr   string
	server *grpc.Server
	count  atomic.Int64
}

// StartSinks serves at so many loopback addresses, and tells arrived how many records each request had.
func StartSinks(n int, arrived func(records int)) (*Sinks, error) {
	all := &Sinks{}
	for range n {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			all.Stop()
			return nil, fmt.Errorf("cannot start a sink: %w", err)
		}
		s := &sink{addr: listener.Addr().String()}
		s.server = Server(func(_ context.Context, _ string, request []byte) error {
			records, err := Records(request)
			if err != nil {
				return err
			}
			s.count.Add(int64(records))
			arrived(records)
			return nil
		})
		all.sinks = append(all.sinks, s)
		// It ends with Stop; a sink that ends earlier shows as records that never arrive.
		all.served.Go(func() { _ = s.server.Serve(listener) })
	}
	return all, nil
}

// Addresses are where they serve.
func (s *Sinks) Addresses() (all []string) {
	for _, one := range s.sinks {
		all = append(all, one.addr)
	}
	return all
}

// Counts are how many records each has got.
func (s *Sinks) Counts() (all []int) {
	for _, one := range s.sinks {
		all = append(all, int(one.count.Load()))
	}
	return all
}

// Stop closes listeners and connections, and returns when nothing serves any more.
func (s *Sinks) Stop() {
	for _, one := range s.sinks {
		one.server.Stop()
	}
	s.served.Wait()
}

// Server takes every call as a request of OTLP, by its method and its bytes, and answers it with an empty message.
func Server(take func(ctx context.Context, method string, request []byte) error) *grpc.Server {
	handle := func(_ any, stream grpc.ServerStream) error {
		var request, answer []byte
		if err := stream.RecvMsg(&request); err != nil {
			return err
		}
		method, _ := grpc.MethodFromServerStream(stream)
		if err := take(stream.Context(), method, request); err != nil {
			return err
		}
		return stream.SendMsg(&answer)
	}
	return grpc.NewServer(grpc.ForceServerCodecV2(bytesCodec{}), grpc.UnknownServiceHandler(handle),
		grpc.MaxRecvMsgSize(maxMessage))
}
