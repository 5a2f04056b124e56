package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// secondBalancer is the address of another load balancer in front of the same tier.
const secondBalancer = "127.0.0.6"

// judge is a tail sampler inside a collector of a test. What it keeps goes to a sink of its own.
type judge struct {
	name     string
	settings string // arguments of the tail sampler
	policies string // its policy blocks; one is called main
}

// judgesRiver writes a collector whose judges all see the same spans, and returns the path of the file. A tail sampler
// hands over each trace by itself, all those of a second at once: more than a queue of the default size takes.
func judgesRiver(t *testing.T, judges []judge) string {
	t.Helper()
	var river, inputs strings.Builder
	for i, j := range judges {
		fmt.Fprintf(&inputs, "otelcol.processor.tail_sampling.%s.input,", j.name)
		fmt.Fprintf(&river, `
otelcol.processor.tail_sampling %[1]q {
  %[2]s
  %[3]s
  output { traces = [otelcol.exporter.otlp.%[1]s.input] }
}
otelcol.exporter.otlp %[1]q {
  client {
    endpoint = sys.env("SINKS") + ".%[4]d:4317"
    tls { insecure = true }
  }
  sending_queue { queue_size = 100000 }
}
`, j.name, j.settings, j.policies, i+1)
	}
	text := fmt.Sprintf(`
otelcol.receiver.otlp "default" {
  grpc { endpoint = sys.env("ADDRESS") + ":4317" }
  output { traces = [%s] }
}
%s`, &inputs, &river)
	path := filepath.Join(t.TempDir(), "judges.alloy")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sampler is a collector with judges, and their sinks.
type sampler struct {
	*harness.Collector
	addr  string
	sinks harness.Backends
}

// startSamplers starts a collector with the same judges at each address, until the test ends.
func startSamplers(ctx context.Context, t *testing.T, judges []judge, addresses ...string) (all []sampler) {
	t.Helper()
	river := judgesRiver(t, judges)
	for i, addr := range addresses {
		network := fmt.Sprintf("127.1.%d", i)
		s := sampler{addr: addr}
		for k, j := range judges {
			sink, err := harness.StartBackend(j.name, fmt.Sprintf("%s.%d:4317", network, k+1), nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(sink.Stop)
			s.sinks = append(s.sinks, sink)
		}
		s.Collector = startAt(ctx, t, riverForm(river), addr, "SINKS="+network)
		all = append(all, s)
	}
	return all
}

// riverForm is a River file of the repository or of a test, run as it is.
func riverForm(path string) form {
	return form{name: "river", binary: harness.River, configs: []string{"river:" + path}}
}

// decided waits until the judges of all samplers together have decided about so many traces each.
func decided(ctx context.Context, t *testing.T, samplers []sampler, judges []judge, traces int) {
	t.Helper()
	err := harness.Until(ctx, "all decisions", func() (bool, string) {
		made, err := decisions(ctx, samplers, judges)
		if err != nil {
			return false, err.Error()
		}
		for judge, n := range made {
			if n < traces {
				return false, fmt.Sprintf("%s decided about %d of %d traces", judge, n, traces)
			}
		}
		return true, ""
	})
	if err != nil {
		t.Fatal(err)
	}
}

// decisions counts what each judge has decided in all samplers together.
func decisions(ctx context.Context, samplers []sampler, judges []judge) (map[string]int, error) {
	made := map[string]int{}
	for _, s := range samplers {
		metrics, err := harness.ReadMetrics(ctx, s.addr+":8888")
		if err != nil {
			return nil, err
		}
		for _, j := range judges {
			n := metrics.Sum("otelcol_processor_tail_sampling_count_traces_sampled", "policy", j.name+".main")
			made[j.name] += int(n)
		}
	}
	return made, nil
}

// verdicts are the spans that each judge kept, by the address of the sampler.
type verdicts map[string]harness.Delivery

// stopSamplers ends the samplers, which send first what they still have to, and returns what they kept.
func stopSamplers(t *testing.T, samplers []sampler) verdicts {
	t.Helper()
	all := verdicts{}
	for _, s := range samplers {
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		spans, _ := s.sinks.Take()
		for judge, records := range spans {
			if all[judge] == nil {
				all[judge] = harness.Delivery{}
			}
			all[judge][s.addr] = records
		}
	}
	return all
}

// spansOf counts the spans of each trace that a judge kept; how often each came is not counted.
func (v verdicts) spansOf(judge string) map[pcommon.TraceID]int {
	traces := map[pcommon.TraceID]int{}
	for _, records := range v[judge] {
		for r := range records {
			traces[r.Trace]++
		}
	}
	return traces
}

// errorsIn dresses a load so that each span of every third trace is an error, and returns which traces these are.
func errorsIn(shape *harness.Shape) (failed map[pcommon.TraceID]bool) {
	failed = map[pcommon.TraceID]bool{}
	n := 0
	shape.Dress = func(trace []harness.Record, spans []ptrace.Span) {
		if n++; n%3 != 0 {
			return
		}
		failed[trace[0].Trace] = true
		for _, span := range spans {
			span.Status().SetCode(ptrace.StatusCodeError)
		}
	}
	return failed
}

// errorPolicy keeps traces with an error in any span.
const errorPolicy = `
  policy {
    name = "main"
    type = "status_code"
    status_code { status_codes = ["ERROR"] }
  }`

// received waits until the samplers together have taken so many spans.
func received(ctx context.Context, t *testing.T, samplers []sampler, spans int) {
	t.Helper()
	err := harness.Until(ctx, "all spans to come", func() (bool, string) {
		came := 0
		for _, s := range samplers {
			metrics, err := harness.ReadMetrics(ctx, s.addr+":8888")
			if err != nil {
				return false, err.Error()
			}
			came += int(metrics.Sum("otelcol_receiver_accepted_spans", "receiver", "otlp/default"))
		}
		return came >= spans, fmt.Sprintf("%d of %d", came, spans)
	})
	if err != nil {
		t.Fatal(err)
	}
}
