package module

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/grafana/alloy/syntax/ast"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/syntax"
)

// expandForeach returns the blocks of the template, once for each element of the collection.
// https://grafana.com/docs/alloy/latest/reference/config-blocks/foreach/
func (s *scope) expandForeach(p part, block *ast.BlockStmt) (blocks []eval.Block) {
	if !s.isAlloy() {
		s.diags.Errorf(syntax.NameRange(block), diag.OtherDialect, "pass -dialect alloy if this file is meant for it",
			"%q does not exist in %s", foreachBlock, s.set.Dialect.Product())
		return nil
	}
	templates := blocksIn(block, templateBlock)
	loop, ok := s.foreach(p, without(block, templateBlock))
	switch {
	case !s.labelled(block, "team"):
		return nil
	case len(templates) != 1:
		s.diags.Errorf(syntax.NameRange(block), diag.MissingArgument, "write the components into one block: template { ... }",
			"%q needs one block %q, and has %d", foreachBlock, templateBlock, len(templates))
		return nil
	case templates[0].Label != "":
		s.diags.Errorf(syntax.LabelRange(templates[0]), diag.BadLabel, "remove the label",
			"block %q takes no label", templateBlock)
		return nil
	case !ok:
		return nil
	case len(loop.collection) == 0:
		s.diags.Warnf(syntax.NameRange(block), diag.NotUsed, "add elements to its collection, or remove it",
			"the collection is empty, so nothing came of the template")
	}
	template := part{file: p.file, body: templates[0].Body, opens: syntax.OpeningLine(templates[0])}
	for _, item := range loop.collection {
		if !s.budget.use(syntax.NameRange(block)) {
			return blocks
		}
		child := enter(scope{
			expansion: s.expansion, caller: s, variable: loop.variable, item: item,
			def: &definition{parts: []part{template}, sees: s.names, folder: s.def.folder, around: s},
			id:  s.inner(foreachBlock + "." + block.Label + "/" + loop.id(item)),
		})
		blocks = append(blocks, child.expand()...)
	}
	return blocks
}

// loop holds the arguments of a foreach.
type loop struct {
	collection []eval.Value
	variable   string
	idField    string
	counts     map[string]int // of elements with the same id
}

// loopArguments are the arguments of a foreach, with the kinds of their values.
var loopArguments = []struct {
	name string
	kind eval.Kind
}{{"collection", eval.Array}, {"var", eval.String}, {"id", eval.String}, {"hash_string_id", eval.Bool},
	{"enable_metrics", eval.Bool}}

// foreach evaluates the arguments. It returns false after it has reported what is wrong.
func (s *scope) foreach(p part, block *ast.BlockStmt) (l loop, ok bool) {
	l.counts = map[string]int{}
	values := map[string]*lazy{}
	for _, a := range s.attributes(block, "collection", "var", "id", "hash_string_id", "enable_metrics") {
		values[a.Name.Name] = lazyExpression(s.in(p), a.Value, syntax.Range(a.Name))
	}
	ok = true
	found := map[string]eval.Value{}
	for _, arg := range loopArguments {
		if given := values[arg.name]; given != nil {
			v, good := given.get(s.expansion)
			good = good && s.hasKind(v, arg.name, arg.kind)
			ok = ok && good
			found[arg.name] = v
		} else if arg.name == "collection" || arg.name == "var" {
			ok = false
			s.diags.Errorf(syntax.NameRange(block), diag.MissingArgument,
				`add it, as in: collection = ["a", "b"] and var = "each"`, "argument %q is required in %q", arg.name, foreachBlock)
		}
	}
	for _, name := range []string{"hash_string_id", "enable_metrics"} {
		if v := found[name]; v.Bool {
			s.diags.Warnf(v.Range, diag.NoCounterpart, "remove it; a collector measures each of its components by name",
				"%s changes how River names and measures the copies, and was left out", name)
		}
	}
	if !ok {
		return l, false
	}
	l.collection = found["collection"].List
	l.variable, ok = s.in(p).Known(found["var"])
	if id, given := found["id"]; given && ok {
		l.idField, ok = s.in(p).Known(id)
	}
	return l, ok
}

// hasKind reports a value of another kind. Null is no elements, no text or false.
func (s *scope) hasKind(v eval.Value, name string, kind eval.Kind) bool {
	switch {
	case v.Kind == kind || v.Kind == eval.Null && kind != eval.String:
		return true
	case v.Kind == eval.Reference && s.set.Partial:
		s.diags.Warnf(v.Range, diag.ForeignComponent, "write the template out for each element",
			"%s is not known before River runs; the foreach was left out", v.PathString())
	case v.Kind == eval.Reference:
		s.diags.Errorf(v.Range, diag.BadExpression, "write the value itself, or pass -partial to leave it out",
			"%s: the value of %s is not known before River runs", name, v.PathString())
	default:
		s.diags.Errorf(v.Range, diag.WrongType, "write "+examples[kind],
			"%s: expected a value of type %s, got %s", name, kind, v.Kind)
	}
	return false
}

var examples = map[eval.Kind]string{
	eval.Array: `a list such as ["a", "b"]`, eval.String: `a text such as "each"`, eval.Bool: "true or false",
}

// id names the copy for an element, as Alloy does for elements of plain types.
func (l loop) id(item eval.Value) string {
	if field, ok := item.Field(l.idField); ok {
		item = field
	}
	name := "foreach_" + fingerprint(item)
	l.counts[name]++
	return fmt.Sprintf("%s_%d", name, l.counts[name])
}

func fingerprint(item eval.Value) string {
	text := "item"
	switch {
	case item.Kind == eval.String && !item.Symbolic():
		text = item.Text.Literal()
	case item.Kind == eval.Number:
		text = item.Number.String()
	case item.Kind == eval.Bool:
		text = fmt.Sprint(item.Bool)
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return '_'
	}, text)
}
