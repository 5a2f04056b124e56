package main

import (
	"bytes"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestReport shows a split trace, which the demo itself never should.
func TestReport(t *testing.T) {
	record := func(trace, span byte) harness.Record {
		return harness.Record{Trace: pcommon.TraceID{trace}, Span: pcommon.SpanID{span}, Service: "shop"}
	}
	sent := []harness.Record{record(1, 1), record(1, 2), record(2, 3), record(3, 4)}
	got := harness.Delivery{"one": {sent[0]: 1, sent[2]: 1, sent[3]: 1}, "two": {sent[1]: 1}}
	backends := []backend{{"one", "127.0.0.1:1"}, {"two", "127.0.0.1:2"}}

	var text bytes.Buffer
	(&screen{out: &text}).table(newReport(backends, got))
	want := []string{
		"backend traces spans share split traces",
		"one 3 3 100.0 % ████████████████████ 1",
		"two 1 1 33.3 % ██████▋ 1",
		"total 3 4 133.3 % 1",
	}
	var lines []string
	for line := range strings.Lines(strings.TrimSpace(text.String())) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	if strings.Join(lines, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}

	err := verdict(got, harness.Load{Spans: sent})
	if err == nil || err.Error() != "1 traces reached more than one backend" {
		t.Errorf("verdict is %v", err)
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 24_000: "24,000", 1_234_567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is written %q, want %q", n, got, want)
		}
	}
}

func TestBar(t *testing.T) {
	for part, want := range map[float64]string{0: "    ", 0.5: "██  ", 0.53125: "██▏ ", 1: "████", 2: "████", -1: "    "} {
		if got := bar(part, 4); got != want {
			t.Errorf("%v of four characters is %q, want %q", part, got, want)
		}
	}
}
