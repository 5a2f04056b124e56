package harness

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

func record(trace, span byte, service string) Record {
	return Record{Trace: pcommon.TraceID{trace}, Span: pcommon.SpanID{span}, Service: service}
}

// TestAudit holds what the end-to-end tests lean on: that a fault in a delivery is found.
func TestAudit(t *testing.T) {
	a, b, c := record(1, 1, "shop"), record(1, 2, "shop"), record(2, 3, "till")
	for _, test := range []struct {
		name string
		got  Delivery
		want []string // what the error says, none for no error
	}{
		{"complete", Delivery{"x": {a: 1, b: 1}, "y": {c: 1}}, nil},
		{"missing", Delivery{"x": {a: 1, b: 1}, "y": {}}, []string{"1 records never arrived"}},
		{"twice at one", Delivery{"x": {a: 2, b: 1}, "y": {c: 1}}, []string{"1 records arrived more than once"}},
		{"once at each", Delivery{"x": {a: 1, b: 1}, "y": {c: 1, a: 1}}, []string{"1 records arrived more than once"}},
		{"changed", Delivery{"x": {a: 1, b: 1}, "y": {record(2, 3, "safe"): 1}},
			[]string{"1 records never arrived", "1 records were never sent"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.got.Audit([]Record{a, b, c}).Err()
			if (err == nil) != (len(test.want) == 0) {
				t.Fatalf("error is %v, want %q", err, test.want)
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error is %q, want %q", err, want)
				}
			}
		})
	}
}

func TestPlacement(t *testing.T) {
	whole, parted := record(1, 1, "shop"), record(2, 2, "shop")
	got := Delivery{"x": {whole: 1, parted: 1}, "y": {record(2, 3, "till"): 1}}
	owner, split := got.Placement(ByTrace)
	if len(owner) != 2 || owner[ByTrace(whole)] != "x" {
		t.Errorf("owners are %v", owner)
	}
	if keys := slices.Collect(maps.Keys(split)); !slices.Equal(keys, []string{ByTrace(parted)}) {
		t.Errorf("split keys are %v, want the trace of which two backends got a part", keys)
	}
	if _, split := got.Placement(ByService); len(split) != 0 {
		t.Errorf("split services are %v, want none", split)
	}
}
