package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const manualFile = "../../../packaging/man/riverconv.1"

// TestManual: the manual page tells of each command and flag what the program declares.
func TestManual(t *testing.T) {
	var b strings.Builder
	for _, c := range commands() {
		fmt.Fprintf(&b, ".SS %s\n%s\n", roff(synopsis(c, c.flags())), roff(sentence(c.help)))
		for _, f := range listed(c.flags()) {
			name, usage := flag.UnquoteUsage(f)
			title := fmt.Sprintf(".B %s\n", roff("-"+f.Name))
			if name != "" {
				title = fmt.Sprintf(".BI %s \" %s\"\n", roff("-"+f.Name), roff(name))
			}
			b.WriteString(".TP\n" + title + roff(usage+usualChoice(f)) + "\n")
		}
	}
	partUpToDate(t, manualFile, ".\\\" commands\n", b.String(), ".\\\" end of commands\n")
}

// sentence makes a sentence of what stands behind a command in the help.
func sentence(help string) string { return strings.ToUpper(help[:1]) + help[1:] + "." }

// usualChoice is what a flag is that is not given, as its help has it. That of other flags changes with releases.
func usualChoice(f *flag.Flag) string {
	if _, ok := f.Value.(*choice); !ok || f.DefValue == "" {
		return ""
	}
	return " (default " + f.DefValue + ")"
}

// roff escapes text for a line of a manual page.
func roff(text string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, `"`, `\(dq`).Replace(text)
}

// TestManualExamples runs each example of the manual page.
func TestManualExamples(t *testing.T) {
	text, err := os.ReadFile(manualFile)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), ".SH EXAMPLES\n")
	examples := regexp.MustCompile(`(?m)^riverconv (.*)$`).FindAllStringSubmatch(section, -1)
	if len(examples) < 5 {
		t.Fatalf("only %d examples", len(examples))
	}
	river, err := os.ReadFile("../../../configs/static.river")
	if err != nil {
		t.Fatal(err)
	}
	manifests, err := os.ReadFile("../../../configs/manifests/kubernetes.yaml")
	if err != nil {
		t.Fatal(err)
	}
	bin, err := filepath.Abs("../../../bin")
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin) // for check, which looks for the collector
	t.Chdir(t.TempDir())
	for name, text := range map[string][]byte{"lb.river": river, "agent.yaml": manifests} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, example := range examples {
		args := strings.Fields(strings.ReplaceAll(example[1], `\-`, "-"))
		var out, complaints bytes.Buffer
		if code := run(args, nil, &out, &complaints); code != exitOK {
			t.Errorf("%v: exit code %d\n%s", args, code, complaints.String())
		}
	}
}
