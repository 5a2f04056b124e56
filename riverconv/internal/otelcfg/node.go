// Package otelcfg is an ordered model of a collector configuration that remembers which source range made each node.
// It escapes for the collector and prints YAML or plain maps, both from the same tree.
package otelcfg

import (
	"slices"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
)

// Node is a value in the configuration: *Map, *List, Text, Bool, Int, Float or *ID.
type Node interface{ isNode() }

// Bool is a boolean value.
type Bool bool

// Int is an integer value.
type Int int64

// Float is a fractional value.
type Float float64

// Text is a string. The collector expands its variables when it starts.
type Text struct {
	Pieces []Piece
	// KeepText makes the value arrive as text even where the collector's field takes any type and would read the value of
	// a variable as YAML: 007 stays 007. Only an empty variable does not: it arrives as null.
	KeepText bool
	// Secret marks text that only its owner may read.
	Secret bool
}

// Piece is a part of a Text: the URI of something that the collector reads, such as env:NAME, or literal text if URI is
// empty.
type Piece struct{ Literal, URI string }

// Literal makes a Text of plain text.
func Literal(s string) Text { return Text{Pieces: []Piece{{Literal: s}}} }

// Append returns the two texts joined.
func (t Text) Append(u Text) Text {
	t.Pieces = slices.Concat(t.Pieces, u.Pieces)
	return t
}

// TrimSuffix returns the text without a suffix, if literal text ends in it.
func (t Text) TrimSuffix(suffix string) Text {
	if last := len(t.Pieces) - 1; last >= 0 {
		t.Pieces = slices.Clone(t.Pieces)
		t.Pieces[last].Literal = strings.TrimSuffix(t.Pieces[last].Literal, suffix)
	}
	return t
}

// emptyYAML expands to nothing. Behind a variable it keeps the collector from taking the variable for the whole value,
// which it would parse (findAndExpandURI in confmap v1.64.0).
const emptyYAML = "${yaml:}"

// escaped returns the text as the collector reads it: variables as ${env:NAME}, every literal $ doubled.
func (t Text) escaped() string {
	var b strings.Builder
	symbolic, literal := false, false
	for _, p := range t.Pieces {
		literal = literal || p.Literal != ""
		if p.URI != "" {
			symbolic = true
			b.WriteString("${" + p.URI + "}")
			continue
		}
		b.WriteString(strings.ReplaceAll(p.Literal, "$", "$$"))
	}
	if symbolic && !literal && t.KeepText {
		b.WriteString(emptyYAML)
	}
	return b.String()
}

// ID names a component of the collector. Components share IDs by pointer, so that a name chosen late reaches all of
// them.
type ID struct{ Type, Name string }

// String returns type/name.
func (id *ID) String() string {
	if id.Name == "" {
		return id.Type
	}
	return id.Type + "/" + id.Name
}

// List is a sequence of values.
type List struct{ Items []Item }

// Item is an element of a List and the range that made it.
type Item struct {
	Value Node
	Range diag.Range
}

// Map is a mapping that keeps the order in which its keys were set.
type Map struct{ entries []*entry }

type entry struct {
	key     string
	value   Node
	origin  diag.Range
	comment string
}

// Set puts a value below a path of keys joined by dots. Maps made on the way get the same origin. A path that was set
// before is overwritten. The zero Range is allowed; comment may be empty.
func (m *Map) Set(path string, value Node, origin diag.Range, comment string) {
	m.SetPath(strings.Split(path, "."), value, origin, comment)
}

// SetPath is Set for keys that may contain dots.
func (m *Map) SetPath(path []string, value Node, origin diag.Range, comment string) {
	if len(path) == 1 {
		m.Put(path[0], value, origin, comment)
		return
	}
	child, ok := m.get(path[0]).(*Map)
	if !ok {
		child = &Map{}
		m.Put(path[0], child, origin, "")
	}
	child.SetPath(path[1:], value, origin, comment)
}

// Put sets one key, which may contain dots.
func (m *Map) Put(key string, value Node, origin diag.Range, comment string) {
	for _, e := range m.entries {
		if e.key == key {
			e.value, e.origin, e.comment = value, origin, comment
			return
		}
	}
	m.entries = append(m.entries, &entry{key, value, origin, comment})
}

// Append adds an item to the list below a key, making the list if there is none.
func (m *Map) Append(key string, item Item) {
	list, ok := m.get(key).(*List)
	if !ok {
		list = &List{}
		m.Put(key, list, item.Range, "")
	}
	list.Items = append(list.Items, item)
}

// Merge puts all keys of another map behind those of m.
func (m *Map) Merge(other *Map) {
	for _, e := range other.entries {
		m.Put(e.key, e.value, e.origin, e.comment)
	}
}

// Each calls f with each key, its value, and what Put was told about it.
func (m *Map) Each(f func(key string, value Node, origin diag.Range, comment string)) {
	for _, e := range m.entries {
		f(e.key, e.value, e.origin, e.comment)
	}
}

// Find returns the value below a path of keys joined by dots, and what Put was told about its origin. The value is nil
// if there is none.
func (m *Map) Find(path string) (found Node, origin diag.Range) {
	found = m
	for key := range strings.SplitSeq(path, ".") {
		if found, origin = childOf(found, key); found == nil {
			return nil, diag.Range{}
		}
	}
	return found, origin
}

// Len returns the number of keys.
func (m *Map) Len() int { return len(m.entries) }

func (m *Map) get(key string) Node {
	for _, e := range m.entries {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

func (*Map) isNode()  {}
func (*List) isNode() {}
func (Text) isNode()  {}
func (Bool) isNode()  {}
func (Int) isNode()   {}
func (Float) isNode() {}
func (*ID) isNode()   {}
