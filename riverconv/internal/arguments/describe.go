package arguments

import (
	"reflect"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
)

// Description tells about one argument or block what its tags say.
type Description struct {
	// Path holds River's names of the enclosing blocks and of the argument or block itself.
	Path []string
	// Key is the path of its key in the collector's component, joined by dots, "" if it has none.
	Key string
	// Block is true for a block; then Type and the defaults are empty.
	Block bool
	// Optional is true for a block whose absence differs from an empty one, Repeated for one that may stand several times.
	Optional, Repeated bool
	Required           bool
	Type               Type
	// Default is River's default in the dialect, CollectorDefault the collector's; "" stands for unset and for empty.
	Default, CollectorDefault string
	// Lost tells why the collector has nothing like it, if so.
	Lost string
}

// Describe lists the arguments and blocks that a struct describes, as far as a dialect has them. The args point to a
// struct whose tags are good.
func Describe(args any, d dialect.Dialect) []Description {
	return describe(reflect.TypeOf(args).Elem(), d, nil, "")
}

func describe(t reflect.Type, d dialect.Dialect, path []string, key string) (all []Description) {
	for _, f := range fieldsOf(t) {
		if !f.existsIn(d) {
			continue
		}
		info := Description{Path: append(path[:len(path):len(path)], f.name), Key: joinKey(key, f.key), Block: f.block,
			Required: f.required, Type: f.typ, CollectorDefault: f.collectorDefault(), Lost: f.lost}
		if info.Key == "-" || f.lost != "" || f.typ == Consumers || f.typ == Sinks {
			info.Key = ""
		}
		if text, ok := f.defaultIn(d); ok {
			info.Default = text
		}
		if !f.block {
			all = append(all, info)
			continue
		}
		fieldType := t.FieldByIndex(f.index).Type
		info.Optional, info.Repeated = fieldType.Kind() == reflect.Pointer, fieldType.Kind() == reflect.Slice
		all = append(all, info)
		all = append(all, describe(blockType(fieldType), d, info.Path, joinKey(key, f.key))...)
	}
	return all
}

// joinKey returns the path of a key below another; below "-" there are no keys.
func joinKey(outer, key string) string {
	switch {
	case outer == "-" || key == "-":
		return "-"
	case key == ".":
		return outer
	}
	return strings.TrimPrefix(outer+"."+key, ".")
}
