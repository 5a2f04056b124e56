// Package tagcheck compares in tests what the tags of argument structs state with the real components of the collector.
// It is shared by two modules: what components outside the distribution require is no business of the distribution.
package tagcheck

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	collector "go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/component"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// Real is what to compare components of River with.
type Real struct {
	// Factories holds the real components behind River's, by River's name.
	Factories map[string]collector.Factory
	// FallBacks lists keys, behind the component's type, whose default the component fills in when it runs, not in its
	// default configuration: a zero value counts as the stated one.
	FallBacks map[string]bool
}

// CollectorSide demands that the type, the keys and the collector's defaults that the tags state are those of the real
// component. To set a key to its stated default must change nothing in the component's default configuration.
func (r Real) CollectorSide(t *testing.T, components []*component.Component) {
	for name := range r.Factories {
		if !slices.ContainsFunc(components, func(c *component.Component) bool { return c.Name == name }) {
			t.Errorf("a factory is listed for %s, which is none of the components to compare", name)
		}
	}
	for _, c := range components {
		for _, name := range []dialect.Name{dialect.Flow, dialect.Alloy} {
			if d, ok := c.Newest(name); ok {
				t.Run(string(d.Name)+"/"+c.Name, func(t *testing.T) { r.collectorSide(t, c, d) })
			}
		}
	}
}

func (r Real) collectorSide(t *testing.T, c *component.Component, d dialect.Dialect) {
	factory := r.factory(t, c)
	if got := factory.Type().String(); got != c.Type {
		t.Errorf("the collector calls it %s, not %s", got, c.Type)
	}
	all := arguments.Describe(c.NewArguments(), d)
	want := configured(t, factory, sectionsOf(all))
	for _, a := range all {
		if len(a.Key) == 0 || a.Block || inRepeated(all, a) {
			continue
		}
		settings := sectionsOf(all)
		set(settings, a.Key, plain(t, a, a.CollectorDefault))
		same := reflect.DeepEqual(configured(t, factory, settings), want)
		path, key := strings.Join(a.Path, " > "), strings.Join(a.Key, ".")
		switch {
		case same && r.fallsBack(c, a):
			t.Errorf("%s: remove %s from the fall-backs; its default stands in the default configuration", path, key)
		case !same && !r.fallsBack(c, a) && a.CollectorDefault != "":
			t.Errorf("%s: %q is not the collector's default of %s", path, a.CollectorDefault, key)
		}
	}
}

// RiverDefaults demands that with every block present and every argument left out, the converted component behaves by
// River's defaults, in old and new versions. To state such a default must change nothing in the component's
// configuration.
func (r Real) RiverDefaults(t *testing.T, components []*component.Component) {
	for _, version := range []string{"flow@0.40", "flow", "alloy@1.0", "alloy@1.9", "alloy@1.17", "alloy"} {
		d, err := dialect.Parse(version)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range components {
			if newest, ok := c.Newest(d.Name); ok && !newest.Version.Less(d.Version) {
				t.Run(version+"/"+c.Name, func(t *testing.T) { r.riverDefaults(t, c, d) })
			}
		}
	}
}

func (r Real) riverDefaults(t *testing.T, c *component.Component, d dialect.Dialect) {
	factory := r.factory(t, c)
	all := arguments.Describe(c.NewArguments(), d)
	args := c.NewArguments()
	var ignored diag.List // what is required is missing here
	arguments.Decode(emptyBlocks(all, nil), args, d, &ignored)
	settings := func() map[string]any {
		body := arguments.Encode(args, d, nil)
		config := otelcfg.Config{Components: []otelcfg.Component{
			{Section: c.Section, ID: &otelcfg.ID{Type: c.Type}, Body: body},
		}}
		return config.Map()[string(c.Section)].(map[string]any)[c.Type].(map[string]any)
	}
	want := configured(t, factory, settings())
	for _, a := range all {
		if len(a.Key) == 0 || a.Block || a.Default == "" || r.fallsBack(c, a) || inRepeated(all, a) {
			continue
		}
		stated := settings()
		set(stated, a.Key, plain(t, a, a.Default))
		if got := configured(t, factory, stated); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: left out, it is not %q in the collector", strings.Join(a.Path, " > "), a.Default)
		}
	}
}

func (r Real) factory(t *testing.T, c *component.Component) collector.Factory {
	t.Helper()
	factory, ok := r.Factories[c.Name]
	if !ok {
		t.Fatalf("no factory is listed for %s", c.Name)
	}
	return factory
}

func (r Real) fallsBack(c *component.Component, a arguments.Description) bool {
	return r.FallBacks[c.Type+" "+strings.Join(a.Key, ".")]
}

// sectionsOf returns settings in which all optional sections are present and empty.
func sectionsOf(all []arguments.Description) map[string]any {
	settings := map[string]any{}
	for _, a := range all {
		if a.Block && a.Optional && len(a.Key) > 0 && !inRepeated(all, a) {
			set(settings, a.Key, map[string]any{})
		}
	}
	return settings
}

// configured returns a component's configuration with settings applied. An unknown key fails the test.
func configured(t *testing.T, factory collector.Factory, settings map[string]any) collector.Config {
	t.Helper()
	config := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(settings).Unmarshal(&config); err != nil {
		t.Fatalf("the collector cannot read %v: %v", settings, err)
	}
	return config
}

func set(m map[string]any, path []string, value any) {
	if len(path) == 1 {
		if _, ok := m[path[0]]; !ok || value == nil || reflect.TypeOf(value).Kind() != reflect.Map {
			m[path[0]] = value
		}
		return
	}
	child, ok := m[path[0]].(map[string]any)
	if !ok {
		child = map[string]any{}
		m[path[0]] = child
	}
	set(child, path[1:], value)
}

// inRepeated reports whether an argument stands in a block that may be repeated: it has no default until there is one.
func inRepeated(all []arguments.Description, a arguments.Description) bool {
	return slices.ContainsFunc(all, func(outer arguments.Description) bool {
		return outer.Repeated && len(outer.Path) <= len(a.Path) && slices.Equal(outer.Path, a.Path[:len(outer.Path)])
	})
}

// emptyBlocks returns a block that holds all blocks of a component, and no argument.
func emptyBlocks(all []arguments.Description, path []string) eval.Block {
	block := eval.Block{NameRange: diag.Range{File: "in", Start: diag.Point{Line: 1, Column: 1}}}
	if len(path) > 0 {
		block.Name = path[len(path)-1]
	}
	for _, a := range all {
		if a.Block && len(a.Path) == len(path)+1 && slices.Equal(a.Path[:len(path)], path) {
			block.Body.Blocks = append(block.Body.Blocks, emptyBlocks(all, a.Path))
		}
	}
	return block
}

// plain returns a default of an argument as a plain value. If there is none it returns River's, or a zero value:
// something that the key can hold.
func plain(t *testing.T, a arguments.Description, text string) any {
	t.Helper()
	if text == "" {
		text = a.Default
	}
	switch a.Type {
	case arguments.Client, arguments.Server:
		return "basicauth"
	case arguments.Storage:
		return "file_storage"
	}
	switch {
	case strings.HasPrefix(string(a.Type), "list("):
		return elementsOf(text)
	case strings.HasPrefix(string(a.Type), "map("):
		return map[string]any{}
	}
	if text == "" {
		return map[arguments.Type]any{
			arguments.Bool: false, arguments.Int: 0, arguments.Uint: 0, arguments.Float: 0.0, arguments.Bytes: 0,
			arguments.MiB: 0, arguments.Duration: "0s", arguments.Text: "", arguments.Secret: "",
		}[a.Type]
	}
	v, err := a.Type.Parse(text)
	if err != nil {
		t.Fatalf("%v: %v", a.Path, err)
	}
	switch v.Kind {
	case eval.Number:
		if v.Number.Integer {
			return int(v.Number.Int)
		}
		return v.Number.Float
	case eval.Bool:
		return v.Bool
	}
	return v.Text.Literal()
}

// elementsOf returns the elements of a default list as plain values.
func elementsOf(text string) []any {
	list := []any{}
	for element := range strings.SplitSeq(text, ",") {
		var item any = element
		if n, err := strconv.Atoi(element); err == nil {
			item = n
		}
		if text != "" {
			list = append(list, item)
		}
	}
	return list
}
