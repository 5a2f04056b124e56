package main

import (
	"fmt"
	"path/filepath"

	"github.com/otelcol-river/otelcol-river/riverconv"
)

// recommendProfile tells that there is more than River knew, when it would change something.
func (c *conversion) recommendProfile(result riverconv.Result) {
	if c.profile == "" && c.format == textFormat && result.Balances() {
		fmt.Fprintln(c.inv.stderr, "note: -profile resilient has load balancers keep on disk what they have acknowledged; "+
			"docs/faults.md shows what is lost without it")
	}
}

func prepareConvert(inv *invocation) (run func() int) {
	c := newConversion(inv)
	c.declareProfile()
	c.declareTarget()
	c.declareFormat()
	output := inv.flags.String("o", "", "write to `FILE` instead of standard output; it is replaced whole, or not at all")
	account := inv.flags.String("report", "", "write to `FILE`, in Markdown, what became what and what to look at")
	return func() int { return c.runConvert(*output, *account) }
}

func (c *conversion) runConvert(output, account string) int {
	if code, ok := c.read(); !ok {
		return code
	}
	if code, ok := c.spares(c.sources, output, account); !ok {
		return code
	}
	if account != "" && filepath.Clean(account) == filepath.Clean(output) {
		return c.inv.badUsage("-o and -report name one file: choose another name")
	}
	result, diags, ok := c.convert()
	if !ok {
		return exitErrors
	}
	if code, ok := c.spares(c.modules, output, account); !ok {
		return code
	}
	c.print(diags)
	c.recommendProfile(result)
	text, err := result.YAML()
	if err == nil && output == "" {
		_, err = c.inv.stdout.Write(text)
	} else if err == nil {
		err = replaceFile(output, text, result.HoldsSecret())
	}
	if err == nil && account != "" {
		err = replaceFile(account, []byte(result.Report(diags)), false)
	}
	if err != nil {
		fmt.Fprintln(c.inv.stderr, "riverconv:", err)
		return exitErrors
	}
	return exitOK
}
