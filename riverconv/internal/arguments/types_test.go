package arguments

import (
	"testing"

	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
)

func text(s string) eval.Value { return eval.Value{Kind: eval.String, Text: eval.Literally(s)} }

func number(f float64) eval.Value {
	return eval.Value{Kind: eval.Number, Number: eval.Numeric{Float: f}}
}

func integer(i int64) eval.Value {
	return eval.Value{Kind: eval.Number, Number: eval.Numeric{Integer: true, Int: i}}
}

// TestConvertScalars: River's conversions between types, and what it refuses.
func TestConvertScalars(t *testing.T) {
	for _, test := range []struct {
		typ  Type
		in   eval.Value
		want string // "" for an error
	}{
		{Text, text("a"), "a"},
		{Text, integer(5), "5"},
		{Text, number(1.10), "1.1"},
		{Text, eval.Value{Kind: eval.Bool}, ""},
		{Bool, text("true"), ""},
		{Int, text("34621"), "34621"},
		{Int, text("-5"), "-5"},
		{Int, text("2.9"), "2"},
		{Int, text("-1.5"), ""},
		{Int, text(""), ""},
		{Int, text("many"), ""},
		{Int, number(1e300), ""},
		{Uint, integer(-1), ""},
		{Float, text("0.5"), "0.5"},
		{Float, text("1e3"), "1000"},
		{Duration, text("1m30s"), "1m30s"},
		{Duration, integer(0), "0s"},
		{Duration, integer(5), ""},
		{Duration, text("1d"), ""},
		{Bytes, text("512KiB"), "524288"},
		{Bytes, text("512KB"), "524288"},
		{Bytes, text("1MiB512KiB"), "1572864"},
		{Bytes, text("1.5KiB"), "1536"},
		{Bytes, text("7B"), "7"},
		{Bytes, text("512kB"), ""},
		{Bytes, text("512"), ""},
		{Bytes, text("KiB"), ""},
		{Bytes, text("8EiB"), ""},
		{Bytes, integer(0), "0"},
		{MiB, text("512KiB"), "0"},
		{MiB, text("4MiB"), "4"},
		{MiB, text("4.9MiB"), "4"},
		{Texts, text("a"), ""},
		{Ints, integer(1), ""},
		{Client, text("creds"), ""},
	} {
		v, err := test.typ.convert(test.in)
		got := ""
		switch {
		case err != nil:
		case v.Kind == eval.Number:
			got = v.Number.String()
		default:
			got = v.Text.Literal()
		}
		if got != test.want {
			t.Errorf("%s from %s %q%s: got %q, %v; want %q",
				test.typ, test.in.Kind, test.in.Text.Literal(), test.in.Number, got, err, test.want)
		}
	}
}
