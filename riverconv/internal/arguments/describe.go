package arguments

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
)

// Description tells about one argument or block what its tags say.
type Description struct {
	// Path holds River's names of the enclosing blocks and of the argument or block itself.
	Path []string
	// Key is the path of its key in the collector's component, empty if it has none.
	Key []string
	// Block is true for a block; then Type and the defaults are empty.
	Block bool
	// Optional is true for a block whose absence differs from an empty one, Repeated for one that may stand several times.
	Optional, Repeated bool
	Required           bool
	Type               Type
	// Default is River's default in the dialect, CollectorDefault the collector's; "" stands for unset and for empty.
	Default, CollectorDefault string
	// Lost tells why the collector has nothing like it or the block around it, if so.
	Lost string
}

// Describe lists the arguments and blocks that a struct describes, as far as a dialect has them. The args point to a
// struct whose tags are good.
func Describe(args any, d dialect.Dialect) []Description {
	return describe(reflect.TypeOf(args).Elem(), d, Description{}, true)
}

// describe lists what stands in a block, which has keys in the collector or has not.
func describe(t reflect.Type, d dialect.Dialect, outer Description, keyed bool) (all []Description) {
	for _, f := range fieldsOf(t) {
		if !f.existsIn(d) {
			continue
		}
		info := Description{Path: slices.Concat(outer.Path, []string{f.name}), Block: f.block, Required: f.required,
			Type: f.typ, CollectorDefault: f.collectorDefault(), Lost: cmp.Or(f.lost, outer.Lost)}
		keyed := keyed && !f.keyless && info.Lost == "" && f.typ != Consumers && f.typ != Sinks
		if keyed {
			info.Key = slices.Concat(outer.Key, f.key)
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
		all = append(all, describe(blockType(fieldType), d, info, keyed)...)
	}
	return all
}
