// Package floor is what a collector cannot go below: programs that do only what the work of a cell demands of anyone.
// Each runs as a process of its own, so that it is measured as collectors are.
package floor

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"google.golang.org/grpc"

	"github.com/otelcol-river/otelcol-river/e2e/bench/wire"
	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// The floors.
const (
	Recode = "recode" // decodes each request, encodes it again, and passes it on
	Split  = "split"  // takes requests apart by trace, on their bytes, and passes the parts on
)

// servedVar tells a program that Start has started it, and what to serve.
const servedVar = "OTELCOL_RIVER_BENCH_FLOOR"

// Start serves OTLP over gRPC at addr in a process of its own, a copy of this program, which has to call Serve first of
// all. Recode passes everything on to the first backend.
func Start(name, addr, compression string, backends []string) (*harness.Process, error) {
	served := strings.Join(append([]string{name, addr, compression}, backends...), ",")
	return harness.StartCopy(name, servedVar+"="+served)
}

// Serve serves until the process is asked to end, if Start has started this program; else it returns false at once.
func Serve() (bool, error) {
	served, asked := os.LookupEnv(servedVar)
	if !asked {
		return false, nil
	}
	wire.UseFastest()
	// They hold so little that memory would be cleaned up all the time; collectors hold more.
	debug.SetGCPercent(400)
	name, rest, _ := strings.Cut(served, ",")
	addresses := strings.Split(rest, ",")
	const atLeast = 3 // address, compression, a backend
	if len(addresses) < atLeast {
		return true, fmt.Errorf("cannot serve %q", served)
	}
	backends, err := dial(addresses[1], addresses[2:])
	if err != nil {
		return true, err
	}
	return true, serve(addresses[0], map[string]taker{
		Recode: backends.recode, Split: backends.split,
	}[name])
}

// taker passes on one request, and returns when it has arrived.
type taker func(ctx context.Context, method string, request []byte) error

func serve(addr string, take taker) error {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	server := wire.Server(take)
	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ended, server.Stop)()
	return server.Serve(listener)
}

// backends are connections to all backends.
type backends []*grpc.ClientConn

func dial(compression string, addresses []string) (all backends, err error) {
	for _, addr := range addresses {
		conn, err := wire.Dial(addr, compression)
		if err != nil {
			return nil, err
		}
		all = append(all, conn)
	}
	return all, nil
}
