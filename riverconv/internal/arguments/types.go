package arguments

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// Type is the type of an argument. River's rules of conversion apply: a number becomes a string and the reverse where
// the argument wants it.
type Type string

// The types of arguments, and what each becomes in the collector. Besides these there are list(T) and map(T), of which
// the most frequent have names.
const (
	Text      Type = "string"
	Secret    Type = "secret" // a string that only its owner may read
	Bool      Type = "bool"
	Int       Type = "int"
	Uint      Type = "uint"
	Float     Type = "float"
	Duration  Type = "duration"       // text with a unit
	Bytes     Type = "bytes"          // a size such as 512KiB becomes a number of bytes
	MiB       Type = "mib"            // a size becomes a number of whole MiB, rounded down
	Any       Type = "any"            // keeps its River type
	Client    Type = "handler"        // otelcol.auth.*.handler, for a client: the id of an extension
	Server    Type = "server handler" // the same, for a server
	Storage   Type = "storage"        // otelcol.storage.*.handler: the id of an extension
	Consumers Type = "consumers"      // list of *.input: becomes pipelines
	Sinks     Type = "sinks"          // list of *.receiver: what stands behind a bridge out of otelcol

	Texts     Type = "list(string)"
	Ints      Type = "list(int)"
	TextMap   Type = "map(string)"
	SecretMap Type = "map(secret)"
)

// plainTypes tells about the types that are neither lists nor maps: the kind of their values, "" where that varies, how
// people call one and several, and how one is written.
var plainTypes = map[Type]struct {
	kind                 eval.Kind
	one, several, sample string
}{
	Text:      {eval.String, "a string", "strings", `"text"`},
	Secret:    {eval.String, "a string", "strings", `"text"`},
	Bool:      {eval.Bool, "true or false", "booleans", "true"},
	Int:       {eval.Number, "an integer", "integers", "5"},
	Uint:      {eval.Number, "an integer that is not negative", "integers that are not negative", "5"},
	Float:     {eval.Number, "a number", "numbers", "0.5"},
	Duration:  {eval.String, "a duration", "durations", `"5s"`},
	Bytes:     {eval.String, "a size", "sizes", `"512KiB"`},
	MiB:       {eval.String, "a size", "sizes", `"4MiB"`},
	Any:       {"", "a value", "values", `"text"`},
	Client:    {eval.Reference, "the handler of an otelcol.auth component", "", "otelcol.auth.basic.LABEL.handler"},
	Server:    {eval.Reference, "the handler of an otelcol.auth component", "", "otelcol.auth.basic.LABEL.handler"},
	Storage:   {eval.Reference, "the handler of an otelcol.storage component", "", "otelcol.storage.file.LABEL.handler"},
	Consumers: {eval.Array, "a list of component inputs", "", "[otelcol.exporter.otlp.LABEL.input]"},
	Sinks:     {eval.Array, "a list of receivers", "", "[prometheus.remote_write.LABEL.receiver]"},
}

// element returns the type of what a list or map holds, and which of the two it is. For other types it returns "".
func (t Type) element() (element Type, container eval.Kind) {
	inner, closed := strings.CutSuffix(string(t), ")")
	if e, ok := strings.CutPrefix(inner, "list("); ok && closed {
		return Type(e), eval.Array
	}
	if e, ok := strings.CutPrefix(inner, "map("); ok && closed {
		return Type(e), eval.Object
	}
	return "", ""
}

func (t Type) known() bool {
	if element, _ := t.element(); element != "" {
		return element.known()
	}
	_, ok := plainTypes[t]
	return ok
}

// handler reports whether the type refers to an extension.
func (t Type) handler() bool { return t == Client || t == Server || t == Storage }

// words names the type for people.
func (t Type) words() string {
	switch element, container := t.element(); container {
	case eval.Array:
		return "a list of " + element.plural()
	case eval.Object:
		return "an object of " + element.plural()
	}
	return plainTypes[t].one
}

func (t Type) plural() string {
	switch element, container := t.element(); container {
	case eval.Array:
		return "lists of " + element.plural()
	case eval.Object:
		return "objects of " + element.plural()
	}
	return plainTypes[t].several
}

// example shows how a value of the type is written.
func (t Type) example() string {
	switch element, container := t.element(); container {
	case eval.Array:
		return "[" + element.example() + "]"
	case eval.Object:
		return "{ name = " + element.example() + " }"
	}
	return plainTypes[t].sample
}

// convert brings a value into the form of the type, or says what is wrong with it.
func (t Type) convert(v eval.Value) (eval.Value, error) {
	element, container := t.element()
	switch {
	case t == Any:
		return v, checkAny(v, false).orNil()
	case v.Kind == eval.Null:
		return t.zero(v), nil
	case container == eval.Array:
		return convertList(v, element, t)
	case container == eval.Object:
		return convertMap(v, element, t)
	case t == Consumers || t == Sinks:
		return convertReferences(v, t)
	case t.handler() && v.Kind == eval.Reference:
		return v, nil
	case t.handler():
		return v, fmt.Errorf("expected %s, got %s", t.words(), v.Kind)
	case v.Kind == eval.Reference:
		return v, fmt.Errorf("expected %s, got a reference to %s", t.words(), v.PathString())
	case v.Symbolic():
		return v, nil // checked by the collector, when the variable is known
	}
	return t.convertScalar(v)
}

// checkAny finds what a value of any type cannot hold: references, and null inside lists and objects.
func checkAny(v eval.Value, inside bool) (wrong partErrors) {
	switch {
	case v.Kind == eval.Reference:
		wrong = append(wrong, partError{v.Range, Any.example(),
			fmt.Errorf("the value of %s is not known before the collector runs", v.PathString())})
	case v.Kind == eval.Null && inside:
		wrong = append(wrong, partError{v.Range, Any.example(),
			errors.New("null has no counterpart inside a list or object")})
	}
	for _, item := range v.List {
		wrong = append(wrong, checkAny(item, true)...)
	}
	for _, f := range v.Fields {
		wrong = append(wrong, checkAny(f.Value, true)...)
	}
	return wrong
}

// zero returns what null means for the type.
func (t Type) zero(v eval.Value) eval.Value {
	if t.handler() {
		return v // unset
	}
	v.Kind = plainTypes[t].kind
	if _, container := t.element(); container != "" {
		v.Kind = container
	}
	switch t {
	case Int, Uint:
		v.Number.Integer = true
	case Bytes, MiB:
		v.Kind, v.Number.Integer = eval.Number, true
	case Duration:
		v.Text = eval.Literally("0s")
	}
	return v
}

func (t Type) convertScalar(v eval.Value) (eval.Value, error) {
	wanted := plainTypes[t].kind
	if v.Kind == eval.Number && wanted == eval.String {
		v = eval.Value{Kind: eval.String, Range: v.Range, Text: eval.Literally(v.Number.String())}
	}
	if wanted == eval.Number && v.Kind == eval.String {
		n, err := parseNumber(v.Text.Literal())
		if err != nil {
			return v, fmt.Errorf("expected %s, got the text %q", t.words(), v.Text.Literal())
		}
		v = eval.Value{Kind: eval.Number, Range: v.Range, Number: n}
	}
	if v.Kind != wanted {
		return v, fmt.Errorf("expected %s, got %s", t.words(), v.Kind)
	}
	switch t {
	case Int, Uint:
		if !v.Number.Integer {
			if math.Abs(v.Number.Float) >= math.MaxInt64 {
				return v, fmt.Errorf("expected %s, got the number %s", t.words(), v.Number)
			}
			v.Number = eval.Numeric{Integer: true, Int: int64(v.Number.Float)} // River drops the fraction
		}
		if t == Uint && v.Number.Int < 0 {
			return v, fmt.Errorf("expected %s, got %s", t.words(), v.Number)
		}
	case Duration:
		return convertDuration(v)
	case Bytes, MiB:
		return convertSize(v, t)
	}
	return v, nil
}

// parseNumber reads text as River does: digits as an integer, text with a point or exponent as a float.
func parseNumber(s string) (eval.Numeric, error) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return eval.Numeric{Integer: true, Int: n}, nil
	}
	if strings.HasPrefix(s, "-") || !strings.ContainsAny(s, ".eE") {
		return eval.Numeric{}, fmt.Errorf("%q is not a number", s)
	}
	f, err := strconv.ParseFloat(s, 64)
	return eval.Numeric{Float: f}, err
}

func convertDuration(v eval.Value) (eval.Value, error) {
	text := v.Text.Literal()
	if text == "0" {
		v.Text = eval.Literally("0s") // the collector wants a unit
		return v, nil
	}
	if _, err := time.ParseDuration(text); err != nil {
		return v, fmt.Errorf("expected a duration with a unit, got %q", text)
	}
	return v, nil
}

// sizePart is a number with a unit; River counts in powers of 1024 whether the unit has an i or not.
var sizePart = regexp.MustCompile(`^([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(B|[KMGTPE]i?B)`)

// convertSize turns a size into a number of bytes, or of MiB.
func convertSize(v eval.Value, t Type) (eval.Value, error) {
	text := v.Text.Literal()
	bytes, err := parseSize(text)
	if err != nil {
		return v, err
	}
	if t == MiB {
		bytes >>= 20
	}
	return eval.Value{Kind: eval.Number, Range: v.Range, Number: eval.Numeric{Integer: true, Int: bytes}}, nil
}

func parseSize(text string) (int64, error) {
	if text == "0" {
		return 0, nil
	}
	total := new(big.Rat)
	for rest := text; ; {
		m := sizePart.FindStringSubmatch(rest)
		if m == nil {
			return 0, fmt.Errorf("expected a size with a unit (B, KiB, MiB, GiB, TiB), got %q", text)
		}
		number, ok := new(big.Rat).SetString(m[1])
		if !ok {
			return 0, fmt.Errorf("expected a size with a unit (B, KiB, MiB, GiB, TiB), got %q", text)
		}
		unit := new(big.Int).Exp(big.NewInt(1024), big.NewInt(int64(strings.Index("BKMGTPE", m[2][:1]))), nil)
		total.Add(total, number.Mul(number, new(big.Rat).SetInt(unit)))
		if rest = rest[len(m[0]):]; rest == "" {
			break
		}
	}
	whole := new(big.Int).Quo(total.Num(), total.Denom())
	if !whole.IsInt64() {
		return 0, fmt.Errorf("the size %q is too large", text)
	}
	return whole.Int64(), nil
}

// partErrors are what is wrong with the elements of a value.
type partErrors []partError

func (p partErrors) Error() string { return p[0].Error() }

// orNil returns no error where there is none: a nil list in an error is not nil.
func (p partErrors) orNil() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

type partError struct {
	at      diag.Range
	example string // of what belongs there
	error
}

// convertElement converts an element of a list or map. Each part of it that is wrong is reported at its own place.
func (t Type) convertElement(v eval.Value, where string) (eval.Value, partErrors) {
	converted, err := t.convert(v)
	if t == Any {
		err = checkAny(v, true).orNil()
	}
	if err == nil {
		return converted, nil
	}
	var parts partErrors
	if !errors.As(err, &parts) {
		parts = partErrors{{v.Range, t.example(), err}}
	}
	var wrong partErrors
	for _, part := range parts {
		wrong = append(wrong, partError{part.at, part.example, fmt.Errorf("%s: %w", where, part.error)})
	}
	return converted, wrong
}

func convertList(v eval.Value, element, list Type) (eval.Value, error) {
	if v.Kind != eval.Array {
		return v, fmt.Errorf("expected %s, got %s", list.words(), v.Kind)
	}
	out := v
	out.List = make([]eval.Value, len(v.List))
	var wrong partErrors
	for i, item := range v.List {
		converted, parts := element.convertElement(item, fmt.Sprintf("element %d", i+1))
		wrong = append(wrong, parts...)
		out.List[i] = converted
	}
	return out, wrong.orNil()
}

func convertMap(v eval.Value, element, whole Type) (eval.Value, error) {
	if v.Kind != eval.Object {
		return v, fmt.Errorf("expected %s, got %s", whole.words(), v.Kind)
	}
	out := v
	out.Fields = make([]eval.Field, len(v.Fields))
	var wrong partErrors
	for i, f := range v.Fields {
		if strings.Contains(f.Name, "::") {
			return v, fmt.Errorf("the collector cannot hold a key with \"::\", such as %q", f.Name)
		}
		converted, parts := element.convertElement(f.Value, fmt.Sprintf("key %q", f.Name))
		wrong = append(wrong, parts...)
		out.Fields[i] = eval.Field{Name: f.Name, Value: converted}
	}
	return out, wrong.orNil()
}

func convertReferences(v eval.Value, t Type) (eval.Value, error) {
	if v.Kind == eval.Reference {
		return v, fmt.Errorf("expected %s, got %s alone", t.words(), v.PathString())
	}
	if v.Kind != eval.Array {
		return v, fmt.Errorf("expected %s, got %s", t.words(), v.Kind)
	}
	var wrong partErrors
	for i, item := range v.List {
		if item.Kind != eval.Reference {
			wrong = append(wrong, partError{item.Range, strings.Trim(t.example(), "[]"),
				fmt.Errorf("element %d: expected a reference, got %s", i+1, item.Kind)})
		}
	}
	return v, wrong.orNil()
}

// Parse reads a default as a tag states it.
func (t Type) Parse(text string) (eval.Value, error) {
	v := eval.Value{Kind: eval.String, Text: eval.Literally(text)}
	_, container := t.element()
	switch {
	case t == Bool:
		b, err := strconv.ParseBool(text)
		return eval.Value{Kind: eval.Bool, Bool: b}, err
	case container == eval.Array:
		v = eval.Value{Kind: eval.Array}
		for item := range strings.SplitSeq(text, ",") {
			if text != "" {
				v.List = append(v.List, eval.Value{Kind: eval.String, Text: eval.Literally(item)})
			}
		}
	case container == eval.Object, t.handler(), t == Consumers, t == Sinks:
		return v, fmt.Errorf("a %s has no default", t)
	}
	return t.convert(v)
}

// node turns a converted value into what the collector takes.
func (t Type) node(v eval.Value) otelcfg.Node {
	inner, _ := t.element()
	if t == Any {
		inner = Any
	}
	switch v.Kind {
	case eval.Bool:
		return otelcfg.Bool(v.Bool)
	case eval.Number:
		if v.Number.Integer {
			return otelcfg.Int(v.Number.Int)
		}
		return otelcfg.Float(v.Number.Float)
	case eval.Array:
		list := &otelcfg.List{}
		for _, item := range v.List {
			list.Items = append(list.Items, otelcfg.Item{Value: inner.node(item), Range: item.Range})
		}
		return list
	case eval.Object:
		m := &otelcfg.Map{}
		for _, f := range v.Fields {
			m.Put(f.Name, inner.node(f.Value), f.Value.Range, "")
		}
		return m
	}
	text := otelcfg.Text{KeepText: t == Any, Secret: t == Secret}
	for _, p := range v.Text {
		text.Pieces = append(text.Pieces, otelcfg.Piece{Literal: p.Literal, URI: p.URI()})
	}
	return text
}
