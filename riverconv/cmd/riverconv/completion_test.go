package main

import (
	"bytes"
	"flag"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCompletion: what is offered for the last word, after the others.
func TestCompletion(t *testing.T) {
	for _, test := range []struct{ typed, want string }{
		{"", "convert check graph manifests components completion version help"},
		{"com", "components completion"},
		{"com x", ""}, // no such command
		{"convert ", ":files"},
		{"convert a.river ", ":files"},
		{"check -", "-collector -dialect -format -partial -profile -strict -target"},
		{"check a.river -p", "-partial -profile"},
		{"check --p", "--partial --profile"},
		{"check -x", ""},
		{"check -x ", ":files"},
		{"check -profile ", "resilient"},
		{"check -profile=", "-profile=resilient"},
		{"check --dialect=a", "--dialect=alloy"},
		{"check -profile = ", "resilient"}, // as bash cuts it
		{"check -profile = resilient ", ":files"},
		{"check -profile resilient -dialect f", "flow"},
		{"check -target ", "upstream balancer"},
		{"check -strict ", ":files"}, // it takes no value
		{"check -collector ", ":files"},
		{"check -collector=", ":files"},
		{"check -collector -dialect -dialect f", "flow"}, // the first -dialect is the name of a file
		{"check -x=", ""},
		{"check -- -", ":files"},
		{"manifests -o ", ":folders"},
		{"manifests -o=", ":folders"},
		{"manifests -image ", ""},
		{"manifests -pro", ""},
		{"graph -format ", "mermaid dot"},
		{"components -format ", "text markdown json"},
		{"components prom", "prometheus.remote_write"},
		{"components -dialect alloy prom", "prometheus.remote_write"},
		{"completion ", "bash zsh fish"},
		{"version ", ""},
		{"--help ", ""},
	} {
		var words []string
		for _, s := range suggestions(strings.Split(test.typed, " ")) {
			words = append(words, s.word)
		}
		if diff := cmp.Diff(test.want, strings.Join(words, " ")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.typed, diff)
		}
	}
}

// TestCompletionLines: the lines that the scripts read.
func TestCompletionLines(t *testing.T) {
	var out bytes.Buffer
	if code := run([]string{completeName, "graph", "-str"}, nil, &out, &out); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	run([]string{completeName, "graph", "-format", "m"}, nil, &out, &out)
	if want := "-strict\tfail on warnings, too\nmermaid\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

// TestCompletionOfValues: of each value that a flag can have, completion knows words or that it is a path; but an image
// can be any. Words that are offered are accepted, and stand in the usage.
func TestCompletionOfValues(t *testing.T) {
	for _, c := range commands() {
		for _, f := range listed(c.flags()) {
			offered := valuesOf(f)
			if known := isSwitch(f) || f.Name == "image" || len(offered) > 0; !known {
				t.Errorf("%s -%s: nothing is known of its values", c.name, f.Name)
			}
			for _, s := range offered {
				if strings.HasPrefix(s.word, ":") {
					continue
				}
				if err := f.Value.Set(s.word); err != nil {
					t.Errorf("%s -%s %s is offered and refused: %v", c.name, f.Name, s.word, err)
				}
				if _, usage := flag.UnquoteUsage(f); !strings.Contains(usage, s.word) {
					t.Errorf("%s -%s: the usage lacks %s", c.name, f.Name, s.word)
				}
			}
		}
	}
}
