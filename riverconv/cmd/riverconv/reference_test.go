package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/riverconv"
)

const referenceIntroduction = `# Reference

What each argument becomes. Written by ` + "`make update`" + ` from what the converter itself reads; ` +
	"`riverconv components COMPONENT`" + `
prints the same, also for older releases (` + "`-dialect flow@0.40`" + `).

- **Agent Flow**, **Alloy**: the default there, if there is one; "-" where the dialect has no such argument.
- **key in the collector**: below the component; "by the converter" is what becomes pipelines, or goes elsewhere.
- With ` + "`-target balancer`" + `, otelcol.exporter.loadbalancing has [other keys](balancer.md#keys), and some of its
  arguments [become something else](convert.md#load-balancers-of-our-own).
`

// TestReference: docs/reference.md has each argument of each component, as the converter knows them.
func TestReference(t *testing.T) {
	var b strings.Builder
	b.WriteString(referenceIntroduction)
	for _, c := range riverconv.Components() {
		becomes := c.Section + " > " + c.Type
		if c.Section == "sink" {
			becomes = c.Type
		}
		b.WriteString("\n## " + c.Name + "\n\n" + becomes + ", [documentation](" + c.Doc + ")")
		if c.Outside {
			b.WriteString(", in `otelcol-contrib` only")
		}
		b.WriteString("\n\n")
		if err := writeMarkdown(&b, referenceRows(t, c)); err != nil {
			t.Fatal(err)
		}
	}
	upToDate(t, "../../../docs/reference.md", b.String())
}

// referenceRows lists the arguments of a component in both dialects, which have those in common in the same order.
func referenceRows(t *testing.T, c riverconv.ComponentInfo) [][]string {
	t.Helper()
	rows := [][]string{{"ARGUMENT", "TYPE", "AGENT FLOW", "ALLOY", "KEY IN THE COLLECTOR"}}
	flow, alloy := argumentsIn(t, c, "flow"), argumentsIn(t, c, "alloy")
	for len(flow) > 0 || len(alloy) > 0 {
		switch {
		case len(flow) > 0 && !holds(alloy, flow[0]):
			rows = append(rows, referenceRow(flow[0], flow[0][2], "-"))
			flow = flow[1:]
		case len(alloy) > 0 && !holds(flow, alloy[0]):
			rows = append(rows, referenceRow(alloy[0], "-", alloy[0][2]))
			alloy = alloy[1:]
		default:
			if flow[0][0] != alloy[0][0] {
				t.Fatalf("%s: %s in flow stands where %s does in alloy", c.Name, flow[0][0], alloy[0][0])
			}
			rows = append(rows, referenceRow(alloy[0], flow[0][2], alloy[0][2]))
			flow, alloy = flow[1:], alloy[1:]
		}
	}
	return rows
}

// argumentsIn are the rows that the command prints about a component, none in a dialect that lacks it.
func argumentsIn(t *testing.T, c riverconv.ComponentInfo, dialect string) [][]string {
	t.Helper()
	if !strings.Contains(c.Dialects, dialect) {
		return nil
	}
	all, err := riverconv.Arguments(c.Name, dialect)
	if err != nil {
		t.Fatal(err)
	}
	return argumentRows(all)[1:]
}

func holds(rows [][]string, argument []string) bool {
	return slices.ContainsFunc(rows, func(row []string) bool { return row[0] == argument[0] })
}

func referenceRow(argument []string, flow, alloy string) []string {
	key := argument[3]
	if key == decidedByConverter {
		key = "by the converter"
	}
	return []string{argument[0], argument[1], flow, alloy, key}
}
