package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// The tests in client_*_test.go are about the arguments of a load balancer's client, queue and retry blocks. A bench is
// one collector with a load balancer for each setting, each with a receiver and a backend of its own: a table of
// settings needs no more than one collector.

// variant is one load balancer on a bench.
type variant struct {
	name      string   // the label of its components in River
	client    string   // what stands in its client block
	otlp      string   // what stands beside the client block
	component string   // a component beside the load balancer
	receiver  string   // what else stands in its receiver's grpc block
	hosts     []string // its static resolver; only its backend when there are none
	backend   harness.WatchOptions
}

// benchBalancer is a variant that runs.
type benchBalancer struct {
	variant
	lb      *harness.Collector
	client  harness.Client
	backend *harness.WatchedBackend
	seed    uint64
	singles byte
	owed    []harness.Record
	arrived harness.Delivery
}

// plain is a client without TLS.
const plain = `tls { insecure = true }`

// numberedReceiver and backendAt are the addresses of the load balancer at a position on a bench, and of its backend.
func numberedReceiver(position int) string { return fmt.Sprintf("127.1.0.%d:4317", position+1) }
func backendAt(position int) string        { return fmt.Sprintf("127.2.0.%d:4317", position+1) }

// bench is a collector with several load balancers.
type bench struct {
	lb  *harness.Collector
	all map[string]*benchBalancer
}

// startBench starts the backends of all variants and one collector in front of them, until the test ends.
func startBench(ctx context.Context, t *testing.T, env []string, variants ...variant) *bench {
	t.Helper()
	backends := make([]*harness.WatchedBackend, len(variants))
	for i, v := range variants {
		backends[i] = watchBackend(t, backendAt(i), v.backend)
	}
	return startBenchOf(ctx, t, env, backends, variants...)
}

// startBenchOf is startBench with backends that stand already, or are nil.
func startBenchOf(
	ctx context.Context, t *testing.T, env []string, backends []*harness.WatchedBackend, variants ...variant,
) *bench {
	t.Helper()
	var river strings.Builder
	var listens []string
	for i, v := range variants {
		river.WriteString(v.river(i))
		listens = append(listens, numberedReceiver(i))
	}
	f := riverForm(writeRiver(t, river.String())).with(everyMessage)
	b := &bench{lb: startLoadBalancer(ctx, t, f, listens, env...), all: map[string]*benchBalancer{}}
	for i, v := range variants {
		b.all[v.name] = &benchBalancer{
			variant: v, lb: b.lb, client: newClient(t, harness.NewGRPCClient, numberedReceiver(i)), backend: backends[i],
			arrived: harness.Delivery{},
		}
	}
	return b
}

func watchBackend(t *testing.T, addr string, o harness.WatchOptions) *harness.WatchedBackend {
	t.Helper()
	backend, err := harness.WatchBackend(addr, addr, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Stop)
	return backend
}

// river is the variant as River of Agent Flow.
func (v variant) river(position int) string {
	hosts := v.hosts
	if hosts == nil {
		hosts = []string{backendAt(position)}
	}
	return fmt.Sprintf(`
otelcol.receiver.otlp %[1]q {
  grpc {
    endpoint = %[2]q
    %[3]s
  }
  output { traces = [otelcol.exporter.loadbalancing.%[1]s.input] }
}
otelcol.exporter.loadbalancing %[1]q {
  resolver {
    static { hostnames = ["%[4]s"] }
  }
  protocol {
    otlp {
      client {
        %[5]s
      }
      %[6]s
    }
  }
}
%[7]s
`, v.name, numberedReceiver(position), v.receiver, strings.Join(hosts, `", "`), v.client, v.otlp, v.component)
}

func writeRiver(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bench.river")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// settle ends the collector, which delivers what it still has, and checks that each backend got what it is owed exactly
// once, and nothing else.
func (b *bench) settle(t *testing.T) {
	t.Helper()
	if err := b.lb.Stop(); err != nil {
		t.Fatal(err)
	}
	for name, one := range b.all {
		if one.backend == nil {
			continue
		}
		one.remember()
		if err := one.arrived.Audit(one.owed).Err(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// send sends a load that the load balancer acknowledges.
func (b *benchBalancer) send(ctx context.Context, t *testing.T) harness.Load {
	t.Helper()
	b.seed++
	load := harness.NewLoad(harness.Shape{Seed: b.seed, Traces: 20, Spans: 4, Services: 3})
	if err := load.Send(ctx, nil, b.client); err != nil {
		t.Fatalf("%s: %v", b.name, err)
	}
	return load
}

// delivers sends a load and waits until all of it has arrived.
func (b *benchBalancer) delivers(ctx context.Context, t *testing.T) {
	t.Helper()
	b.owed = append(b.owed, b.send(ctx, t).Spans...)
	b.arrives(ctx, t)
}

// arrives waits until everything has arrived that is owed.
func (b *benchBalancer) arrives(ctx context.Context, t *testing.T) {
	t.Helper()
	err := harness.Until(ctx, b.name+" to deliver", func() (bool, string) {
		b.remember()
		missing := len(b.arrived.Audit(b.owed).Missing)
		return missing == 0, fmt.Sprintf("%d of %d spans are missing", missing, len(b.owed))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// remember adds to what has arrived.
func (b *benchBalancer) remember() {
	spans, _ := harness.Backends{b.backend.Backend}.Take()
	b.arrived.Add(spans)
}

// fails sends a load that is acknowledged but cannot be delivered, and waits until the log says why. That nothing of it
// arrives is for settle to see.
func (b *benchBalancer) fails(ctx context.Context, t *testing.T, words ...string) {
	t.Helper()
	b.send(ctx, t)
	b.says(ctx, t, words...)
}

// refuses sends a span and checks that the sender is told that it was not taken, and that the log says why.
func (b *benchBalancer) refuses(ctx context.Context, t *testing.T, words ...string) {
	t.Helper()
	if err := b.client.SendTraces(ctx, oneSpan(0)); err == nil {
		t.Errorf("%s took a span", b.name)
	}
	b.says(ctx, t, words...)
}

// says waits until the log has a line about the load balancer that holds all these words.
func (b *benchBalancer) says(ctx context.Context, t *testing.T, words ...string) {
	t.Helper()
	err := harness.Until(ctx, fmt.Sprintf("%s to say %q", b.name, words), func() (bool, string) {
		lines := b.lines(words...)
		return len(lines) > 0, strings.Join(b.lines(), "")
	})
	if err != nil {
		t.Fatal(err)
	}
}

// lines are the lines of the log about the load balancer that hold all these words.
func (b *benchBalancer) lines(words ...string) (found []string) {
	words = append([]string{`"load_balancing/` + b.name + `"`}, words...)
lines:
	for line := range strings.Lines(b.lb.Log()) {
		for _, word := range words {
			if !strings.Contains(line, word) {
				continue lines
			}
		}
		found = append(found, line)
	}
	return found
}

// last is the last request that reached the backend.
func (b *benchBalancer) last(t *testing.T) harness.Request {
	t.Helper()
	requests := b.backend.Requests()
	if len(requests) == 0 {
		t.Fatalf("%s sent no request", b.name)
	}
	return requests[len(requests)-1]
}

// takes sends a request with one span, which the load balancer acknowledges.
func (b *benchBalancer) takes(ctx context.Context, t *testing.T) {
	t.Helper()
	b.singles++
	if err := b.client.SendTraces(ctx, oneSpan(b.singles)); err != nil {
		t.Fatalf("%s: %v", b.name, err)
	}
	b.owed = append(b.owed, oneRecord(b.singles))
}

// oneSpan is a request with a span that no load holds.
func oneSpan(number byte) ptraceotlp.ExportRequest {
	traces := ptrace.NewTraces()
	span := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetTraceID(oneRecord(number).Trace)
	span.SetSpanID(oneRecord(number).Span)
	return ptraceotlp.NewExportRequestFromTraces(traces)
}

// oneRecord is the record of oneSpan.
func oneRecord(number byte) harness.Record {
	return harness.Record{Trace: [16]byte{15: number}, Span: [8]byte{7: number}}
}
