package otelcfg

import (
	"testing"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
)

func at(line int) diag.Range {
	return diag.Range{File: "f", Start: diag.Point{Line: line, Column: 1}, End: diag.Point{Line: line, Column: 2}}
}

func example() *Config {
	body := &Map{}
	body.Set("resolver.static.hostnames", &List{Items: []Item{
		{Value: Literal("a"), Range: at(4)}, {Value: Literal("b"), Range: at(5)},
	}}, at(3), "")
	body.Set("resolver.dns.port", Literal("4317"), diag.Range{}, "")
	return &Config{Components: []Component{
		{Section: Exporters, ID: &ID{Type: "load_balancing", Name: "x"}, Body: body, Range: at(1)},
	}}
}

func TestSource(t *testing.T) {
	c := example()
	for path, want := range map[string]int{
		"exporters::load_balancing/x":                                 1,
		"exporters::load_balancing/x::resolver":                       3,
		"exporters::load_balancing/x::resolver::static::hostnames":    3,
		"exporters::load_balancing/x::resolver::static::hostnames::1": 5,
		"exporters::load_balancing/x::resolver::static::hostnames::7": 3,
		"exporters::load_balancing/x::resolver::dns::port":            3,
		"exporters::load_balancing/x::unknown::deeper":                1,
		"exporters::load_balancing/x::embedded::resolver::static":     3,
		"exporters::other": 0,
		"":                 0,
	} {
		if got := c.Source(path).Start.Line; got != want {
			t.Errorf("Source(%q) is line %d, not %d", path, got, want)
		}
	}
}

func TestEscaped(t *testing.T) {
	for _, test := range []struct {
		in   Text
		want string
	}{
		{Literal("a$b"), "a$$b"},
		{Literal("$$"), "$$$$"},
		{Literal("${env:X}"), "$${env:X}"},
		{Text{Pieces: []Piece{{URI: "env:X"}}}, "${env:X}"},
		{Text{Pieces: []Piece{{Literal: "$"}, {URI: "env:X"}}}, "$$${env:X}"},
		{Text{Pieces: []Piece{{URI: "env:X"}}, KeepText: true}, "${env:X}${yaml:}"},
		{Text{Pieces: []Piece{{Literal: "7"}}, KeepText: true}, "7"},
	} {
		if got := test.in.escaped(); got != test.want {
			t.Errorf("%+v is written %q, not %q", test.in, got, test.want)
		}
	}
}

func TestUniqueNames(t *testing.T) {
	ids := []*ID{{"debug", "a"}, {"debug", "a"}, {"debug", "a_2"}, {"debug", "a"}, {"otlp", "a"}}
	c := &Config{}
	for _, id := range ids {
		c.Components = append(c.Components, Component{ID: id})
	}
	c.UniqueNames()
	want := []string{"debug/a", "debug/a_2", "debug/a_2_2", "debug/a_3", "otlp/a"}
	for i, id := range ids {
		if id.String() != want[i] {
			t.Errorf("component %d is named %s, not %s", i, id, want[i])
		}
	}
}

func TestHoldsSecret(t *testing.T) {
	for _, test := range []struct {
		text Text
		want bool
	}{
		{Text{Pieces: []Piece{{Literal: "x"}}, Secret: true}, true},
		{Text{Pieces: []Piece{{URI: "env:X"}}, Secret: true}, false},
		{Text{Pieces: []Piece{{Literal: "x"}}}, false},
	} {
		c := example()
		c.Components[0].Body.Set("deep.list", &List{Items: []Item{{Value: test.text}}}, diag.Range{}, "")
		if c.HoldsSecret() != test.want {
			t.Errorf("%+v: HoldsSecret is %v", test.text, !test.want)
		}
	}
}
