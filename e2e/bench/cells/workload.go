// Package cells lists what is measured: workloads, each under several compressions, sizes of requests and numbers of
// backends.
package cells

import (
	"cmp"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/bench/wire"
	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// Stock is our collector once more, balancing with the load_balancing exporter where otherwise it has otlp_balancer.
const Stock = harness.River + ", load_balancing"

// Workload is what a collector does with what it gets.
type Workload struct {
	Name   string
	Title  string // for reports
	Signal wire.Signal

	Balances bool // over several backends; all others have one
	ByTrace  bool // each trace to a backend of its own
	Samples  bool // passes on only some traces
	Metrics  bool // makes metrics of what it gets, and writes them to a database

	// Balancer tells that ours balances with otlp_balancer, and the plain collector with the load_balancing exporter, as
	// the workload Upstream has it. Ours does so, too, as a process of its own.
	Balancer bool
	Exports  bool // as an exporter, not as a receiver
	Upstream string

	// Period is of who works by the clock: how long a sampler waits before it decides, or how often metrics are written.
	// It is more than a round takes to send.
	Period time.Duration
}

// Workloads are all workloads, in the order of reports.
func Workloads() []Workload {
	return []Workload{
		{Name: "forward", Title: "Pass on", Signal: wire.Traces},
		{Name: "lb-traceid", Title: "Balance by trace", Signal: wire.Traces, Balances: true, ByTrace: true},
		{Name: "lb-service", Title: "Balance by service", Signal: wire.Traces, Balances: true},
		{Name: "lb-logs", Title: "Balance logs by trace", Signal: wire.Logs, Balances: true, ByTrace: true},
		{Name: "balancer", Title: "otlp_balancer as a receiver", Signal: wire.Traces, Balances: true, ByTrace: true,
			Balancer: true, Upstream: "lb-traceid"},
		{Name: "balancer-exporter", Title: "otlp_balancer as an exporter", Signal: wire.Traces, Balances: true, ByTrace: true,
			Balancer: true, Exports: true, Upstream: "lb-traceid"},
		{Name: "balancer-logs", Title: "Logs through otlp_balancer as a receiver", Signal: wire.Logs, Balances: true,
			ByTrace: true, Balancer: true, Upstream: "lb-logs"},
		{Name: "tail-sampling", Title: "Sample traces", Signal: wire.Traces, Samples: true,
			Period: 2 * time.Second},
		{Name: "span-metrics", Title: "Make metrics of spans", Signal: wire.Traces, Metrics: true,
			Period: 5 * time.Second},
	}
}

// Config is the collector's configuration, a file below the repository root. It takes addresses and all else that
// differs from environment variables; the list of backends of a load balancer is not in it.
func (w Workload) Config() string { return configs + w.Name + ".yaml" }

// UpstreamConfig is the configuration of the plain collector, without anything of ours.
func (w Workload) UpstreamConfig() string { return configs + cmp.Or(w.Upstream, w.Name) + ".yaml" }

// Telemetry is a configuration that goes with each of the others.
const Telemetry = configs + "telemetry.yaml"

const configs = "e2e/bench/configs/"

// Compressions are what a cell may have on both sides, in the order of reports.
func (w Workload) Compressions() (pairs [][2]string) {
	for _, in := range compressions {
		for _, out := range compressions {
			// Prometheus remote write, in which metrics go out, knows nothing else. What a compression costs on either side
			// is the same with otlp_balancer as without.
			if (!w.Metrics || out == wire.Snappy) && (!w.Balancer || in == out) {
				pairs = append(pairs, [2]string{in, out})
			}
		}
	}
	return pairs
}

// Backends are how many backends a cell may have.
func (w Workload) Backends() []int {
	if w.Balances {
		return []int{3, 10, 100}
	}
	return []int{1}
}

// Records are how many spans or log records the requests of a cell may have.
func (w Workload) Records() []int { return []int{10, usualRecords, 5000} }

const (
	usualRecords  = 500
	usualBackends = 3
)

var compressions = []string{wire.None, wire.Gzip, wire.Zstd, wire.Snappy}

// Cells are all cells of the workload, compression by compression, in the order of Records and Backends.
func (w Workload) Cells() (all []Cell) {
	for _, c := range w.Compressions() {
		for _, records := range w.Records() {
			for _, backends := range w.Backends() {
				all = append(all, Cell{w, c[0], c[1], records, backends})
			}
		}
	}
	return all
}
