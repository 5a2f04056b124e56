package main

import (
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
	profile string
	target  string
	strict  bool
	partial bool
	format  string // of diagnostics
	sources []riverconv.Source
	modules []riverconv.Source // that the sources name
	unread  diag.List          // what is wrong with the paths
	files   map[string][]byte  // sources by name, for diagnostics
	// readPath reads what a path names.
	readPath func(path string) ([]riverconv.Source, diag.List)
}

// newConversion declares the common flags.
func newConversion(inv *invocation) *conversion {
	c := &conversion{inv: inv, files: map[string][]byte{}}
	c.readPath = func(path string) ([]riverconv.Source, diag.List) { return riverconv.Read(path, c.dialect) }
	inv.declareDialect(&c.dialect, "read the files as `DIALECT`: flow or alloy, or either with a version such as "+
		"flow@0.40 (default: by file name)")
	inv.flags.BoolVar(&c.strict, "strict", false, "fail on warnings, too")
	inv.flags.BoolVar(&c.partial, "partial", false, "leave out components that are not converted, instead of failing")
	return c
}

// declareProfile declares the flag for what River never had.
func (c *conversion) declareProfile() {
	c.inv.flags.Var(&choice{&c.profile, riverconv.Profiles(), riverconv.CheckProfile}, "profile",
		"add what River never had, by `PROFILE`: resilient, which keeps on disk what a load balancer has acknowledged")
}

// declareTarget declares the flag for what load balancers become.
func (c *conversion) declareTarget() {
	c.target = riverconv.Targets()[0]
	c.inv.flags.Var(&choice{&c.target, riverconv.Targets(), riverconv.CheckTarget}, "target",
		"convert load balancers for `TARGET`: upstream, the collector's load_balancing, or balancer, otelcol-river's own "+
			"otlp_balancer")
}

// declareFormat declares the flag for the form of diagnostics.
func (c *conversion) declareFormat() {
	c.inv.declareFormat(&c.format, "print diagnostics as `FORMAT`, json with one a line", textFormat, jsonFormat)
}

// convert converts the sources. If there are diagnostics to fail for, it prints all and returns false.
func (c *conversion) convert() (riverconv.Result, diag.List, bool) {
	diags := c.unread
	var result riverconv.Result
	if !diags.HasErrors() {
		var found diag.List
		options := riverconv.Options{Dialect: c.dialect, Partial: c.partial, Profile: c.profile, Target: c.target,
			ReadModule: c.readModule}
		result, found = riverconv.Convert(c.sources, options)
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

// read reads the sources that the paths name, once: standard input cannot be read again. If it returns false, the
// command ends with the code.
func (c *conversion) read() (code int, ok bool) {
	if len(c.inv.paths) == 0 {
		return c.inv.badUsage("pass a file, a folder, or - for standard input"), false
	}
	for _, path := range c.inv.paths {
		var sources []riverconv.Source
		var found diag.List
		if path == "-" {
			src, problems := riverconv.ReadFrom(stdinName, c.inv.stdin)
			sources, found = []riverconv.Source{src}, problems
		} else {
			sources, found = c.readPath(path)
		}
		c.sources, c.unread = append(c.sources, sources...), append(c.unread, found...)
	}
	for _, src := range c.sources {
		c.files[src.Name] = src.Text
	}
	return exitOK, true
}

// readModule reads a module, and keeps it for diagnostics.
func (c *conversion) readModule(path, dialect string) ([]riverconv.Source, error) {
	sources, err := riverconv.ReadModule(path, dialect)
	c.modules = append(c.modules, sources...)
	for _, src := range sources {
		c.files[src.Name] = src.Text
	}
	return sources, err
}

// spares reports whether none of the files that are to be written is one of those that were read. If it returns false,
// the command ends with the code.
func (c *conversion) spares(read []riverconv.Source, written ...string) (code int, ok bool) {
	for _, file := range written {
		info, err := os.Stat(file)
		if err != nil || !info.Mode().IsRegular() {
			continue
		}
		for _, src := range read {
			if other, err := os.Stat(src.Name); err == nil && os.SameFile(info, other) {
				return c.inv.badUsage("%s is the source %s and would be replaced: choose another name", file, src.Name), false
			}
		}
	}
	return exitOK, true
}

func (c *conversion) failsFor(diags diag.List) bool {
	return diags.HasErrors() || c.strict && len(diags) > 0
}

// print writes diagnostics to standard error, and a line that counts them. If even that fails, nobody can be told.
func (c *conversion) print(diags diag.List) {
	if c.format == jsonFormat {
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
