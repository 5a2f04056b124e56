// Command riverconv turns configuration files of Grafana Agent Flow (River) and Grafana Alloy into configuration of an
// OpenTelemetry Collector. The result goes to standard output, diagnostics to standard error.
package main

import (
	"errors"
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
	name, operands, help string
	// words are what completion offers for an operand; when it is nil, files and folders.
	words func() []suggestion
	// prepare declares the flags of a call. What it returns runs the command, once they are read.
	prepare func(*invocation) (run func() int)
}

// commands are all of them. Help, completion and the manual page are made of this table and of the flags declared.
func commands() []command {
	return []command{
		{"convert", "PATH...", "print the collector configuration for River or Alloy files", nil, prepareConvert},
		{"check", "PATH...", "convert, and let the collector validate the result", nil, prepareCheck},
		{"graph", "PATH...", "draw the River components and the pipelines that they become", nil, prepareGraph},
		{"manifests", "FILE...", "convert Kubernetes manifests that run Grafana Agent Flow or Alloy", nil, prepareManifests},
		{"components", "[COMPONENT]", "list the components that can be converted, or the arguments of one",
			componentNames, prepareComponents},
		{"completion", strings.Join(shells, "|"), "print a script with which a shell completes what is typed",
			shellNames, prepareCompletion},
		{"version", "", "print the version", noWords, prepareVersion},
		{"help", "", "print this list", noWords, prepareHelp},
	}
}

// asFlags are the commands that may also be asked for as flags, by what stands behind the dashes.
var asFlags = map[string]string{"h": "help", "help": "help", "v": "version", "version": "version"}

// find returns the command that the first argument names.
func find(argument string) (command, bool) {
	name, ok := asFlags[strings.TrimLeft(argument, "-")]
	if !ok {
		name = argument
	}
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}

// declare declares the flags of a call, and what is printed when they are wrong.
func (c command) declare(inv *invocation) (run func() int) {
	inv.flags = flag.NewFlagSet(c.name, flag.ContinueOnError)
	inv.flags.SetOutput(inv.stderr)
	run = c.prepare(inv)
	inv.flags.Usage = func() {
		fmt.Fprintln(inv.stderr, "usage: riverconv", synopsis(c, inv.flags))
		inv.flags.PrintDefaults()
	}
	return run
}

// flags are those that the command declares.
func (c command) flags() *flag.FlagSet {
	inv := &invocation{stderr: io.Discard}
	c.declare(inv)
	return inv.flags
}

// synopsis is how a call of the command looks.
func synopsis(c command, flags *flag.FlagSet) string {
	words := []string{c.name}
	if len(listed(flags)) > 0 {
		words = append(words, "[FLAG...]")
	}
	if c.operands != "" {
		words = append(words, c.operands)
	}
	return strings.Join(words, " ")
}

// listed returns the flags of a set, in order of names.
func listed(flags *flag.FlagSet) (all []*flag.Flag) {
	flags.VisitAll(func(f *flag.Flag) { all = append(all, f) })
	return all
}

// call runs the command.
func (c command) call(inv *invocation) int {
	run := c.declare(inv)
	switch err := inv.parse(); {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return exitBadUsage
	}
	return run()
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
	if args[0] == completeName {
		complete(stdout, args[1:])
		return exitOK
	}
	c, ok := find(args[0])
	if !ok {
		fmt.Fprintf(stderr, "riverconv: unknown command %q\n", args[0])
		printHelp(stderr)
		return exitBadUsage
	}
	return c.call(&invocation{stdin: stdin, stdout: stdout, stderr: stderr, args: args[1:]})
}

func prepareHelp(inv *invocation) (run func() int) {
	return func() int {
		printHelp(inv.stdout)
		return exitOK
	}
}

func prepareVersion(inv *invocation) (run func() int) {
	return func() int {
		fmt.Fprintln(inv.stdout, "riverconv version", buildinfo.Version())
		return exitOK
	}
}

func printHelp(w io.Writer) {
	fmt.Fprint(w, "riverconv turns Grafana Agent Flow (River) and Grafana Alloy configuration\n"+
		"into OpenTelemetry Collector configuration.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  riverconv %s\n        %s\n", synopsis(c, c.flags()), c.help)
	}
	fmt.Fprint(w, "\nriverconv COMMAND -h lists the flags of a command.\n"+
		"PATH is a file, a folder (its *.river or *.alloy files) or - for standard input.\n"+
		"Several paths are one configuration; several files of manifests belong together.\n"+
		"Exit code: 0 converted, 1 errors in the input (with -strict also warnings), 2 wrong usage.\n")
}
