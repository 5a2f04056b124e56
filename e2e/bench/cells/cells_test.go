package cells_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/bench/cells"
	"github.com/otelcol-river/otelcol-river/e2e/bench/wire"
	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

func names(some []cells.Cell) (all []string) {
	for _, c := range some {
		all = append(all, c.Name())
	}
	return all
}

// TestMatrix: the matrix has everything that is to be measured, each once.
func TestMatrix(t *testing.T) {
	const compressions, records, backends = 4, 3, 3
	want := map[string]int{
		"forward":       compressions * compressions * records,
		"lb-traceid":    compressions * compressions * records * backends,
		"lb-service":    compressions * compressions * records * backends,
		"lb-logs":       compressions * compressions * records * backends,
		"tail-sampling": compressions * compressions * records,
		"span-metrics":  compressions * records,
		// The same compression on both sides.
		"balancer":          compressions * records * backends,
		"balancer-exporter": compressions * records * backends,
		"balancer-logs":     compressions * records * backends,
	}
	seen := map[string]bool{}
	for _, c := range cells.Matrix() {
		if seen[c.Name()] {
			t.Errorf("%s is there twice", c.Name())
		}
		seen[c.Name()] = true
		want[c.Workload.Name]--
	}
	for workload, missing := range want {
		if missing != 0 {
			t.Errorf("%d cells of %s are missing", missing, workload)
		}
	}
	if !slices.Contains(names(cells.Matrix()), "lb-traceid/gzip-none/5000/100") {
		t.Error("a cell of the matrix is not there by its name")
	}
}

// TestCore: both cores are small, know every workload and the others' first cell, and are run first.
func TestCore(t *testing.T) {
	core := cells.Core()
	if len(core) == 0 || len(core) > 12 || core[0].Name() != "forward/none-none/500/1" {
		t.Fatalf("the core is %v", names(core))
	}
	if n := len(cells.Balancer()); n == 0 || n > 12 {
		t.Fatalf("the core of the balancer is %v", names(cells.Balancer()))
	}
	core = append(core, cells.Balancer()...)
	for _, w := range cells.Workloads() {
		if !slices.ContainsFunc(core, func(c cells.Cell) bool { return c.Workload == w }) {
			t.Errorf("the core has no cell of %s", w.Name)
		}
	}
	order := names(cells.ByImportance())
	if first := order[:len(core)]; !slices.Equal(first, names(core)) {
		t.Errorf("the core does not come first, but %v", first)
	}
	matrix := names(cells.Matrix())
	if !slices.Equal(slices.Sorted(slices.Values(order)), slices.Sorted(slices.Values(matrix))) {
		t.Errorf("%d cells are to be run, the matrix has %d", len(order), len(matrix))
	}
	usual := slices.Index(order, "lb-traceid/snappy-snappy/500/3")
	if rare := slices.Index(order, "lb-traceid/snappy-none/5000/100"); usual > rare {
		t.Error("a rare cell comes before a usual one")
	}
}

// TestNamed: all cells of the core are there by the names that core lists, and no others.
func TestNamed(t *testing.T) {
	core := names(cells.Core())
	if some, err := cells.Named(core...); err != nil || !slices.Equal(names(some), core) {
		t.Errorf("got %v, %v", names(some), err)
	}
	if _, err := cells.Named("lb-traceid/gzip-gzip/501/3"); err == nil {
		t.Error("there is a cell of 501 spans")
	}
}

// TestLoads: each cell has a configuration, and a load of whole pairs of requests.
func TestLoads(t *testing.T) {
	root, err := harness.Root()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cells.Matrix() {
		for _, config := range []string{c.Workload.Config(), c.Workload.UpstreamConfig()} {
			if _, err := os.Stat(filepath.Join(root, config)); err != nil {
				t.Error(err)
			}
		}
		l := c.Load(0)
		if l.Measured == 0 || l.WarmUp == 0 || l.Measured%2 != 0 || l.WarmUp%2 != 0 {
			t.Errorf("%s warms up with %d requests, and measures %d", c.Name(), l.WarmUp, l.Measured)
		}
		if l.Compression != c.In || (l.Signal == wire.Logs) != strings.HasSuffix(c.Workload.Name, "-logs") {
			t.Errorf("the load of %s is %+v", c.Name(), l)
		}
	}
}
