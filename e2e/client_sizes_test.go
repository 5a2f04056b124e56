package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

const mib = 1 << 20

// TestClientMessageSize: the client block has no limit for messages; those who receive do. Where nothing is said, they
// take four MiB, however small a message gets by compression. What the load balancer itself does not take, its sender
// hears of; what a backend does not take is lost.
func TestClientMessageSize(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		large := `max_recv_msg_size = "16MiB"`
		roomy := harness.WatchOptions{Options: []grpc.ServerOption{grpc.MaxRecvMsgSize(16 * mib)}}
		b := startBench(ctx, t, nil,
			variant{name: "unset", client: plain, backend: roomy},
			variant{name: "large", client: plain, receiver: large, backend: roomy},
			variant{name: "small_backend", client: plain, receiver: large},
		)
		err := b.all["unset"].client.SendTraces(ctx, bigSpan(5*mib))
		if status.Code(err) != codes.ResourceExhausted || !strings.Contains(err.Error(), "larger than max") {
			t.Errorf("the sender of five MiB is told %v", err)
		}
		one := b.all["large"]
		if err := one.client.SendTraces(ctx, bigSpan(5*mib)); err != nil {
			t.Fatal(err)
		}
		one.owed = append(one.owed, oneRecord(1))
		one.arrives(ctx, t)
		if size := one.last(t); size.Message < 5*mib || size.Compressed > mib {
			t.Errorf("%d bytes arrived for a message of %d", size.Compressed, size.Message)
		}
		if err := b.all["small_backend"].client.SendTraces(ctx, bigSpan(5*mib)); err != nil {
			t.Fatal(err)
		}
		b.all["small_backend"].says(ctx, t, "Exporting failed. Dropping data.", "after decompression larger than max 4194304")
		for _, one := range b.all {
			one.delivers(ctx, t)
		}
		b.settle(t)
	})
}

// bigSpan is a request of more than so many bytes.
func bigSpan(size int) ptraceotlp.ExportRequest {
	request := oneSpan(1)
	span := request.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0)
	span.Attributes().PutStr("big", strings.Repeat("0", size))
	return request
}

// TestClientWriteBuffer: what the load balancer writes at once is one record of TLS, so write_buffer_size bounds these.
// Beyond that, TLS makes its own decisions: the default of 512 KiB looks like any other that is large.
func TestClientWriteBuffer(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		authority := newAuthority(t, "ours")
		secured := harness.WatchOptions{TLS: serving(issue(t, authority, "backend", backendHosts...))}
		const whole = `compression = "none"` + "\n"
		const size = 512
		b := startBench(ctx, t, []string{trustFile(t, authority.PEM)},
			variant{name: "small", client: whole + fmt.Sprintf(`write_buffer_size = "%dB"`, size), backend: secured},
			variant{name: "unset", client: whole, backend: secured},
		)
		const sealed = size + 17 // with a type and the tag of the cipher
		for name, bounded := range map[string]bool{"small": true, "unset": false} {
			one := b.all[name]
			one.delivers(ctx, t)
			if message := one.last(t).Message; message <= size {
				t.Fatalf("a message of %d bytes proves nothing", message)
			}
			largest := slices.Max(one.backend.Connections()[0].Records())
			if bounded && largest != sealed || !bounded && largest <= sealed {
				t.Errorf("%s: the largest record is %d bytes", name, largest)
			}
		}
		b.settle(t)
	})
}

// TestClientReadBuffer: how much the load balancer reads at once. A backend sends it many small frames, and the kernel
// counts the calls with which it reads them.
func TestClientReadBuffer(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		const frames, frameSize, size = 2000, 17, 64
		const least = frames * frameSize / size
		t.Run("small", func(t *testing.T) {
			calls := callsToRead(ctx, t, fmt.Sprintf("read_buffer_size = \"%dB\"\n", size), frames)
			if calls < least {
				t.Errorf("%d calls read %d bytes", calls, frames*frameSize)
			}
		})
		t.Run("unset", func(t *testing.T) {
			calls := callsToRead(ctx, t, "", frames)
			if calls >= least/2 {
				t.Errorf("%d calls read %d bytes", calls, frames*frameSize)
			}
		})
	})
}

// callsToRead counts the calls with which a load balancer reads so many pings that a backend sends it at once.
func callsToRead(ctx context.Context, t *testing.T, arguments string, pings int) int {
	t.Helper()
	b := startBench(ctx, t, nil, variant{name: "reader", client: arguments + plain})
	one := b.all["reader"]
	one.delivers(ctx, t)
	connection := one.backend.Connections()[0]
	before := readCalls(t, b.lb)
	if err := connection.Ping(pings); err != nil {
		t.Fatal(err)
	}
	err := harness.Until(ctx, "all pings to be answered", func() (bool, string) {
		return connection.Answers() >= pings, fmt.Sprint(connection.Answers())
	})
	if err != nil {
		t.Fatal(err)
	}
	calls := readCalls(t, b.lb) - before
	b.settle(t)
	return calls
}

func readCalls(t *testing.T, lb *harness.Collector) int {
	t.Helper()
	calls, err := lb.ReadCalls()
	if err != nil {
		t.Fatal(err)
	}
	return calls
}
