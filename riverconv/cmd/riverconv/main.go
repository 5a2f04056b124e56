// Command riverconv turns configuration files of Grafana Agent Flow (River) and Grafana Alloy into configuration of an
// OpenTelemetry Collector. The result goes to standard output, diagnostics to standard error.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/otelcol-river/otelcol-river/internal/buildinfo"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

// The exit codes.
const (
	exitOK       = 0
	exitErrors   = 1 // the input has errors, or warnings with -strict
	exitBadUsage = 2
)

// command is one of the things that riverconv does.
type command struct {
	name, arguments, help string
	run                   func(*invocation) int
}

const commonFlags = "[-dialect flow|alloy] [-partial] [-strict]"

var commands = []command{
	{"convert", "[-o FILE] [-report FILE] " + commonFlags + " [-format text|json] PATH...",
		"print the collector configuration for River or Alloy files", runConvert},
	{"check", "[-collector FILE] " + commonFlags + " [-format text|json] PATH...",
		"convert, and let the collector validate the result", runCheck},
	{"graph", "[-format mermaid|dot] " + commonFlags + " PATH...",
		"draw the River components and the pipelines that they become", runGraph},
	{"manifests", "[-o FOLDER | -w] [-keep-river] [-image IMAGE] " + commonFlags + " [-format text|json] FILE...",
		"convert Kubernetes manifests that run Grafana Agent Flow or Alloy", runManifests},
	{"components", "[-dialect flow|alloy] [-format text|markdown|json] [COMPONENT]",
		"list the components that can be converted, or the arguments of one", runComponents},
}

// invocation is one call of a command.
type invocation struct {
	flags          *flag.FlagSet
	stdin          io.Reader
	stdout, stderr io.Writer
	args           []string // as they came
	paths          []string // the arguments that are no flags
}

// parse reads the flags. They may stand before, between and behind the paths; what follows "--" is a path.
func (inv *invocation) parse() error {
	rest := inv.args
	for {
		if err := inv.flags.Parse(rest); err != nil {
			return err
		}
		parsed := len(rest) - inv.flags.NArg()
		if parsed > 0 && rest[parsed-1] == "--" {
			inv.paths = append(inv.paths, inv.flags.Args()...)
			return nil
		}
		if rest = inv.flags.Args(); len(rest) == 0 {
			return nil
		}
		inv.paths = append(inv.paths, rest[0])
		rest = rest[1:]
	}
}

// badUsage prints what is wrong with the call and how it should look.
func (inv *invocation) badUsage(format string, args ...any) int {
	fmt.Fprintf(inv.stderr, "riverconv: "+format+"\n", args...)
	inv.flags.Usage()
	return exitBadUsage
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		printHelp(stderr)
		return exitBadUsage
	}
	switch strings.TrimLeft(args[0], "-") {
	case "help", "h":
		printHelp(stdout)
		return exitOK
	case "version", "v":
		fmt.Fprintln(stdout, "riverconv version", buildinfo.Version())
		return exitOK
	}
	for _, c := range commands {
		if c.name != args[0] {
			continue
		}
		flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
		flags.SetOutput(stderr)
		flags.Usage = func() {
			fmt.Fprintf(stderr, "usage: riverconv %s %s\n", c.name, c.arguments)
			flags.PrintDefaults()
		}
		return c.run(&invocation{flags: flags, stdin: stdin, stdout: stdout, stderr: stderr, args: args[1:]})
	}
	fmt.Fprintf(stderr, "riverconv: unknown command %q\n", args[0])
	printHelp(stderr)
	return exitBadUsage
}

func printHelp(w io.Writer) {
	fmt.Fprint(w, "riverconv turns Grafana Agent Flow (River) and Grafana Alloy configuration\n"+
		"into OpenTelemetry Collector configuration.\n\n")
	for _, c := range commands {
		fmt.Fprintf(w, "  riverconv %s %s\n        %s\n", c.name, c.arguments, c.help)
	}
	fmt.Fprint(w, "\nPATH is a file, a folder (its *.river or *.alloy files) or - for standard input.\n"+
		"Several paths are one configuration; several files of manifests belong together.\n"+
		"Exit code: 0 converted, 1 errors in the input (with -strict also warnings), 2 wrong usage.\n")
}
