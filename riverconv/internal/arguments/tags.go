package arguments

import (
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
)

// field is a struct field with its tags read.
type field struct {
	index     []int
	name      string // River's
	block     bool
	required  bool
	typ       Type
	def       string // River's default in the newest version
	hasDef    bool
	was       []condition
	collector string
	hasColl   bool     // the collector's default is stated apart from River's
	key       []string // those that lead to it from the collector's enclosing section; none: its keys go in there
	keyless   bool     // the component's own code looks after it
	in, until []condition
	oneOf     []string
	anyCase   bool
	lost      string
	never     string // why people are wrong to write it; then it exists nowhere
	fileKey   string // the key that takes the path of a file instead of its content
}

// condition names a dialect, or a dialect up to or from a version.
type condition struct {
	name      dialect.Name
	version   dialect.Version
	versioned bool
	value     string
}

func (c condition) upTo(d dialect.Dialect) bool {
	return c.name == d.Name && (!c.versioned || !c.version.Less(d.Version))
}

func (c condition) from(d dialect.Dialect) bool {
	return c.name == d.Name && (!c.versioned || !d.Version.Less(c.version))
}

// unset is how the tag was writes a default that was not there yet.
const unset = "-"

// defaultIn returns River's default in a dialect, if it has one.
func (f field) defaultIn(d dialect.Dialect) (string, bool) {
	for _, c := range f.was {
		if c.upTo(d) {
			return c.value, c.value != unset
		}
	}
	return f.def, f.hasDef
}

// collectorDefault returns the collector's default.
func (f field) collectorDefault() string {
	if f.hasColl {
		return f.collector
	}
	return f.def
}

func (f field) existsIn(d dialect.Dialect) bool {
	for _, c := range f.until {
		if c.name == d.Name && !c.upTo(d) {
			return false
		}
	}
	for _, c := range f.in {
		if c.from(d) {
			return true
		}
	}
	return len(f.in) == 0 && f.never == ""
}

// where tells in which dialects a field exists, for people.
func (f field) where() string {
	var parts []string
	for _, c := range f.in {
		product := dialect.Dialect{Name: c.name}.Product()
		if c.versioned {
			product += " from version " + c.version.String()
		}
		for _, last := range f.until {
			if last.name == c.name {
				product += " up to version " + last.version.String()
			}
		}
		parts = append(parts, product)
	}
	return strings.Join(parts, " and ")
}

// Check reads all tags of an argument struct and of the blocks in it. It returns the first mistake, which is one of the
// program, not of its input: a test has it look at the arguments of every component.
func Check(args any) error {
	return check(reflect.TypeOf(args).Elem())
}

func check(t reflect.Type) error {
	if at, ok := t.FieldByName(blockField); !ok || at.Type != reflect.TypeFor[Block]() {
		return fmt.Errorf("%s: a block's struct embeds Block", t.Name())
	}
	fields, err := readFields(t)
	if err != nil {
		return fmt.Errorf("%s: %w", t.Name(), err)
	}
	for _, f := range fields {
		if f.block {
			if err := check(blockType(t.FieldByIndex(f.index).Type)); err != nil {
				return err
			}
		}
	}
	return nil
}

// blockType returns the struct type of a block field.
func blockType(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Struct {
		return t
	}
	return t.Elem()
}

// known holds the fields of the structs that have been used: by reflect.Type, a []field. Tags are read when a
// configuration has the component, not when the program starts: a collector that gets YAML needs none of them.
var known sync.Map

// fieldsOf returns the fields of a struct that Check finds good.
func fieldsOf(t reflect.Type) []field {
	if fields, ok := known.Load(t); ok {
		return fields.([]field)
	}
	fields, err := readFields(t)
	if err != nil {
		panic(fmt.Sprintf("%s, which arguments.Check would have found: %v", t.Name(), err))
	}
	known.Store(t, fields)
	return fields
}

func readFields(t reflect.Type) ([]field, error) {
	var fields []field
	for i := range t.NumField() {
		sf := t.Field(i)
		river, ok := sf.Tag.Lookup("river")
		if !ok {
			continue
		}
		if river == ",squash" {
			inner, err := readFields(sf.Type)
			if err != nil {
				return nil, err
			}
			for _, f := range inner {
				f.index = append([]int{i}, f.index...)
				fields = append(fields, f)
			}
			continue
		}
		f, err := readField(river, sf)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", sf.Name, err)
		}
		f.index = []int{i}
		fields = append(fields, f)
	}
	return fields, nil
}

func readField(river string, sf reflect.StructField) (f field, err error) {
	name, options, _ := strings.Cut(river, ",")
	f = field{name: name, key: []string{name}, fileKey: sf.Tag.Get("file"),
		lost: sf.Tag.Get("lost"), never: sf.Tag.Get("never")}
	for option := range strings.SplitSeq(options, ",") {
		switch option {
		case "":
		case "block":
			f.block = true
		case "required":
			f.required = true
		default:
			return f, fmt.Errorf("unknown option %q", option)
		}
	}
	switch key, ok := sf.Tag.Lookup("key"); {
	case key == "-":
		f.keyless = true
	case key == ".":
		f.key = nil
	case ok:
		f.key = strings.Split(key, ".")
	}
	if f.in, err = readConditions(strings.Fields(sf.Tag.Get("in"))); err != nil {
		return f, err
	}
	if f.until, err = readConditions(strings.Fields(sf.Tag.Get("until"))); err != nil {
		return f, err
	}
	if f.block {
		if sf.Type.Kind() != reflect.Struct && blockType(sf.Type).Kind() != reflect.Struct {
			return f, fmt.Errorf("a block needs a struct, not %s", sf.Type)
		}
		return f, nil
	}
	if sf.Type != reflect.TypeFor[Arg]() {
		return f, fmt.Errorf("an argument needs type Arg, not %s", sf.Type)
	}
	f.typ = Type(sf.Tag.Get("type"))
	if !f.typ.known() {
		return f, fmt.Errorf("unknown type %q", f.typ)
	}
	f.def, f.hasDef = sf.Tag.Lookup("default")
	f.collector, f.hasColl = sf.Tag.Lookup("collector")
	if f.was, err = readConditions(splitList(sf.Tag.Get("was"))); err != nil {
		return f, err
	}
	for _, text := range strings.Fields(sf.Tag.Get("oneof")) {
		f.oneOf = append(f.oneOf, strings.Trim(text, "'"))
	}
	_, f.anyCase = sf.Tag.Lookup("anycase")
	for _, text := range f.defaults() {
		if _, err := f.typ.Parse(text); err != nil {
			return f, fmt.Errorf("default %q: %w", text, err)
		}
	}
	return f, nil
}

// defaults returns all defaults that River ever had.
func (f field) defaults() (all []string) {
	if f.hasDef {
		all = append(all, f.def)
	}
	for _, c := range f.was {
		if c.value != unset {
			all = append(all, c.value)
		}
	}
	return all
}

func splitList(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ";")
}

// readConditions reads DIALECT[@VERSION][=VALUE] entries.
func readConditions(entries []string) (conditions []condition, err error) {
	for _, entry := range entries {
		when, value, _ := strings.Cut(strings.TrimSpace(entry), "=")
		name, version, versioned := strings.Cut(when, "@")
		c := condition{name: dialect.Name(name), versioned: versioned, value: value}
		if _, err := dialect.Parse(name); err != nil {
			return nil, err
		}
		if versioned {
			if c.version, err = dialect.ParseVersion(version); err != nil {
				return nil, err
			}
		}
		conditions = append(conditions, c)
	}
	return conditions, nil
}
