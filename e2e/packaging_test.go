package e2e

import (
	"maps"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestPackagedCompletions: the scripts in packaging are those that the collector prints.
func TestPackagedCompletions(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish"} {
		packaged := "packaging/completions/otelcol-river." + shell
		if diff := cmp.Diff(read(t, packaged), printed(t, "completion", shell)); diff != "" {
			t.Errorf("%s is stale (-file +want); run make update:\n%s", packaged, diff)
		}
	}
}

// printed is what the collector prints when it is run with these arguments.
func printed(t *testing.T, args ...string) string {
	t.Helper()
	collector, err := harness.Binary(harness.River)
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(collector, args...).Output()
	if err != nil {
		t.Fatalf("otelcol-river %v: %v", args, err)
	}
	return string(out)
}

// commandLine is what can be typed: names of commands, and long flags with their dashes.
type commandLine struct{ commands, flags map[string]bool }

var (
	helpOnCommand = regexp.MustCompile(`(?m)^  ([a-z-]+) +[A-Z]`)
	helpOnFlag    = regexp.MustCompile(`(?m)^ +(?:-[a-z], )?(--[a-z-]+)`)
	// manualOnCommand matches the line below .TP, with which the manual begins to tell of something.
	manualOnCommand = regexp.MustCompile(`\.TP\n\.BR? (.*)`)
	commandName     = regexp.MustCompile(`\b[a-z][a-z-]+`)
	flagName        = regexp.MustCompile(`--[a-z][a-z-]+`)
	fontChange      = regexp.MustCompile(`\\f[A-Z]`)
)

// TestManualOfCollector: the manual page of the collector names each command and each flag that its help knows, and no
// others.
func TestManualOfCollector(t *testing.T) {
	known := commandLine{map[string]bool{}, map[string]bool{}}
	known.addHelp(t)
	if len(known.commands) < 5 || !known.flags["--config"] {
		t.Fatalf("the help was not understood: %v", known)
	}
	manual := fontChange.ReplaceAllString(read(t, "packaging/man/otelcol-river.1"), " ")
	manual = strings.ReplaceAll(manual, `\-`, "-")
	_, commands, _ := strings.Cut(manual, "\n.SH COMMANDS\n")
	commands, _, _ = strings.Cut(commands, "\n.SH ")
	told := commandLine{map[string]bool{}, map[string]bool{}}
	for _, title := range manualOnCommand.FindAllStringSubmatch(commands, -1) {
		for _, name := range commandName.FindAllString(title[1], -1) {
			told.commands[name] = true
		}
	}
	for _, name := range flagName.FindAllString(manual, -1) {
		told.flags[name] = true
	}
	for _, kind := range []struct {
		name       string
		want, told map[string]bool
	}{{"commands", known.commands, told.commands}, {"flags", known.flags, told.flags}} {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(kind.want)), slices.Sorted(maps.Keys(kind.told))); diff != "" {
			t.Errorf("%s (-help +manual):\n%s", kind.name, diff)
		}
	}
}

// addHelp adds what the help on a command knows, and that on the commands below it.
func (c commandLine) addHelp(t *testing.T, command ...string) {
	t.Helper()
	help := printed(t, append(command, "--help")...)
	for _, flag := range helpOnFlag.FindAllStringSubmatch(help, -1) {
		c.flags[flag[1]] = true
	}
	_, below, _ := strings.Cut(help, "Available Commands:\n")
	below, _, _ = strings.Cut(below, "\n\n")
	for _, name := range helpOnCommand.FindAllStringSubmatch(below, -1) {
		c.commands[name[1]] = true
		c.addHelp(t, append(command, name[1])...)
	}
}
