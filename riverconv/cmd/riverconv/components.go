package main

import (
	"errors"
	"flag"
	"fmt"
	"text/tabwriter"

	"github.com/otelcol-river/otelcol-river/riverconv"
)

func runComponents(inv *invocation) int {
	switch err := inv.parse(); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitBadUsage
	case len(inv.paths) > 0:
		return inv.badUsage("components takes no arguments")
	}
	table := tabwriter.NewWriter(inv.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "COMPONENT\tIN\tBECOMES\tDOCUMENTATION")
	for _, c := range riverconv.Components() {
		fmt.Fprintf(table, "%s\t%s\t%s %s\t%s\n", c.Name, c.Dialects, c.Section, c.Type, c.Doc)
	}
	if err := table.Flush(); err != nil {
		fmt.Fprintln(inv.stderr, "riverconv:", err)
		return exitErrors
	}
	return exitOK
}
