package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otelcol-river/otelcol-river/e2e/bench/cells"
	"github.com/otelcol-river/otelcol-river/e2e/bench/floor"
	"github.com/otelcol-river/otelcol-river/e2e/bench/report"
	"github.com/otelcol-river/otelcol-river/e2e/bench/results"
	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

var update = flag.Bool("update", false, "rewrite the expected reports")

// golden compares with a file of testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got), -update rewrites it:\n%s", path, diff)
	}
}

// usage is what a process takes for 1000 records, in µs, MB and ms.
func usage(cpu, peak, start int) results.Usage {
	return results.Usage{
		CPU: time.Duration(1000*cpu) * time.Microsecond, Peak: peak * 1e6, Start: time.Duration(start) * time.Millisecond,
	}
}

// some is a report of six cells with made-up results: one target is met exactly, one is missed, the others of the core
// have not been run, and one cell is not of the core.
func some() report.Report {
	round := func(ours, plain results.Usage) results.Round {
		return results.Round{harness.River: ours, harness.Plain: plain}
	}
	balanced := []results.Round{
		round(usage(7, 80, 100), usage(10, 80, 100)),
		round(usage(6, 72, 120), usage(10, 80, 100)),
		round(usage(9, 96, 90), usage(10, 80, 100)),
	}
	for _, r := range balanced {
		r[floor.Recode], r[floor.Split] = usage(5, 40, 20), usage(3, 40, 20)
	}
	through := round(usage(2, 60, 100), usage(10, 80, 100))
	through[cells.Stock], through[floor.Split] = usage(9, 72, 100), usage(4, 40, 20)
	r := report.Report{
		Setting: results.Setting{
			Machine: results.Machine{CPU: "Example CPU", Cores: 2, MemoryGB: 8, Kernel: "6.1.0"},
			Ours: results.Build{
				Hash: "0123456789abcdef", Go: "go1.99", Collector: "v0.158.0", Size: 84_000_000, Packed: 26_000_000,
			},
			Plain: results.Build{
				Hash: "fedcba9876543210", Go: "go1.99", Collector: "v0.158.0", Size: 80_000_000, Packed: 25_000_000,
			},
			Env: "GOGC=140",
		},
		Results: map[string]results.Result{},
	}
	for cell, rounds := range map[string][]results.Round{
		"lb-traceid/gzip-gzip/500/3":     balanced,
		"lb-traceid/none-none/500/3":     {round(usage(5, 80, 110), usage(5, 80, 100))},
		"balancer/none-none/500/3":       {through},
		"forward/none-none/500/1":        {round(usage(4, 80, 110), usage(4, 80, 100))},
		"lb-service/zstd-none/5000/100":  {round(usage(44, 300, 100), usage(40, 200, 100))},
		"span-metrics/gzip-snappy/500/1": {round(usage(8, 200, 100), usage(8, 100, 100))},
	} {
		r.Results[cell] = results.Result{Cell: cell, Records: 1000, Rounds: rounds}
	}
	return r
}

func TestPrint(t *testing.T) {
	var out bytes.Buffer
	if err := some().Print(&out, cells.Core()[:5]); err != nil {
		t.Fatal(err)
	}
	golden(t, "table.txt", out.Bytes())
	out.Reset()
	if err := some().Print(&out, cells.Balancer()[:2]); err != nil {
		t.Fatal(err)
	}
	golden(t, "balancer.txt", out.Bytes())
}

// TestPage: what is measured replaces what the page had of it, and nothing else.
func TestPage(t *testing.T) {
	const frame = "# Title\n\nText.\n\n<!-- measured -->\nold\n<!-- end of measured -->\n\nMore.\n"
	page, err := some().Page(frame, "plots")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "page.txt", []byte(page))
	again, err := some().Page(page, "plots")
	if err != nil || again != page {
		t.Errorf("a second time, the page changes: %v\n%s", err, cmp.Diff(page, again))
	}
	if _, err := some().Page("# Title\n", "plots"); err == nil {
		t.Error("a page without a place for it has got what is measured")
	}
}

func TestPlots(t *testing.T) {
	for name, plot := range some().Plots() {
		golden(t, name, plot)
		wellFormed(t, name, plot)
	}
	for name, plot := range (report.Report{}).Plots() {
		wellFormed(t, name, plot)
	}
}

func wellFormed(t *testing.T, name string, plot []byte) {
	t.Helper()
	for tokens := xml.NewDecoder(bytes.NewReader(plot)); ; {
		if _, err := tokens.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, plot)
		}
	}
}
