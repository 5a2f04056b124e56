// Package eval turns syntax trees into values without side effects. What River reads at run time stays symbolic:
// env("X") becomes a piece of text, a component reference becomes a Reference.
package eval

import (
	"slices"
	"strconv"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
)

// Kind is the type of a Value.
type Kind string

// The kinds of values, by River's names for them.
const (
	Null      Kind = "null"
	Bool      Kind = "bool"
	Number    Kind = "number"
	String    Kind = "string"
	Array     Kind = "array"
	Object    Kind = "object"
	Reference Kind = "reference"
)

// Value is an evaluated expression. Which field holds it depends on Kind.
type Value struct {
	Kind   Kind
	Range  diag.Range
	Bool   bool
	Number Numeric
	Text   Text
	List   []Value
	Fields []Field
	// Path holds the names of a reference, for example otelcol, exporter, otlp, default, input. If the component stands in
	// a module, the first of them begins with that module and a slash.
	Path []string
}

// Numeric is a number as River keeps it: an integer where it can.
type Numeric struct {
	Integer bool
	Int     int64
	Float   float64
}

// String returns the decimal form that River gives a number when it becomes a string.
func (n Numeric) String() string {
	if n.Integer {
		return strconv.FormatInt(n.Int, 10)
	}
	return strconv.FormatFloat(n.Float, 'f', -1, 64)
}

// Field is one entry of an object, in source order.
type Field struct {
	Name  string
	Value Value
}

// Field returns the field of an object, or null and false if there is none.
func (v Value) Field(name string) (Value, bool) {
	for _, f := range v.Fields {
		if f.Name == name {
			return f.Value, true
		}
	}
	return Value{Kind: Null}, false
}

// Text is a string made of literal pieces and of what is read when the collector starts: variables and files.
type Text []Piece

// Piece is a part of a Text: the name of an environment variable, the path of a file whose content is meant, or literal
// text if both are empty.
type Piece struct {
	Literal string
	Env     string
	File    Text
}

// URI returns what the collector expands to the piece, without ${ and }. It is "" for literal text.
func (p Piece) URI() string {
	switch {
	case p.Env != "":
		return "env:" + p.Env
	case len(p.File) > 0:
		return "file:" + p.File.path()
	}
	return ""
}

// path returns the path of a file as the collector reads it, with variables as ${env:NAME}.
func (t Text) path() string {
	var b strings.Builder
	for _, p := range t {
		if p.Env != "" {
			b.WriteString("${env:" + p.Env + "}")
		}
		b.WriteString(p.Literal)
	}
	return b.String()
}

// Symbolic reports whether the text depends on the environment or on files.
func (t Text) Symbolic() bool {
	return slices.ContainsFunc(t, func(p Piece) bool { return p.URI() != "" })
}

// HoldsFile reports whether the content of a file is part of the text.
func (t Text) HoldsFile() bool {
	return slices.ContainsFunc(t, func(p Piece) bool { return len(p.File) > 0 })
}

// Literal returns the literal pieces; for a text that is not symbolic this is the whole.
func (t Text) Literal() string {
	var b strings.Builder
	for _, p := range t {
		b.WriteString(p.Literal)
	}
	return b.String()
}

// Literally makes a Text of plain text.
func Literally(s string) Text { return Text{{Literal: s}} }

// Symbolic reports whether v is a string that depends on the environment.
func (v Value) Symbolic() bool { return v.Kind == String && v.Text.Symbolic() }

// empty reports whether a value that is not symbolic is null, the zero value of its type, or has no elements.
func (v Value) empty() bool {
	switch v.Kind {
	case Null:
		return true
	case Bool:
		return !v.Bool
	case Number:
		return v.Number.Int == 0 && v.Number.Float == 0
	case String:
		return v.Text.Literal() == ""
	case Array:
		return len(v.List) == 0
	case Object:
		return len(v.Fields) == 0
	}
	return false
}

// PathString returns a reference as it is written.
func (v Value) PathString() string { return strings.Join(v.Path, ".") }

// Body is the evaluated content of a file or block, in source order.
type Body struct {
	Attributes []Attribute
	Blocks     []Block
}

// Attribute is one NAME = VALUE.
type Attribute struct {
	Name      string
	NameRange diag.Range
	Value     Value
	Comment   string
}

// Block is one NAME "LABEL" { ... }.
type Block struct {
	// Module names the module that holds the block, if it is not the configuration itself: the instances of custom
	// components around it, as in pipeline.app.default.
	Module     string
	Name       string
	Label      string
	NameRange  diag.Range
	LabelRange diag.Range
	Range      diag.Range
	Comment    string
	// Hint says what the block could be if no component has its name; it may be empty.
	Hint string
	Body Body
}

// FullName returns the name by which the expressions of all modules refer to the block.
func (b Block) FullName() string { return Within(b.Module, b.Name+"."+b.Label) }

// Within puts the name of a module in front of a name in it. The configuration itself is the module "".
func Within(module, name string) string {
	if module == "" {
		return name
	}
	return module + "/" + name
}
