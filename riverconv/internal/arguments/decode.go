package arguments

import (
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/nearest"
)

// Use is a reference in an argument to something that another component exports.
type Use struct {
	Argument string // River's name of the argument
	Type     Type   // Client, Server, Storage or Consumers
	Target   eval.Value
}

// Decode fills the struct that args points to from a block, checks it, and returns the references in it. What is wrong
// goes into diags, as much of it as can be found.
func Decode(block eval.Block, args any, d dialect.Dialect, diags *diag.List) []Use {
	dec := decoder{dialect: d, diags: diags}
	dec.block(block, reflect.ValueOf(args).Elem())
	return dec.uses
}

type decoder struct {
	dialect dialect.Dialect
	diags   *diag.List
	uses    []Use
}

func (d *decoder) block(block eval.Block, into reflect.Value) {
	into.FieldByName(blockField).Set(reflect.ValueOf(Block{NameRange: block.NameRange, Comment: block.Comment}))
	if into.Type() == reflect.TypeFor[Opaque]() {
		return
	}
	fields := fieldsOf(into.Type())
	given := map[string]diag.Range{}
	for _, a := range block.Body.Attributes {
		given[a.Name] = a.NameRange
		if f, ok := d.find(fields, block, a.Name, a.NameRange, false); ok && a.Value.Kind != "" {
			d.attribute(f, a, into.FieldByIndex(f.index))
		}
	}
	for _, b := range block.Body.Blocks {
		f, ok := d.find(fields, block, b.Name, b.NameRange, true)
		if !ok {
			given[b.Name] = b.NameRange
			continue
		}
		first, repeated := given[b.Name]
		given[b.Name] = b.NameRange
		if b.Label != "" {
			d.diags.Errorf(b.LabelRange, diag.BadLabel, "remove the label", "block %q takes no label", b.Name)
		}
		target := into.FieldByIndex(f.index)
		if repeated && target.Kind() != reflect.Slice {
			d.diags.Errorf(b.NameRange, diag.Duplicate, "the first is at "+first.String()+"; keep one of them",
				"block %q is given twice", b.Name)
			continue
		}
		if f.lost != "" {
			d.diags.Warnf(b.NameRange, diag.NoCounterpart, f.lost, "block %q has no counterpart and was left out", f.name)
		}
		d.nested(b, target)
	}
	d.required(fields, block, given)
}

// nested decodes an inner block into its field.
func (d *decoder) nested(b eval.Block, target reflect.Value) {
	switch target.Kind() {
	case reflect.Pointer:
		target.Set(reflect.New(target.Type().Elem()))
		d.block(b, target.Elem())
	case reflect.Slice:
		item := reflect.New(target.Type().Elem()).Elem()
		d.block(b, item)
		target.Set(reflect.Append(target, item))
	default:
		d.block(b, target)
	}
}

// required reports what the block lacks.
func (d *decoder) required(fields []field, block eval.Block, given map[string]diag.Range) {
	for _, f := range fields {
		if _, ok := given[f.name]; ok || !f.required || !f.existsIn(d.dialect) {
			continue
		}
		if f.block {
			todo := "add the block: " + f.name + " { ... }"
			if f.name == "output" {
				todo = "say where each signal goes, as in: output { traces = " + Consumers.example() + " }"
			}
			d.diags.Errorf(block.NameRange, diag.MissingArgument, todo, "block %q is required in %q", f.name, block.Name)
			continue
		}
		d.diags.Errorf(block.NameRange, diag.MissingArgument, "add a line such as: "+f.name+" = "+f.example(),
			"argument %q is required in %q", f.name, block.Name)
	}
}

// find returns the field for a name in a block, or reports why there is none.
func (d *decoder) find(fields []field, block eval.Block, name string, at diag.Range, isBlock bool) (field, bool) {
	var names []string
	for _, f := range fields {
		switch {
		case f.name != name:
			if f.block == isBlock && f.existsIn(d.dialect) {
				names = append(names, f.name)
			}
		case f.never != "":
			d.diags.Errorf(at, diag.UnknownArgument, f.never, "unknown argument %q in %q", name, block.Name)
			return field{}, false
		case !f.existsIn(d.dialect):
			d.diags.Errorf(at, diag.OtherDialect, "it exists in "+f.where()+"; pass the -dialect of this file, or remove it",
				"%q does not exist in %s", name, d.dialect)
			return field{}, false
		case f.block != isBlock:
			detail := "write " + name + " = " + f.example()
			if f.block {
				detail = "write " + name + " { ... }, without ="
			}
			d.diags.Errorf(at, diag.WrongType, detail, "%q is %s in %q", name, kindOf(f.block), block.Name)
			return field{}, false
		default:
			return f, true
		}
	}
	code, takes := diag.UnknownArgument, "arguments"
	if isBlock {
		code, takes = diag.UnknownBlock, "blocks"
	}
	otherwise := "remove it; " + block.Name + " takes no " + takes
	if len(names) > 0 {
		otherwise = block.Name + " takes these " + takes + ": " + strings.Join(names, ", ")
	}
	d.diags.Errorf(at, code, nearest.Hint(name, names, otherwise), "unknown %s %q in %q",
		strings.TrimSuffix(takes, "s"), name, block.Name)
	return field{}, false
}

func kindOf(block bool) string {
	if block {
		return "a block"
	}
	return "an argument"
}

func (d *decoder) attribute(f field, a eval.Attribute, into reflect.Value) {
	if a.Value.Kind == eval.Null && !f.hasDef {
		return // null is what the argument is without being set
	}
	v, err := f.typ.convert(a.Value)
	if parts := (partErrors{}); errors.As(err, &parts) {
		for _, part := range parts {
			at := part.at
			if at.IsZero() {
				at = a.Value.Range // the part was computed
			}
			d.diags.Errorf(at, diag.WrongType, "write a value such as "+part.example, "%s: %v", f.name, part)
		}
		return
	}
	if err != nil {
		d.diags.Errorf(a.Value.Range, diag.WrongType, "write a value such as "+f.example(), "%s: %v", f.name, err)
		return
	}
	if !d.allowed(f, a.Value, v) {
		return
	}
	if f.lost != "" {
		d.diags.Warnf(a.NameRange, diag.NoCounterpart, f.lost, "argument %q has no counterpart and was left out", f.name)
	}
	d.warnOfVariable(f, v)
	d.warnOfFile(f, v)
	d.warnOfSecret(f, a.Value, v)
	d.collect(f, v)
	arg := Arg{Set: v.Kind != eval.Null, Value: v, NameRange: a.NameRange, Comment: a.Comment}
	if f.typ == Secret || f.typ == SecretMap {
		arg.Comment = "" // it may tell the secret
	}
	into.Set(reflect.ValueOf(arg))
}

// allowed checks a text against the texts that the argument takes.
func (d *decoder) allowed(f field, given, v eval.Value) bool {
	if len(f.oneOf) == 0 || v.Symbolic() {
		return true
	}
	texts := []eval.Value{v}
	if v.Kind == eval.Array {
		texts = v.List
	}
	for _, t := range texts {
		if t.Kind != eval.String || t.Symbolic() || f.takes(t.Text.Literal()) {
			continue
		}
		if given.Kind == eval.Null {
			d.diags.Errorf(t.Range, diag.InvalidValue, "remove it, or use one of: "+quoted(f.oneOf), "%s cannot be null", f.name)
			return false
		}
		d.diags.Errorf(t.Range, diag.InvalidValue,
			nearest.Hint(t.Text.Literal(), f.oneOf, "use one of: "+quoted(f.oneOf)),
			"%s cannot be %q", f.name, t.Text.Literal())
		return false
	}
	return true
}

// warnOfVariable tells when a variable has to hold something else than it may for River.
func (d *decoder) warnOfVariable(f field, v eval.Value) {
	inner := f
	if element, _ := f.typ.element(); element != "" {
		inner.typ = element
	}
	for _, item := range v.List {
		d.warnOfVariable(inner, item)
	}
	for _, part := range v.Fields {
		d.warnOfVariable(inner, part.Value)
	}
	if !v.Symbolic() || f.lost != "" {
		return
	}
	switch f.typ {
	case Bytes:
		d.diags.Warnf(v.Range, diag.ReadsOtherUnit, "set the variable to a number of bytes, 524288 instead of 512KiB",
			"%s: the collector reads a plain number of bytes here", f.name)
	case MiB:
		d.diags.Warnf(v.Range, diag.ReadsOtherUnit, "set the variable to a number of MiB, 4 instead of 4MiB",
			"%s: the collector reads a plain number of MiB here", f.name)
	case Any:
		if v.Text.Literal() != "" {
			return
		}
		d.diags.Warnf(v.Range, diag.ChangedBehavior, "make sure that the variable is set where the collector runs",
			"%s: the collector takes an empty variable for no value at all", f.name)
	}
}

// warnOfFile tells that the collector reads a file but once. Keys that take its path follow its changes.
func (d *decoder) warnOfFile(f field, v eval.Value) {
	for _, item := range v.List {
		d.warnOfFile(f, item)
	}
	for _, inner := range v.Fields {
		d.warnOfFile(f, inner.Value)
	}
	if !v.Text.HoldsFile() || f.lost != "" || f.fileKey != "" && len(v.Text) == 1 {
		return
	}
	d.diags.Warnf(v.Range, diag.ChangedBehavior,
		"restart or reload the collector when the file changes; write $$ in it for every $ that { or $ follows",
		"%s: the collector reads the file when it starts, River follows its changes", f.name)
}

// warnOfSecret tells of a secret in the file. What is partly read from elsewhere is none: the rest is a prefix. Of
// headers only those count whose names say so: a tenant is no secret.
func (d *decoder) warnOfSecret(f field, given, v eval.Value) {
	inner := f
	if element, _ := f.typ.element(); element != "" {
		inner.typ = element
	}
	for _, item := range v.List {
		d.warnOfSecret(inner, given, item)
	}
	for _, part := range v.Fields {
		if diag.NamesSecret(part.Name) {
			d.warnOfSecret(inner, given, part.Value)
		}
	}
	if f.typ != Secret || v.Text.Literal() == "" || v.Symbolic() || f.lost != "" {
		return
	}
	at := v.Range
	if at.IsZero() {
		at = given.Range // the part was computed
	}
	d.diags.Warnf(at, diag.PlainSecret,
		`write env("NAME") in its place, which becomes ${env:NAME}, and set NAME where the collector runs`,
		"%s: a secret stands in the file", f.name)
}

// collect remembers the references in a value.
func (d *decoder) collect(f field, v eval.Value) {
	switch {
	case f.typ == Consumers || f.typ == Sinks:
		for _, item := range v.List {
			d.uses = append(d.uses, Use{Argument: f.name, Type: f.typ, Target: item})
		}
	case f.typ.handler() && v.Kind == eval.Reference:
		d.uses = append(d.uses, Use{Argument: f.name, Type: f.typ, Target: v})
	}
}

// example shows how a value of the argument is written.
func (f field) example() string {
	if len(f.oneOf) > 0 && f.typ == Text {
		return strconv.Quote(f.oneOf[0])
	}
	return f.typ.example()
}

// takes reports whether a text is one of those that the argument takes.
func (f field) takes(text string) bool {
	return slices.ContainsFunc(f.oneOf, func(known string) bool {
		return known == text || f.anyCase && strings.EqualFold(known, text)
	})
}

func quoted(texts []string) string {
	return `"` + strings.Join(texts, `", "`) + `"`
}
