package arguments

import (
	"reflect"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// Encode returns the collector keys for the struct that args points to: what the user set, and River's defaults where
// the collector's differ. Handlers become the ids that extension returns.
func Encode(args any, d dialect.Dialect, extension func(target eval.Value, t Type) *otelcfg.ID) *otelcfg.Map {
	out := &otelcfg.Map{}
	enc := encoder{dialect: d, extension: extension}
	enc.block(reflect.ValueOf(args).Elem(), out)
	return out
}

type encoder struct {
	dialect   dialect.Dialect
	extension func(eval.Value, Type) *otelcfg.ID
}

func (e *encoder) block(from reflect.Value, out *otelcfg.Map) {
	for _, f := range fieldsOf(from.Type()) {
		if f.keyless || f.lost != "" || f.typ == Consumers || f.typ == Sinks {
			continue
		}
		value := from.FieldByIndex(f.index)
		if f.block {
			e.nested(f, value, out)
			continue
		}
		e.argument(f, value.Interface().(Arg), out)
	}
}

func (e *encoder) nested(f field, value reflect.Value, out *otelcfg.Map) {
	switch value.Kind() {
	case reflect.Pointer:
		if value.IsNil() {
			return
		}
		if len(f.key) == 0 {
			e.block(value.Elem(), out)
			return
		}
		inner := &otelcfg.Map{}
		e.block(value.Elem(), inner)
		at := origin(value.Elem())
		out.SetPath(f.key, inner, at.NameRange, at.Comment)
	case reflect.Slice:
		if value.Len() == 0 {
			return
		}
		list := &otelcfg.List{}
		for i := range value.Len() {
			inner := &otelcfg.Map{}
			e.block(value.Index(i), inner)
			list.Items = append(list.Items, otelcfg.Item{Value: inner, Range: origin(value.Index(i)).NameRange})
		}
		out.SetPath(f.key, list, list.Items[0].Range, "")
	default:
		if len(f.key) == 0 {
			e.block(value, out)
			return
		}
		inner := &otelcfg.Map{}
		e.block(value, inner)
		if inner.Len() > 0 {
			at := origin(value)
			out.SetPath(f.key, inner, at.NameRange, at.Comment)
		}
	}
}

func (e *encoder) argument(f field, a Arg, out *otelcfg.Map) {
	switch {
	case a.Set && f.typ.handler():
		out.SetPath(f.key, e.extension(a.Value, f.typ), a.Value.Range, a.Comment)
	case f.fileKey != "" && a.ContentOf() != nil:
		path := eval.Value{Kind: eval.String, Text: a.ContentOf()}
		out.Set(f.fileKey, Text.node(path), a.Value.Range, a.Comment)
	case a.Set:
		out.SetPath(f.key, f.typ.node(a.Value), a.Value.Range, a.Comment)
	default:
		river, ok := f.defaultIn(e.dialect)
		if ok && river != f.collectorDefault() {
			v, _ := f.typ.Parse(river) // Check has found it good
			out.SetPath(f.key, f.typ.node(v), diag.Range{}, "")
		}
	}
}

// origin returns where the block that a struct was decoded from stands.
func origin(block reflect.Value) Block {
	return block.FieldByName(blockField).Interface().(Block)
}

// TextsOf returns a list of strings, with their variables; it is empty if the argument is not set.
func TextsOf(a Arg) *otelcfg.List {
	if a.Value.Kind != eval.Array {
		return &otelcfg.List{}
	}
	return Texts.node(a.Value).(*otelcfg.List)
}

// Literals returns those elements of a list of strings that are not symbolic.
func Literals(a Arg) (texts []string) {
	for _, item := range a.Value.List {
		if !item.Symbolic() {
			texts = append(texts, item.Text.Literal())
		}
	}
	return texts
}

// Given returns the arguments that are set in the struct that block points to, by River's names. Those of blocks in it
// are not among them.
func Given(block any) map[string]Arg {
	given := map[string]Arg{}
	v := reflect.ValueOf(block).Elem()
	for _, f := range fieldsOf(v.Type()) {
		if a, ok := v.FieldByIndex(f.index).Interface().(Arg); ok && a.Set {
			given[f.name] = a
		}
	}
	return given
}

// DefaultIn returns River's default of one argument of a block, if it has one in the dialect.
func DefaultIn(block any, name string, d dialect.Dialect) (text string, ok bool) {
	for _, f := range fieldsOf(reflect.TypeOf(block).Elem()) {
		if f.name == name {
			return f.defaultIn(d)
		}
	}
	return "", false
}

// AtDefault reports whether an argument of a block is given, and given the very value that it has without.
func AtDefault(block any, name string, a Arg, d dialect.Dialect) bool {
	for _, f := range fieldsOf(reflect.TypeOf(block).Elem()) {
		if text, ok := f.defaultIn(d); ok && f.name == name && a.Set {
			v, _ := f.typ.Parse(text) // Check has found it good
			return reflect.DeepEqual(f.typ.node(a.Value), f.typ.node(v))
		}
	}
	return false
}

// NodeOf returns the value of an argument of a type.
func NodeOf(a Arg, t Type) otelcfg.Node { return t.node(a.Value) }

// TextOf returns the text of a string argument, with its variables; it is empty if the argument is not set.
func TextOf(a Arg) otelcfg.Text {
	if a.Value.Kind != eval.String {
		return otelcfg.Text{}
	}
	return Text.node(a.Value).(otelcfg.Text)
}
