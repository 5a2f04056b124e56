package arguments

import (
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

// The types of arguments, and what each becomes in the collector.
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
	Texts     Type = "list(string)"   //
	Ints      Type = "list(int)"      //
	TextMap   Type = "map(string)"    //
	SecretMap Type = "map(secret)"    //
	Any       Type = "any"            // keeps its River type
	Client    Type = "handler"        // otelcol.auth.*.handler, for a client: the id of an extension
	Server    Type = "server handler" // the same, for a server
	Storage   Type = "storage"        // otelcol.storage.*.handler: the id of an extension
	Consumers Type = "consumers"      // list of *.input: becomes pipelines
)

func (t Type) known() bool {
	switch t {
	case Text, Secret, Bool, Int, Uint, Float, Duration, Bytes, MiB, Texts, Ints, TextMap, SecretMap, Any, Client, Server,
		Storage, Consumers:
		return true
	}
	return false
}

// handler reports whether the type refers to an extension.
func (t Type) handler() bool { return t == Client || t == Server || t == Storage }

// words names the type for people.
func (t Type) words() string {
	switch t {
	case Text, Secret:
		return "a string"
	case Bool:
		return "true or false"
	case Int:
		return "an integer"
	case Uint:
		return "an integer that is not negative"
	case Float:
		return "a number"
	case Duration:
		return "a duration"
	case Bytes, MiB:
		return "a size"
	case Texts:
		return "a list of strings"
	case Ints:
		return "a list of integers"
	case TextMap, SecretMap:
		return "an object of strings"
	case Client, Server:
		return "the handler of an otelcol.auth component"
	case Storage:
		return "the handler of an otelcol.storage component"
	case Consumers:
		return "a list of component inputs"
	}
	return "a value"
}

// example shows how a value of the type is written.
func (t Type) example() string {
	return map[Type]string{
		Text: `"text"`, Secret: `"text"`, Bool: "true", Int: "5", Uint: "5", Float: "0.5",
		Duration: `"5s"`, Bytes: `"512KiB"`, MiB: `"4MiB"`,
		Texts: `["a", "b"]`, Ints: "[4317]", TextMap: `{ name = "value" }`, SecretMap: `{ name = "value" }`, Any: `"text"`,
		Client: "otelcol.auth.basic.LABEL.handler", Server: "otelcol.auth.basic.LABEL.handler",
		Storage: "otelcol.storage.file.LABEL.handler", Consumers: "[otelcol.exporter.otlp.LABEL.input]",
	}[t]
}

// convert brings a value into the form of the type, or says what is wrong with it.
func (t Type) convert(v eval.Value) (eval.Value, error) {
	if t == Any {
		return v, nil
	}
	if v.Kind == eval.Null {
		return t.zero(v), nil
	}
	switch t {
	case Texts:
		return convertList(v, Text, t)
	case Ints:
		return convertList(v, Int, t)
	case TextMap, SecretMap:
		return convertMap(v)
	case Consumers:
		return convertReferences(v)
	case Client, Server, Storage:
		if v.Kind != eval.Reference {
			return v, fmt.Errorf("expected %s, got %s", t.words(), v.Kind)
		}
		return v, nil
	}
	if v.Kind == eval.Reference {
		return v, fmt.Errorf("expected %s, got a reference to %s", t.words(), v.PathString())
	}
	if v.Symbolic() {
		return v, nil // checked by the collector, when the variable is known
	}
	return t.convertScalar(v)
}

// zero returns what null means for the type.
func (t Type) zero(v eval.Value) eval.Value {
	switch t {
	case Texts, Ints, Consumers:
		v.Kind = eval.Array
	case TextMap, SecretMap:
		v.Kind = eval.Object
	case Bool:
		v.Kind = eval.Bool
	case Int, Uint, Bytes, MiB:
		v.Kind, v.Number = eval.Number, eval.Numeric{Integer: true}
	case Float:
		v.Kind = eval.Number
	case Text, Secret:
		v.Kind = eval.String
	case Duration:
		v.Kind, v.Text = eval.String, eval.Literally("0s")
	}
	return v
}

func (t Type) convertScalar(v eval.Value) (eval.Value, error) {
	if v.Kind == eval.Number && (t == Text || t == Secret || t == Duration || t == Bytes || t == MiB) {
		v = eval.Value{Kind: eval.String, Range: v.Range, Text: eval.Literally(v.Number.String())}
	}
	wanted := map[Type]eval.Kind{
		Text: eval.String, Secret: eval.String, Duration: eval.String, Bytes: eval.String, MiB: eval.String,
		Bool: eval.Bool, Int: eval.Number, Uint: eval.Number, Float: eval.Number,
	}[t]
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

func convertList(v eval.Value, element, list Type) (eval.Value, error) {
	if v.Kind != eval.Array {
		return v, fmt.Errorf("expected %s, got %s", list.words(), v.Kind)
	}
	out := v
	out.List = make([]eval.Value, len(v.List))
	var wrong partErrors
	for i, item := range v.List {
		converted, err := element.convert(item)
		if err != nil {
			wrong = append(wrong, partError{item.Range, element.example(), fmt.Errorf("element %d: %w", i+1, err)})
		}
		out.List[i] = converted
	}
	return out, wrong.orNil()
}

func convertMap(v eval.Value) (eval.Value, error) {
	if v.Kind != eval.Object {
		return v, fmt.Errorf("expected %s, got %s", TextMap.words(), v.Kind)
	}
	out := v
	out.Fields = make([]eval.Field, len(v.Fields))
	var wrong partErrors
	for i, f := range v.Fields {
		if strings.Contains(f.Name, "::") {
			return v, fmt.Errorf("the collector cannot hold a key with \"::\", such as %q", f.Name)
		}
		converted, err := Text.convert(f.Value)
		if err != nil {
			wrong = append(wrong, partError{f.Value.Range, Text.example(), fmt.Errorf("key %q: %w", f.Name, err)})
		}
		out.Fields[i] = eval.Field{Name: f.Name, Value: converted}
	}
	return out, wrong.orNil()
}

func convertReferences(v eval.Value) (eval.Value, error) {
	if v.Kind == eval.Reference {
		return v, fmt.Errorf("expected %s, got %s alone", Consumers.words(), v.PathString())
	}
	if v.Kind != eval.Array {
		return v, fmt.Errorf("expected %s, got %s", Consumers.words(), v.Kind)
	}
	var wrong partErrors
	for i, item := range v.List {
		if item.Kind != eval.Reference {
			wrong = append(wrong, partError{item.Range, "otelcol.exporter.otlp.LABEL.input",
				fmt.Errorf("element %d: expected a component input, got %s", i+1, item.Kind)})
		}
	}
	return v, wrong.orNil()
}

// Parse reads a default as a tag states it.
func (t Type) Parse(text string) (eval.Value, error) {
	v := eval.Value{Kind: eval.String, Text: eval.Literally(text)}
	switch t {
	case Bool:
		b, err := strconv.ParseBool(text)
		return eval.Value{Kind: eval.Bool, Bool: b}, err
	case Texts, Ints:
		v = eval.Value{Kind: eval.Array}
		for item := range strings.SplitSeq(text, ",") {
			v.List = append(v.List, eval.Value{Kind: eval.String, Text: eval.Literally(item)})
		}
	case TextMap, SecretMap, Client, Server, Storage, Consumers:
		return v, fmt.Errorf("a %s has no default", t)
	}
	return t.convert(v)
}

// node turns a converted value into what the collector takes.
func (t Type) node(v eval.Value) otelcfg.Node {
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
			list.Items = append(list.Items, otelcfg.Item{Value: t.node(item), Range: item.Range})
		}
		return list
	case eval.Object:
		m := &otelcfg.Map{}
		for _, f := range v.Fields {
			m.Put(f.Name, t.node(f.Value), f.Value.Range, "")
		}
		return m
	}
	text := otelcfg.Text{KeepText: t == Any, Secret: t == Secret || t == SecretMap}
	for _, p := range v.Text {
		text.Pieces = append(text.Pieces, otelcfg.Piece{Literal: p.Literal, Env: p.Env})
	}
	return text
}
