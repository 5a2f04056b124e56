package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/otelcol-river/otelcol-river/riverconv"
)

// drawings holds the formats of the graph command.
var drawings = map[string]func(riverconv.Result) string{
	"mermaid": riverconv.Result.Mermaid,
	"dot":     riverconv.Result.DOT,
}

func runGraph(inv *invocation) int {
	c := newConversion(inv)
	draw := drawings["mermaid"]
	inv.flags.Func("format", "draw for `FORMAT`: mermaid or dot, the language of Graphviz (default mermaid)",
		func(name string) error {
			known, ok := drawings[name]
			if !ok {
				return errors.New("use mermaid or dot")
			}
			draw = known
			return nil
		})
	if code, ok := c.parse(); !ok {
		return code
	}
	result, diags, ok := c.convert()
	if !ok {
		return exitErrors
	}
	c.print(diags)
	if _, err := io.WriteString(inv.stdout, draw(result)); err != nil {
		fmt.Fprintln(inv.stderr, "riverconv:", err)
		return exitErrors
	}
	return exitOK
}
