package packages

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// Where the configuration of the packages listens, seen from the machine itself.
const (
	grpcAddress    = "127.0.0.1:4317"
	httpAddress    = "127.0.0.1:4318"
	metricsAddress = "127.0.0.1:8888"
)

// tier are the backends behind a collector and what sends to it.
type tier struct {
	backends harness.Backends
	seed     uint64 // of the last load: no two are the same
}

// newTier starts two backends.
func newTier(t *testing.T) *tier {
	t.Helper()
	tr := &tier{}
	for _, name := range []string{"a", "b"} {
		backend, err := harness.StartBackend(name, "127.0.0.1:0", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(backend.Stop)
		tr.backends = append(tr.backends, backend)
	}
	return tr
}

// send sends spans and log records to addr by gRPC and, where there is an address for it, by HTTP, and returns when all
// are acknowledged. While nobody listens it tries again.
func (tr *tier) send(ctx context.Context, t *testing.T, overGRPC, overHTTP string) harness.Load {
	t.Helper()
	tr.seed++
	load := harness.NewLoad(harness.Shape{Seed: tr.seed, Traces: 200, Spans: 4, Services: 8, Logs: 1})
	clients := []harness.Client{newClient(t, harness.NewGRPCClient, overGRPC)}
	if overHTTP != "" {
		clients = append(clients, newClient(t, harness.NewHTTPClient, overHTTP))
	}
	if err := load.Send(ctx, nil, clients...); err != nil {
		t.Fatal(err)
	}
	return load
}

// passes sends spans and log records, and checks that each reaches the backends once, and no trace several.
func (tr *tier) passes(ctx context.Context, t *testing.T) {
	t.Helper()
	tr.arrives(ctx, t, tr.send(ctx, t, grpcAddress, httpAddress))
}

// arrives checks that each record of a load reaches the backends once, and no trace several, and that all backends get
// something.
func (tr *tier) arrives(ctx context.Context, t *testing.T, load harness.Load) {
	t.Helper()
	err := harness.Until(ctx, "everything to arrive", func() (bool, string) {
		spans, logs := tr.backends.Count()
		return spans >= len(load.Spans) && logs >= len(load.Logs),
			fmt.Sprintf("%d of %d spans, %d of %d log records", spans, len(load.Spans), logs, len(load.Logs))
	})
	if err != nil {
		t.Fatal(err)
	}
	spans, logs := tr.backends.Take()
	if err := errors.Join(spans.Audit(load.Spans).Err(), logs.Audit(load.Logs).Err()); err != nil {
		t.Error(err)
	}
	_, split := spans.Placement(harness.ByTrace)
	if len(split) > 0 {
		t.Errorf("the spans of %d traces reached several backends", len(split))
	}
	for backend, records := range spans {
		if len(records) == 0 {
			t.Errorf("backend %s got nothing", backend)
		}
	}
}

// newClient makes a client until the test ends.
func newClient(t *testing.T, dial func(string) (harness.Client, error), addr string) harness.Client {
	t.Helper()
	client, err := dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// passesByItself checks the configuration as it is installed: what is sent is shared out between both of its own
// backends, each record once, and the log has it. Where nobody keeps a log, log is nil.
func passesByItself(ctx context.Context, t *testing.T, tr *tier, log func() string) {
	t.Helper()
	load := tr.send(ctx, t, grpcAddress, httpAddress)
	sent := map[string]int{"spans": len(load.Spans), "log_records": len(load.Logs)}
	var first, second, passed map[string]int
	err := harness.Until(ctx, "the default configuration to pass everything on", func() (done bool, state string) {
		metrics, err := harness.ReadMetrics(ctx, metricsAddress)
		if err != nil {
			return false, err.Error()
		}
		first = counts(metrics, "otelcol_receiver_accepted_", "receiver", "otlp/backend_1")
		second = counts(metrics, "otelcol_receiver_accepted_", "receiver", "otlp/backend_2")
		passed = counts(metrics, "otelcol_exporter_sent_", "exporter", "debug/default")
		done = true
		for what, n := range sent {
			done = done && first[what]+second[what] >= n && passed[what] >= n
		}
		return done, fmt.Sprintf("of %v: %v and %v, passed on %v", sent, first, second, passed)
	})
	if err != nil {
		t.Fatal(err)
	}
	for what, n := range sent {
		if first[what] == 0 || second[what] == 0 || first[what]+second[what] != n || passed[what] != n {
			t.Errorf("of %d %s the backends got %d and %d, and passed on %d",
				n, what, first[what], second[what], passed[what])
		}
	}
	if log == nil {
		return
	}
	for _, counted := range []string{`"debug/default".*"spans": [1-9]`, `"debug/default".*"log records": [1-9]`} {
		line := regexp.MustCompile(counted)
		err := harness.Until(ctx, "the log to count what came", func() (bool, string) {
			said := log()
			return line.MatchString(said), said
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// counts are the spans and the log records that one part of a collector has counted.
func counts(metrics harness.Metrics, prefix, label, value string) map[string]int {
	counted := map[string]int{}
	for _, what := range []string{"spans", "log_records"} {
		counted[what] = int(metrics.Sum(prefix+what, label, value))
	}
	return counted
}
