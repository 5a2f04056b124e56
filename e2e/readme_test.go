package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// codeBlock matches a fenced block of commands: sh for those that run here, console for make targets.
var codeBlock = regexp.MustCompile("(?s)```(sh|console)\n(.*?)```")

// configOption matches one --config of a command line, quoted or not.
var configOption = regexp.MustCompile(`--config=(?:'([^']*)'|(\S+))`)

// collectorStart matches a command line that starts a collector, with the variables in front of it.
var collectorStart = regexp.MustCompile(`^((?:\w+=\S+ +)*)bin/otelcol-river +--config`)

// documents show commands, some of them relative to the root of the repository.
var documents = []string{
	"README.md", "CONTRIBUTING.md", "docs/install.md", "docs/migrate-from-agent-flow.md", "docs/migrate-from-alloy.md",
	"docs/convert.md", "docs/balancer.md", "docs/kubernetes.md", "docs/operate.md", "docs/troubleshoot.md",
	"docs/faults.md", "docs/benchmarks.md",
	"configs/tail-sampling/README.md", "configs/span-metrics/README.md", "configs/service-graph/README.md",
	"configs/mixed/README.md", "configs/balancer/README.md",
}

// TestDocuments runs every command that the documents show, in its order, from a folder that looks like the repository.
// A collector is stopped once it is ready; of a make target it is checked that make knows it.
func TestDocuments(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		root, err := harness.Root()
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range documents {
			t.Run(document, func(t *testing.T) {
				blocks := codeBlock.FindAllStringSubmatch(read(t, document), -1)
				if len(blocks) == 0 {
					t.Fatal("no commands were found")
				}
				folder := t.TempDir()
				for _, name := range []string{"bin", "builder-config.yaml", "configs", "go.mod", "Makefile", "packaging"} {
					if err := os.Symlink(filepath.Join(root, name), filepath.Join(folder, name)); err != nil {
						t.Fatal(err)
					}
				}
				t.Chdir(folder)
				for _, block := range blocks {
					// As the shell does, a line that ends with a backslash goes on in the next.
					for line := range strings.Lines(strings.ReplaceAll(block[2], "\\\n", "")) {
						runLine(ctx, t, block[1], strings.TrimSpace(line))
					}
				}
			})
		}
	})
}

// runLine runs one command of a block of sh or console.
func runLine(ctx context.Context, t *testing.T, language, line string) {
	t.Helper()
	switch {
	case language == "console":
		target, ok := strings.CutPrefix(line, "make ")
		if !ok {
			t.Errorf("%q is no make target; put it into a block of sh to have it run", line)
			return
		}
		runShown(ctx, t, "make -n "+target)
	case collectorStart.MatchString(line):
		startShown(ctx, t, line)
	default:
		runShown(ctx, t, line)
	}
}

func runShown(ctx context.Context, t *testing.T, line string) {
	t.Helper()
	out, err := exec.CommandContext(ctx, "sh", "-c", line).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", line, err, out)
	}
}

// startShown starts a collector. It listens at the address that the variable ADDRESS gives it, or else where a receiver
// does by itself.
func startShown(ctx context.Context, t *testing.T, line string) {
	t.Helper()
	variables, configs := shownArguments(line)
	listens := grpcAddr
	for _, variable := range variables {
		if address, found := strings.CutPrefix(variable, "ADDRESS="); found {
			listens = address + ":4317"
		}
	}
	c, err := harness.StartCollector(ctx, harness.CollectorOptions{
		Name: line, Binary: harness.River, Configs: configs, Env: variables, Listens: []string{listens},
	})
	if err != nil {
		t.Fatal(err)
	}
	// Not Stop: v0.158.0 says that it is ready just before it begins to listen to signals.
	if err := c.Kill(); err != nil {
		t.Errorf("%v\n%s", err, c.Log())
	}
}

// shownArguments takes the variables and the configurations out of a line that starts a collector.
func shownArguments(line string) (variables, configs []string) {
	for _, m := range configOption.FindAllStringSubmatch(line, -1) {
		configs = append(configs, m[1]+m[2])
	}
	return strings.Fields(collectorStart.FindStringSubmatch(line)[1]), configs
}

// TestDemo runs the demo that make demo runs, for each TARGET, and reads its verdict.
func TestDemo(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		root, err := harness.Root()
		if err != nil {
			t.Fatal(err)
		}
		t.Chdir(root)
		demo := filepath.Join(t.TempDir(), "demo")
		runShown(ctx, t, "go build -o "+demo+" ./e2e/demo")
		for target, component := range map[string]string{"upstream": "load_balancing", "balancer": "otlp_balancer"} {
			t.Run(target, func(t *testing.T) {
				command, err := exec.CommandContext(ctx, "make", "-n", "demo", "TARGET="+target).CombinedOutput()
				if err != nil || !strings.Contains(string(command), "./e2e/demo -target "+target+"\n") {
					t.Errorf("make demo does not hand the target on: %v\n%s", err, command)
				}
				cmd := exec.CommandContext(ctx, demo, "-target", target)
				cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it stops what it has started
				out, err := cmd.CombinedOutput()
				if err != nil || !strings.Contains(string(out), "every span delivered exactly once, no trace split") {
					t.Errorf("the demo does not end well: %v\n%s", err, out)
				}
				if !strings.Contains(string(out), "One load balancer ("+component+")") {
					t.Errorf("the demo does not say that it shows %s:\n%s", component, out)
				}
			})
		}
	})
}
