package e2e

import (
	"context"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

const (
	// What a slow client has sent before it becomes slow: half a header, or half a body.
	halfHeader = "POST /v1/traces HTTP/1.1\r\nHost: here\r\nX-Slow: "
	halfBody   = "POST /v1/traces HTTP/1.1\r\nHost: here\r\nContent-Type: application/x-protobuf\r\n" +
		"Content-Length: 1000000\r\n\r\n"
)

// manySlow is how many slow clients of one kind there are, and idleConnections how many that say nothing.
const (
	manySlow        = 500
	idleConnections = 10_000
)

// TestReceiverSlowClients: clients that send a byte now and then hold their connections for as long as they like, and
// the collector's end up, unless timeouts are set. The others are served either way.
func TestReceiverSlowClients(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		for _, c := range []struct {
			name   string
			config []string
			hangUp bool
		}{
			{"as converted from Agent Flow", []string{riverFile(t, "receiving.river")}, false},
			{"with a configuration beside River", []string{
				riverFile(t, "receiving.river"), "yaml:receivers::otlp/default::protocols::http::read_timeout: 1s",
			}, true},
			{"with arguments of Alloy", []string{riverFile(t, "patience.alloy")}, true},
		} {
			t.Run(c.name, func(t *testing.T) {
				r := startReceiver(ctx, t, c.config...)
				var slow connections
				r.withstands(ctx, t, anyAttack, func() {
					slow = connect(ctx, t, httpAddr, 2*manySlow)
					slow[:manySlow].write(halfHeader)
					slow[manySlow:].write(halfBody)
					if c.hangUp {
						slow.untilHungUp(ctx, t)
					} else {
						slow.stayFor(t, 50)
					}
				})
				if !c.hangUp {
					r.waitsInItsEnd(ctx, t, slow[manySlow:])
				}
				if err := r.collector.Stop(); err != nil {
					t.Error(err)
				}
			})
		}
	})
}

// untilHungUp sends a byte now and then on every connection until the other side has ended all of them.
func (c connections) untilHungUp(ctx context.Context, t *testing.T) {
	t.Helper()
	err := harness.Until(ctx, "the slow connections to be ended", func() (bool, string) {
		left := c.write("a")
		return left == 0, fmt.Sprintf("%d of %d are open", left, len(c))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// stayFor sends a byte so many times on every connection, and checks that none is ended.
func (c connections) stayFor(t *testing.T, times int) {
	t.Helper()
	pause := time.NewTicker(50 * time.Millisecond)
	defer pause.Stop()
	for range times {
		<-pause.C
		if left := c.write("a"); left != len(c) {
			t.Errorf("%d of %d slow connections were ended without a timeout", len(c)-left, len(c))
			return
		}
	}
}

// waitsInItsEnd asks the collector to end, checks that slow clients are waited for, and has them go.
func (r *receiver) waitsInItsEnd(ctx context.Context, t *testing.T, slow connections) {
	t.Helper()
	if err := r.collector.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	err := harness.Until(ctx, "the collector to begin its end", func() (bool, string) {
		return strings.Contains(r.collector.Log(), "Starting shutdown..."), "it has not"
	})
	if err != nil {
		t.Fatal(err)
	}
	slow.stayFor(t, 50)
	for _, conn := range slow {
		_ = conn.Close()
	}
}

// TestReceiverIdleConnections: thousands of connections on which nothing happens cost some memory, and nobody else is
// kept waiting.
func TestReceiverIdleConnections(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		needDescriptors(t, idleConnections+1000)
		r := startReceiver(ctx, t, riverFile(t, "receiving.river"))
		r.withstands(ctx, t, idleConnections*idleCost, func() {
			kept := connect(ctx, t, httpAddr, idleConnections/2)
			over := connect(ctx, t, grpcAddr, idleConnections/2)
			over.write(preface)
			over.greeted(t)
			for _, conns := range []connections{kept, over} {
				if left := conns.write("P"); left != len(conns) {
					t.Errorf("%d of %d idle connections were ended", len(conns)-left, len(conns))
				}
			}
		})
	})
}

// idleCost bounds what one idle connection takes, on average.
const idleCost = 64 << 10

// needDescriptors fails a test for which the machine lets a process open too few files. Go's runtime has raised the
// limit as far as it may be raised, and does so in the collector, too.
func needDescriptors(t *testing.T, n uint64) {
	t.Helper()
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if limit.Cur < n {
		t.Fatalf("a process may open %d files here, and the test needs %d: raise the hard limit, ulimit -Hn", limit.Cur, n)
	}
}

// greeted reads the first bytes that an HTTP/2 server says on every connection.
func (c connections) greeted(t *testing.T) {
	t.Helper()
	for i, conn := range c {
		if _, err := conn.Read(make([]byte, 1)); err != nil {
			t.Fatalf("gRPC connection %d of %d: %v", i, len(c), err)
		}
	}
}

// TestReceiverIdleTimeouts: the arguments that have the collector end idle connections do.
func TestReceiverIdleTimeouts(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		r := startReceiver(ctx, t, riverFile(t, "patience.alloy"))
		r.withstands(ctx, t, anyAttack, func() {
			over, kept := connect(ctx, t, grpcAddr, 100), connect(ctx, t, httpAddr, 100)
			over.write(preface)
			kept.write("GET /v1/traces HTTP/1.1\r\nHost: here\r\n\r\n")
			for _, conn := range append(over, kept...) {
				if err := hungUp(conn); err != nil {
					t.Error(err)
				}
			}
		})
	})
}

// TestReceiverHeldCalls: gRPC calls that never send their request are held until their connection is too old.
func TestReceiverHeldCalls(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		f := form{"river", harness.River, []string{riverFile(t, "receiving.river"),
			"yaml:receivers::otlp/default::protocols::grpc::keepalive::server_parameters::max_connection_age: 1s",
			"yaml:receivers::otlp/default::protocols::grpc::keepalive::server_parameters::max_connection_age_grace: 1s"}}
		startLoadBalancer(ctx, t, f, []string{grpcAddr})
		conn, err := grpc.NewClient("passthrough:///"+grpcAddr, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		var calls []grpc.ClientStream
		for range 50 {
			call, err := conn.NewStream(ctx, &grpc.StreamDesc{ClientStreams: true}, exportTraces)
			if err != nil {
				t.Fatal(err)
			}
			calls = append(calls, call)
		}
		for _, call := range calls {
			if err := call.RecvMsg(nil); status.Code(err) != codes.Unavailable {
				t.Fatalf("a call that sends nothing ends with %v, expected Unavailable", err)
			}
		}
	})
}
