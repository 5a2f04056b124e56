package riverconv

import "github.com/otelcol-river/otelcol-river/riverconv/internal/component"

// ComponentInfo describes a component that Convert understands.
type ComponentInfo struct {
	// Name is the component's name in River, such as otelcol.exporter.otlp.
	Name string
	// Dialects tells where it exists: "flow", "alloy" or "flow, alloy".
	Dialects string
	// Section and Type say what it becomes: a section of the collector's configuration, and a component type.
	Section, Type string
	// Doc is the address of the page that documents it.
	Doc string
}

// Components lists what Convert understands, in order of names.
func Components() (all []ComponentInfo) {
	for _, c := range component.All() {
		dialects := "flow, alloy"
		if c.In != "" {
			dialects = string(c.In)
		}
		all = append(all, ComponentInfo{c.Name, dialects, string(c.Section), c.Type, c.Doc})
	}
	return all
}
