package riverconv

import (
	"fmt"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/component"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/nearest"
)

// CheckDialect returns an error that says what is wrong if Options.Dialect cannot have the value.
func CheckDialect(name string) error {
	_, err := dialect.Parse(name)
	return err
}

// Dialects lists what Options.Dialect can be, without versions.
func Dialects() (names []string) {
	for _, name := range dialect.Names() {
		names = append(names, string(name))
	}
	return names
}

// ComponentInfo describes a component that Convert understands.
type ComponentInfo struct {
	// Name is the component's name in River, such as otelcol.exporter.otlp.
	Name string
	// Dialects tells where it exists: "flow", "alloy" or "flow, alloy", the latter with the last version that has it if
	// newer ones do not.
	Dialects string
	// Section and Type say what it becomes: a section of the collector's configuration, and a component type.
	Section, Type string
	// Outside is true if the distribution otelcol-river does not hold what it becomes; otelcol-contrib does.
	Outside bool
	// Doc is the address of the page that documents it.
	Doc string
}

// Components lists what Convert understands, in order of names.
func Components() (all []ComponentInfo) {
	for _, c := range component.All() {
		dialects := "flow, alloy"
		switch {
		case c.In != "":
			dialects = string(c.In)
		case c.Last.Name != "":
			dialects += " up to " + c.Last.Version.String()
		}
		all = append(all, ComponentInfo{c.Name, dialects, string(c.Section), c.Type, c.Outside, c.Doc})
	}
	return all
}

// ArgumentInfo describes an argument of a component.
type ArgumentInfo struct {
	// Path holds River's names of the blocks around the argument, and of the argument.
	Path []string
	// Type is River's type, such as string, duration or list(string).
	Type     string
	Required bool
	// Default is River's default, "" if the argument is unset or empty by default.
	Default string
	// Key is the path of the collector's key below the component, joined by dots. It is "" if there is none, as for what
	// becomes pipelines; Note tells more where River's argument is lost.
	Key, Note string
}

// Arguments lists the arguments that a component has in a dialect of the form of Options.Dialect; if that is empty, in
// flow, or in alloy if only that has the component. It fails if there is no such component or dialect.
func Arguments(name, in string) (all []ArgumentInfo, err error) {
	c, ok := component.Find(name)
	if !ok {
		var names []string
		for _, known := range component.All() {
			names = append(names, known.Name)
		}
		hint := nearest.Hint(name, names, "there is none with a similar name")
		return nil, fmt.Errorf("unknown component %q: %s", name, hint)
	}
	d := dialect.Newest(dialect.Flow)
	switch {
	case in != "":
		if d, err = dialect.Parse(in); err != nil {
			return nil, err
		}
	case c.In != "":
		d = dialect.Newest(c.In)
	}
	if c.In != "" && c.In != d.Name {
		return nil, fmt.Errorf("%s does not exist in %s: pass -dialect %s", name, d.Product(), c.In)
	}
	for _, a := range arguments.Describe(c.NewArguments(), d) {
		if !a.Block {
			all = append(all, ArgumentInfo{a.Path, string(a.Type), a.Required, a.Default,
				strings.Join(a.Key, "."), a.Lost})
		}
	}
	return all, nil
}
