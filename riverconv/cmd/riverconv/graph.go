package main

import (
	"fmt"
	"io"

	"github.com/otelcol-river/otelcol-river/riverconv"
)

// drawings holds the formats of the graph command.
var drawings = map[string]func(riverconv.Result) string{
	"mermaid": riverconv.Result.Mermaid,
	"dot":     riverconv.Result.DOT,
}

func prepareGraph(inv *invocation) (run func() int) {
	c := newConversion(inv)
	c.declareProfile()
	c.declareTarget()
	var format string
	inv.declareFormat(&format, "draw for `FORMAT`, where dot is the language of Graphviz", "mermaid", "dot")
	return func() int { return c.runGraph(drawings[format]) }
}

func (c *conversion) runGraph(draw func(riverconv.Result) string) int {
	if code, ok := c.read(); !ok {
		return code
	}
	result, diags, ok := c.convert()
	if !ok {
		return exitErrors
	}
	c.print(diags)
	if _, err := io.WriteString(c.inv.stdout, draw(result)); err != nil {
		fmt.Fprintln(c.inv.stderr, "riverconv:", err)
		return exitErrors
	}
	return exitOK
}
