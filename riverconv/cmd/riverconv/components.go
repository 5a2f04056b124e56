package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/otelcol-river/otelcol-river/riverconv"
)

func prepareComponents(inv *invocation) (run func() int) {
	var dialect, format string
	inv.declareDialect(&dialect, "list the arguments as of `DIALECT` (default: flow, or alloy for what only that has)")
	inv.declareFormat(&format, "print `FORMAT`", textFormat, markdownFormat, jsonFormat)
	return func() int { return runComponents(inv, dialect, format) }
}

func runComponents(inv *invocation, dialect, format string) int {
	if len(inv.paths) > 1 {
		return inv.badUsage("pass one component, or none to list all")
	}
	table, data, err := tableOf(inv.paths, dialect)
	if err != nil {
		return inv.badUsage("%v", err)
	}
	switch format {
	case textFormat:
		err = writeColumns(inv.stdout, table)
	case markdownFormat:
		err = writeMarkdown(inv.stdout, table)
	case jsonFormat:
		enc := json.NewEncoder(inv.stdout)
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		err = enc.Encode(data)
	}
	if err != nil {
		fmt.Fprintln(inv.stderr, "riverconv:", err)
		return exitErrors
	}
	return exitOK
}

// tableOf returns the components, or the arguments of one, as rows below a row of titles, and as data.
func tableOf(paths []string, dialect string) (table [][]string, data any, err error) {
	if len(paths) == 1 {
		all, err := riverconv.Arguments(paths[0], dialect)
		if err != nil {
			return nil, nil, err
		}
		return argumentRows(all), all, nil
	}
	table = [][]string{{"COMPONENT", "IN", "BECOMES", "DOCUMENTATION"}}
	all := riverconv.Components()
	for _, c := range all {
		table = append(table, []string{c.Name, c.Dialects, becomes(c), c.Doc})
	}
	return table, all, nil
}

// becomes is what a component turns into.
func becomes(c riverconv.ComponentInfo) string {
	what := strings.TrimSuffix(c.Section, "s") + " " + c.Type
	if c.Section == "sink" {
		what = c.Type
	}
	if c.Outside {
		what += " (otelcol-contrib)"
	}
	return what
}

func writeColumns(w io.Writer, table [][]string) error {
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range table {
		fmt.Fprintln(columns, strings.Join(row, "\t"))
	}
	return columns.Flush()
}

func writeMarkdown(w io.Writer, table [][]string) error {
	titles, rows := table[0], table[1:]
	var b strings.Builder
	b.WriteString("| " + strings.ToLower(strings.Join(titles, " | ")) + " |\n")
	b.WriteString(strings.Repeat("| --- ", len(titles)) + "|\n")
	for _, row := range rows {
		b.WriteString("| " + strings.Join(row, " | ") + " |\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// decidedByConverter stands in the place of a key where an argument has none.
const decidedByConverter = "service::pipelines, or decided by the converter"

func argumentRows(all []riverconv.ArgumentInfo) [][]string {
	table := [][]string{{"ARGUMENT", "TYPE", "DEFAULT", "KEY IN THE COLLECTOR"}}
	for _, a := range all {
		key, initial := a.Key, a.Default
		switch {
		case a.Note != "":
			key = "none: " + a.Note
		case key == "":
			key = decidedByConverter
		}
		if a.Required {
			initial = "(required)"
		}
		table = append(table, []string{strings.Join(a.Path, " > "), a.Type, initial, key})
	}
	return table
}
