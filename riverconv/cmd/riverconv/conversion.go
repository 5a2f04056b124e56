package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
)

// conversion holds what the commands that convert have in common.
type conversion struct {
	inv     *invocation
	dialect string
	strict  bool
	partial bool
	json    bool
	files   map[string][]byte // sources by name, for diagnostics
}

// newConversion declares the common flags.
func newConversion(inv *invocation) *conversion {
	c := &conversion{inv: inv, files: map[string][]byte{}}
	inv.flags.Func("dialect", "read the files as `DIALECT`: flow or alloy, or either with a version such as flow@0.40 "+
		"(default: by file name)", func(text string) error {
		c.dialect = text
		return riverconv.CheckDialect(text)
	})
	inv.flags.BoolVar(&c.strict, "strict", false, "fail on warnings, too")
	inv.flags.BoolVar(&c.partial, "partial", false, "leave out components that are not converted, instead of failing")
	inv.flags.BoolVar(&c.json, "json", false, "print diagnostics as JSON, one a line")
	return c
}

// parse reads flags and paths. If it returns false, the command ends with the code.
func (c *conversion) parse() (code int, ok bool) {
	switch err := c.inv.parse(); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK, false
	case err != nil:
		return exitBadUsage, false
	case len(c.inv.paths) == 0:
		return c.inv.badUsage("pass a file, a folder, or - for standard input"), false
	}
	return exitOK, true
}

// convert reads and converts the paths. If there are diagnostics to fail for, it prints all and returns false.
func (c *conversion) convert() (riverconv.Result, diag.List, bool) {
	sources, diags := c.read()
	var result riverconv.Result
	if !diags.HasErrors() {
		var found diag.List
		result, found = riverconv.Convert(sources, riverconv.Options{Dialect: c.dialect, Partial: c.partial})
		diags = append(diags, found...)
	}
	if c.failsFor(diags) {
		c.print(diags)
		return result, diags, false
	}
	return result, diags, true
}

// stdinName stands for standard input in diagnostics.
const stdinName = "<stdin>"

// read reads all paths.
func (c *conversion) read() (all []riverconv.Source, diags diag.List) {
	for _, path := range c.inv.paths {
		var sources []riverconv.Source
		var found diag.List
		if path == "-" {
			src, problems := riverconv.ReadFrom(stdinName, c.inv.stdin)
			sources, found = []riverconv.Source{src}, problems
		} else {
			sources, found = riverconv.Read(path, c.dialect)
		}
		all, diags = append(all, sources...), append(diags, found...)
	}
	for _, src := range all {
		c.files[src.Name] = src.Text
	}
	return all, diags
}

// readsFrom reports whether a file is one of the sources, and which.
func (c *conversion) readsFrom(file string) (source string, same bool) {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	all, _ := c.read()
	for _, src := range all {
		if other, err := os.Stat(src.Name); err == nil && os.SameFile(info, other) {
			return src.Name, true
		}
	}
	return "", false
}

func (c *conversion) failsFor(diags diag.List) bool {
	return diags.HasErrors() || c.strict && len(diags) > 0
}

// print writes diagnostics to standard error, and a line that counts them. If even that fails, nobody can be told.
func (c *conversion) print(diags diag.List) {
	if c.json {
		_ = diag.WriteJSON(c.inv.stderr, diags)
		return
	}
	_ = diag.WriteText(c.inv.stderr, diags, c.files, wantsColor(c.inv.stderr))
	errorCount := 0
	for _, d := range diags {
		if d.Severity == diag.Error {
			errorCount++
		}
	}
	if len(diags) > 0 {
		fmt.Fprintf(c.inv.stderr, "\n%s, %s\n", count(errorCount, "error"), count(len(diags)-errorCount, "warning"))
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// wantsColor reports whether w is a terminal whose user has not declined colour.
func wantsColor(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd())) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}
