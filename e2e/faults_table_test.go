package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

const (
	// faultsVar asks for all faults, and for the table in faultsPage.
	faultsVar = "OTELCOL_RIVER_E2E_FAULTS"
	// countsVar is the folder in which the runs, processes of their own, leave what they counted. Whoever sets it can
	// run faults in several parts: the page is written when the folder has them all.
	countsVar  = "OTELCOL_RIVER_E2E_COUNTS"
	faultsPage = "docs/faults.md"
)

// faultTable collects what the runs counted.
type faultTable struct {
	all    bool
	folder string
}

// startFaultTable prepares the table, and writes it when all runs have ended.
func startFaultTable(t *testing.T) *faultTable {
	t.Helper()
	table := &faultTable{all: os.Getenv(faultsVar) != "", folder: os.Getenv(countsVar)}
	if !table.all || harness.Network() != "" {
		return table
	}
	if table.folder == "" {
		table.folder = t.TempDir()
		must(t, os.Setenv(countsVar, table.folder)) // for processes that start later, in parallel
		t.Cleanup(func() { must(t, os.Unsetenv(countsVar)) })
	}
	must(t, os.MkdirAll(table.folder, 0o700))
	t.Cleanup(func() { table.write(t) })
	return table
}

func (table *faultTable) file(name, profile string) string {
	return filepath.Join(table.folder, strings.ReplaceAll(name, " ", "_")+"-"+strings.ReplaceAll(profile, " ", "_"))
}

// add keeps what a run counted.
func (table *faultTable) add(t *testing.T, name, profile string, c faultCount) {
	t.Helper()
	if table.folder == "" {
		return
	}
	text, err := json.Marshal(c)
	must(t, err)
	must(t, os.WriteFile(table.file(name, profile), text, 0o600))
}

// The table stands between these lines.
const tableBegins, tableEnds = "<!-- faults -->\n", "<!-- end of faults -->\n"

// write prints the tables, and puts them into the page if no row is missing.
func (table *faultTable) write(t *testing.T) {
	t.Helper()
	var text strings.Builder
	var missing []string
	for _, profile := range profiles {
		fmt.Fprintf(&text, "\n### %s\n\n", profile)
		text.WriteString("| fault | acknowledged | refused | lost | repeated | misrouted | longest stall | healthy rate |\n")
		text.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
		for _, f := range faults {
			row, found := table.row(t, f, profile)
			text.WriteString(row)
			if !found && f.concerns(profile) {
				missing = append(missing, f.name+", "+profile)
			}
		}
	}
	fmt.Println(text.String())
	if len(missing) > 0 {
		t.Errorf("%s stays as it is, these did not run to their end: %s", faultsPage, strings.Join(missing, "; "))
		return
	}
	page := filepath.Join(inRepository(t, "docs"), filepath.Base(faultsPage))
	old, err := os.ReadFile(page)
	must(t, err)
	head, rest, begins := strings.Cut(string(old), tableBegins)
	_, tail, ends := strings.Cut(rest, tableEnds)
	if !begins || !ends {
		t.Fatalf("%s has no place for the table", page)
	}
	must(t, os.WriteFile(page, []byte(head+tableBegins+text.String()+"\n"+tableEnds+tail), 0o600))
}

func (table *faultTable) row(t *testing.T, f fault, profile string) (row string, found bool) {
	t.Helper()
	text, err := os.ReadFile(table.file(f.name, profile))
	if os.IsNotExist(err) {
		return "", false
	}
	must(t, err)
	var c faultCount
	must(t, json.Unmarshal(text, &c))
	stall, rate := "-", "-"
	if len(f.healthy) > 0 {
		stall = c.Stall.Round(10 * time.Millisecond).String()
		rate = fmt.Sprintf("%.0f %%", 100*c.Rate)
	}
	return fmt.Sprintf("| %s | %d | %d | %s | %s | %d | %s | %s |\n", f.name, c.Acknowledged, c.Refused,
		share(c.Lost, c.Acknowledged), share(c.Repeated, c.Acknowledged), c.Misrouted, stall, rate), true
}

// share is a number of spans, with its share in percent unless it is 0.
func share(n, of int) string {
	if n == 0 {
		return "0"
	}
	return fmt.Sprintf("%d (%.1f %%)", n, 100*float64(n)/float64(of))
}

// TestFaultsPage: the page has a row for each fault in each profile that it concerns.
func TestFaultsPage(t *testing.T) {
	t.Parallel()
	page := read(t, faultsPage)
	for _, f := range faults {
		want := len(profiles)
		if f.only != nil {
			want = len(f.only)
		}
		if rows := strings.Count(page, "| "+f.name+" |"); rows != want {
			t.Errorf("%s has %d rows for %q, want %d: run make faults", faultsPage, rows, f.name, want)
		}
	}
}
