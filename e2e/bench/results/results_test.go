package results_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/otelcol-river/otelcol-river/e2e/bench/results"
)

const a, b = "a", "b"

func round(cpuA, cpuB int) results.Round {
	return results.Round{a: {CPU: time.Duration(cpuA)}, b: {CPU: time.Duration(cpuB)}}
}

func TestRatio(t *testing.T) {
	r := results.Result{Rounds: []results.Round{round(10, 10), round(30, 10), round(8, 10), {a: {CPU: 5}}}}
	got, found := r.Ratio(results.CPU, a, b)
	if want := (results.Ratio{Median: 1, Low: 0.8, High: 3}); !found || got != want {
		t.Errorf("the ratio is %+v, %v, want %+v", got, found, want)
	}
	other := results.Result{Rounds: []results.Round{round(20, 10)}}
	got, found = results.Pooled(results.CPU, a, b, r, other)
	if want := (results.Ratio{Median: 1.5, Low: 0.8, High: 3}); !found || got != want {
		t.Errorf("the ratio over both is %+v, %v, want %+v", got, found, want)
	}
	if _, found := r.Ratio(results.CPU, "c", b); found {
		t.Error("there is a ratio of what took no part")
	}
	if _, found := (results.Result{}).Ratio(results.CPU, a, b); found {
		t.Error("there is a ratio of what was not run")
	}
}

func TestCost(t *testing.T) {
	small := results.Result{Records: 10, Rounds: []results.Round{round(10, 20), round(10, 20), round(1000, 20)}}
	large := results.Result{Records: 100, Rounds: []results.Round{round(400, 400)}}
	if got, found := results.Cost(large, a, small, b); !found || got != 2 {
		t.Errorf("4 a record over 2 a record is %v, %v", got, found)
	}
	if _, found := results.Cost(large, a, results.Result{}, b); found {
		t.Error("there is a cost over what was not run")
	}
}

// TestState: results are found again, the last of each cell, but neither those of another build or machine nor one that
// was cut off.
func TestState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	this := results.Setting{Method: 1, Ours: results.Build{Hash: "this"}}
	other := results.Setting{Method: 1, Ours: results.Build{Hash: "other"}}
	read := func() map[string]results.Result {
		t.Helper()
		found, err := results.Read(path, this)
		if err != nil {
			t.Fatal(err)
		}
		return found
	}
	if found := read(); len(found) != 0 {
		t.Errorf("a state that is not there holds %v", found)
	}
	result := func(cell string, setting results.Setting, records int) results.Result {
		return results.Result{Cell: cell, Setting: setting, Records: records, Rounds: []results.Round{round(1, 2)}}
	}
	add := func(r results.Result) {
		t.Helper()
		if err := results.Append(path, r); err != nil {
			t.Fatal(err)
		}
	}
	add(result("one", this, 1))
	add(result("one", this, 2))
	add(result("one", other, 3))
	add(result("two", other, 4))
	add(result("three", this, 5))
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text[:len(text)-10], 0o600); err != nil {
		t.Fatal(err)
	}
	want := map[string]results.Result{"one": result("one", this, 2)}
	if diff := cmp.Diff(want, read()); diff != "" {
		t.Errorf("the state differs (-want +got):\n%s", diff)
	}
	add(result("four", this, 6))
	want["four"] = result("four", this, 6)
	if diff := cmp.Diff(want, read()); diff != "" {
		t.Errorf("behind a line that was cut off, the state differs (-want +got):\n%s", diff)
	}
}

// TestSetting looks at this machine and at the program that runs the test.
func TestSetting(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	s, err := results.NewSetting(program, program)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	if s.Machine.Cores < 1 || s.Machine.MemoryGB < 1 || s.Machine.Kernel == "" {
		t.Errorf("this machine is %+v", s.Machine)
	}
	if s.Ours != s.Plain || len(s.Ours.Hash) != 64 || s.Ours.Go == "" || s.Ours.Size != info.Size() {
		t.Errorf("this program is %+v", s.Ours)
	}
	if s.Ours.Packed <= 0 || s.Ours.Packed >= s.Ours.Size {
		t.Errorf("%d bytes were packed into %d", s.Ours.Size, s.Ours.Packed)
	}
	if _, err := results.NewSetting(program, filepath.Join(t.TempDir(), "nothing")); err == nil {
		t.Error("a binary that is not there has a setting")
	}
}
