package riverconv_test

import (
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/component"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/golden"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/module"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/syntax"
)

// refused lists arguments that stand in no case that converts: they are errors wherever they stand.
var refused = []string{"otelcol.extension.jaeger_remote_sampling > source > content"}

// TestNoArgumentIsSilent: an argument that is accepted changes the result or the diagnostics. Each in each case gets
// another value, in both dialects, or is taken out where that is refused. Nothing need change if a diagnostic says that
// it is left out, or if what is taken out states River's default. Every argument of every component is tried.
func TestNoArgumentIsSilent(t *testing.T) {
	var mutex sync.Mutex
	tried := map[string]bool{}
	t.Run("cases", func(t *testing.T) {
		for _, c := range golden.Cases(t, "testdata/convert") {
			if _, diags, _ := convertCase(c); diags.HasErrors() {
				continue
			}
			t.Run(c.Name, func(t *testing.T) {
				t.Parallel()
				for _, d := range []dialect.Name{dialect.Flow, dialect.Alloy} {
					for _, name := range tryAll(t, c, d) {
						mutex.Lock()
						tried[name] = true
						mutex.Unlock()
					}
				}
			})
		}
	})
	for _, c := range component.All() {
		for _, in := range []dialect.Name{dialect.Flow, dialect.Alloy} {
			d, ok := c.Newest(in)
			if !ok {
				continue
			}
			for name := range defaultsOf(t, c.Name, d.String()) {
				if !tried[string(in)+" > "+name] && !slices.Contains(refused, name) {
					t.Errorf("%s: %s stands in no case that converts", d, name)
				}
			}
		}
	}
}

// tryAll tries the arguments in a case, read in a dialect, and returns their names.
func tryAll(t *testing.T, c golden.Case, d dialect.Name) (tried []string) {
	if told, err := dialect.Parse(c.Dialect); err != nil || told.Name != d {
		c.Dialect = string(d)
	}
	c, want, ok := withoutErrors(t, c)
	if !ok {
		return nil
	}
	for _, block := range bodyOf(t, c).Blocks {
		if block.Module != "" {
			continue // its values may stand elsewhere, where the module is used
		}
		defaults := defaultsOf(t, block.Name, c.Dialect)
		for _, s := range statementsOf(block, "", nil) {
			tried = append(tried, string(d)+" > "+s.name)
			if s.leftOut(want.diags) {
				continue
			}
			got := outcomeOf(t, replaced(c, s.value.Range, another))
			if got.yaml == "" { // the other value is refused
				if isDefault(s.value, defaults[s.name]) {
					continue
				}
				got = outcomeOf(t, replaced(c, s.source, blank))
			}
			if got.yaml == want.yaml && slices.Equal(got.diags, want.diags) {
				t.Errorf("%s: %s: %s changes nothing", c.Dialect, s.source, s.name)
			}
		}
	}
	return tried
}

// outcome is what comes of a conversion.
type outcome struct {
	yaml  string
	diags diag.List
}

// outcomeOf converts a case. It leaves out the warning about variables, which goes to the first one wherever it stands.
func outcomeOf(t *testing.T, c golden.Case) (o outcome) {
	t.Helper()
	result, diags, _ := convertCase(c)
	if !diags.HasErrors() {
		o.yaml = yamlOf(t, result)
	}
	o.diags = slices.DeleteFunc(diags, func(d diag.Diagnostic) bool { return d.Code == diag.ExpandedAgain })
	return o
}

// withoutErrors takes out of a case what makes it fail, such as what another dialect has, and returns what comes of the
// rest. It is false if nothing is left.
func withoutErrors(t *testing.T, c golden.Case) (golden.Case, outcome, bool) {
	for {
		o := outcomeOf(t, c)
		first := slices.IndexFunc(o.diags, func(d diag.Diagnostic) bool { return d.Severity == diag.Error })
		if first < 0 {
			return c, o, true
		}
		culprit := around(bodyOf(t, c), o.diags[first].Range)
		if culprit.IsZero() {
			return c, o, false
		}
		c = replaced(c, culprit, blank)
	}
}

// bodyOf returns the statements of a case. There are none if it cannot be parsed.
func bodyOf(t *testing.T, c golden.Case) eval.Body {
	t.Helper()
	var files []*syntax.File
	for _, in := range c.Inputs {
		file, diags := syntax.Parse(in.Name, in.Data)
		if diags.HasErrors() {
			return eval.Body{}
		}
		files = append(files, file)
	}
	d, err := dialect.Parse(c.Dialect)
	if err != nil {
		t.Fatal(err)
	}
	lookup := func(name string) (string, bool) { value, ok := c.Env[name]; return value, ok }
	blocks, _ := module.Expand(files, module.Settings{
		Settings: eval.Settings{Dialect: d, LookupEnv: lookup},
		Read:     func(string) ([]module.File, error) { return nil, fs.ErrNotExist },
	})
	return eval.Body{Blocks: blocks}
}

// defaultsOf returns River's defaults by the names of all arguments of a component.
func defaultsOf(t *testing.T, name, in string) map[string]string {
	t.Helper()
	d, err := dialect.Parse(in)
	if err != nil {
		t.Fatal(err)
	}
	defaults := map[string]string{}
	if c, ok := component.Find(name); ok {
		for _, a := range arguments.Describe(c.NewArguments(), d) {
			if !a.Block {
				defaults[name+" > "+strings.Join(a.Path, " > ")] = a.Default
			}
		}
	}
	return defaults
}

// isDefault reports whether a value is the one that tags state. Of lists it knows the empty one.
func isDefault(v eval.Value, text string) bool {
	switch v.Kind {
	case eval.Null:
		return true
	case eval.Bool:
		return strconv.FormatBool(v.Bool) == text
	case eval.Number:
		return v.Number.String() == text
	case eval.String:
		return !v.Symbolic() && v.Text.Literal() == text
	}
	return v.Kind == eval.Array && len(v.List) == 0 && text == ""
}

// statement is an argument as it stands in a file.
type statement struct {
	name   string // with those of the blocks around it
	source diag.Range
	value  eval.Value
	places []diag.Range // of its name and the names of the blocks around it
}

// leftOut reports whether a diagnostic says so of the statement or of a block around it.
func (s statement) leftOut(diags diag.List) bool {
	return slices.ContainsFunc(diags, func(d diag.Diagnostic) bool {
		switch d.Code {
		case diag.NoCounterpart, diag.PrecedenceApplied, diag.NotUsed, diag.NotFed, diag.GoesNowhere:
			return slices.Contains(s.places, d.Range)
		}
		return false
	})
}

// statementsOf returns the arguments in a block and in those inside it.
func statementsOf(block eval.Block, outer string, places []diag.Range) (all []statement) {
	name := outer + block.Name + " > "
	places = slices.Concat(places, []diag.Range{block.NameRange})
	for _, a := range block.Body.Attributes {
		own := slices.Concat(places, []diag.Range{a.NameRange})
		all = append(all, statement{name + a.Name, sourceOf(a), a.Value, own})
	}
	for _, inner := range block.Body.Blocks {
		all = append(all, statementsOf(inner, name, places)...)
	}
	return all
}

// sourceOf returns the range of an argument with its value.
func sourceOf(a eval.Attribute) diag.Range {
	return diag.Range{File: a.NameRange.File, Start: a.NameRange.Start, End: a.Value.Range.End}
}

// around returns the range of the argument or block that a place stands in or names, and the zero range if there is
// none.
func around(body eval.Body, at diag.Range) diag.Range {
	for _, a := range body.Attributes {
		if holds(sourceOf(a), at) {
			return sourceOf(a)
		}
	}
	for _, b := range body.Blocks {
		if holds(b.Range, at) {
			if inner := around(b.Body, at); !inner.IsZero() {
				return inner
			}
			return b.Range
		}
	}
	return diag.Range{}
}

func holds(outer, inner diag.Range) bool {
	return outer.File == inner.File && !less(inner.Start, outer.Start) && !less(outer.End, inner.Start)
}

func less(p, q diag.Point) bool { return p.Line < q.Line || p.Line == q.Line && p.Column < q.Column }

// replaced returns a case with the text of a range replaced.
func replaced(c golden.Case, r diag.Range, by func(text string) string) golden.Case {
	c.Inputs = slices.Clone(c.Inputs)
	for i, in := range c.Inputs {
		if in.Name == r.File {
			text := string(in.Data)
			start, end := offset(text, r.Start), offset(text, r.End)+1
			c.Inputs[i].Data = []byte(text[:start] + by(text[start:end]) + text[end:])
		}
	}
	return c
}

func offset(text string, p diag.Point) int {
	at := 0
	for range p.Line - 1 {
		at += strings.IndexByte(text[at:], '\n') + 1
	}
	return at + p.Column - 1
}

// blank puts spaces in the place of a text, so that all others stay where they are.
func blank(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' {
			return r
		}
		return ' '
	}, text)
}

// another writes a value of the same type in the place of a literal. There is no other in the place of an expression.
func another(value string) string {
	switch {
	case value == "true":
		return "false"
	case value == "false":
		return "true"
	case strings.HasPrefix(value, "[") && strings.Count(value, "[") == 1:
		return `["1", ` + value[1:]
	case strings.HasPrefix(value, `"`) && strings.Count(value, `"`) == 2:
		return `"1` + value[1:]
	}
	if _, err := strconv.ParseFloat(value, 64); err != nil {
		return ""
	}
	return "1" + value
}
