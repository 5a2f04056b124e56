package main

import "fmt"

func runConvert(inv *invocation) int {
	c := newConversion(inv)
	output := inv.flags.String("o", "", "write to `FILE` instead of standard output; it is replaced whole, or not at all")
	if code, ok := c.parse(); !ok {
		return code
	}
	if source, same := c.readsFrom(*output); same {
		return inv.badUsage("-o %s would replace the source %s: choose another name", *output, source)
	}
	result, diags, ok := c.convert()
	if !ok {
		return exitErrors
	}
	c.print(diags)
	text, err := result.YAML()
	if err == nil && *output == "" {
		_, err = inv.stdout.Write(text)
	} else if err == nil {
		err = replaceFile(*output, text, result.HoldsSecret())
	}
	if err != nil {
		fmt.Fprintln(inv.stderr, "riverconv:", err)
		return exitErrors
	}
	return exitOK
}
