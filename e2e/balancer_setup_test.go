package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

// The tests in balancer_*_test.go are about otlp_balancer. A door is one of its two forms: both listen at grpcAddr and
// httpAddr in these tests, the exporter behind an otlp receiver.
type door string

const (
	receiverDoor door = "receiver"
	exporterDoor door = "exporter"
)

var doors = []door{receiverDoor, exporterDoor}

// Keys of otlp_balancer that several tests set.
const (
	// failsSoon has others get the data of a backend that does not answer after a moment, and asks it often.
	failsSoon = "retry_on_failure: {initial_interval: 20ms, max_interval: 100ms, failover_after: 300ms}"
	// staysPatient is failsSoon, but nobody else gets the data.
	staysPatient = "retry_on_failure: {initial_interval: 20ms, max_interval: 100ms, failover_after: 1h}"
	withoutQueue = "sending_queue: {enabled: false}"
	storedQueue  = "sending_queue: {storage: file_storage/queue}"
)

// path is where a key of otlp_balancer stands.
func (d door) path(key string) string { return "yaml:" + string(d) + "s::otlp_balancer::" + key }

// form is a collector of which balancing is the whole work, with keys of otlp_balancer, "key: value".
func (d door) form(keys ...string) form {
	return d.formOf("traces, logs, metrics", keys...)
}

// formOf is form for some signals.
func (d door) formOf(signals string, keys ...string) form {
	receiver, exporter := "otlp_balancer", "nop"
	if d == exporterDoor {
		receiver, exporter = "otlp", "otlp_balancer"
	}
	config := fmt.Sprintf(`yaml:
receivers:
  %s:
    protocols:
      grpc: {endpoint: %q}
      http: {endpoint: %q}
exporters: {%s: {}}
service:
  telemetry: {metrics: {readers: [{pull: {exporter: {prometheus: {host: 127.0.0.1, port: 8888}}}}]}}
  pipelines:
`, receiver, grpcAddr, httpAddr, exporter)
	for signal := range strings.SplitSeq(signals, ", ") {
		config += fmt.Sprintf("    %s: {receivers: [%s], exporters: [%s]}\n", signal, receiver, exporter)
	}
	f := form{string(d), harness.River, []string{config}}
	for _, key := range append([]string{"protocol: {otlp: {balancer_name: pick_first, tls: {insecure: true}}}"}, keys...) {
		f = f.with(d.path(key))
	}
	return f
}

// list is the key that names the backends.
func list(endpoints ...string) string {
	return `resolver: {static: {hostnames: ["` + strings.Join(endpoints, `", "`) + `"]}}`
}

// storing adds the storage that storedQueue names, in a folder.
func (f form) storing(folder string) form {
	return f.with("yaml:extensions::file_storage/queue::directory: "+folder,
		"yaml:service::extensions: [file_storage/queue]")
}

// startDoor runs a balancer until the test ends.
func startDoor(ctx context.Context, t *testing.T, f form, env ...string) *harness.Collector {
	t.Helper()
	return startLoadBalancer(ctx, t, f, []string{grpcAddr, httpAddr}, env...)
}

// forEachDoor runs a test for the receiver and for the exporter.
func forEachDoor(t *testing.T, test func(ctx context.Context, t *testing.T, d door)) {
	t.Helper()
	for _, d := range doors {
		t.Run(string(d), func(t *testing.T) {
			inOwnNetwork(t, func(ctx context.Context, t *testing.T) { test(ctx, t, d) })
		})
	}
}

func spansByRendezvous(r ring.Rendezvous) route {
	return route{harness.ByTrace, func(record harness.Record) string { return r.Trace(record.Trace) }}
}

func byRendezvousOfServices(r ring.Rendezvous) route {
	return route{harness.ByService, func(record harness.Record) string { return r.Service(record.Service) }}
}

// ownPrefix is how the names of the metrics of otlp_balancer begin.
const ownPrefix = "otelcol_otlp_balancer_"

// measured reads a metric of otlp_balancer, without the beginning of its name, by signal or backend.
func measured(ctx context.Context, t *testing.T, name, label, value string) int {
	t.Helper()
	metrics, err := harness.ReadMetrics(ctx, ownMetricsAddr)
	if err != nil {
		t.Fatal(err)
	}
	return int(metrics.Sum(ownPrefix+name, label, value))
}

// measures waits until a metric has a value.
func measures(ctx context.Context, t *testing.T, name, label, value string, want int) {
	t.Helper()
	err := harness.Until(ctx, fmt.Sprintf("%s of %s to be %d", name, value, want), func() (bool, string) {
		got := measured(ctx, t, name, label, value)
		return got == want, fmt.Sprint(got)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// settles waits until nothing is left in the queues.
func settles(ctx context.Context, t *testing.T) {
	t.Helper()
	measures(ctx, t, "queue_records", "", "", 0)
}

// exactlyOnce checks what a balancer delivered that holds nothing any more, of all signals.
func exactlyOnce(t *testing.T, backends harness.Backends, load harness.Load) (spans, logs, points harness.Delivery) {
	t.Helper()
	spans, logs = backends.Take()
	points = backends.TakePoints()
	for _, signal := range []struct {
		name string
		got  harness.Delivery
		sent []harness.Record
	}{{"spans", spans, load.Spans}, {"log records", logs, load.Logs}, {"data points", points, load.Points}} {
		if err := signal.got.Audit(signal.sent).Err(); err != nil {
			t.Errorf("%s: %v", signal.name, err)
		}
	}
	return spans, logs, points
}

// noComplaints checks that a collector has logged nothing that would worry somebody.
func noComplaints(t *testing.T, c *harness.Collector) {
	t.Helper()
	for line := range strings.Lines(c.Log()) {
		if fields := strings.Split(line, "\t"); len(fields) > 1 && slices.Contains([]string{"warn", "error"}, fields[1]) {
			t.Errorf("the log complains: %s", line)
		}
	}
}
