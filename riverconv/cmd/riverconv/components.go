package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/otelcol-river/otelcol-river/riverconv"
)

func runComponents(inv *invocation) int {
	dialect := inv.flags.String("dialect", "", "list the arguments as of `DIALECT` (default: flow)")
	switch err := inv.parse(); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitBadUsage
	case len(inv.paths) > 1:
		return inv.badUsage("pass one component, or none to list all")
	}
	table := tabwriter.NewWriter(inv.stdout, 0, 0, 2, ' ', 0)
	if len(inv.paths) == 1 {
		all, err := riverconv.Arguments(inv.paths[0], *dialect)
		if err != nil {
			return inv.badUsage("%v", err)
		}
		writeArguments(table, all)
	} else {
		fmt.Fprintln(table, "COMPONENT\tIN\tBECOMES\tDOCUMENTATION")
		for _, c := range riverconv.Components() {
			fmt.Fprintf(table, "%s\t%s\t%s %s\t%s\n", c.Name, c.Dialects, c.Section, c.Type, c.Doc)
		}
	}
	if err := table.Flush(); err != nil {
		fmt.Fprintln(inv.stderr, "riverconv:", err)
		return exitErrors
	}
	return exitOK
}

func writeArguments(table io.Writer, all []riverconv.ArgumentInfo) {
	fmt.Fprintln(table, "ARGUMENT\tTYPE\tDEFAULT\tKEY IN THE COLLECTOR")
	for _, a := range all {
		key, initial := a.Key, a.Default
		switch {
		case a.Note != "":
			key = "none: " + a.Note
		case key == "":
			key = "service::pipelines, or decided by the converter"
		}
		if a.Required {
			initial = "(required)"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\n", strings.Join(a.Path, " > "), a.Type, initial, key)
	}
}
