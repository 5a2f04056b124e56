package otelcfg

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
)

// Section is a top-level section of the configuration that holds components.
type Section string

// The sections, in the order in which they are printed.
const (
	Extensions Section = "extensions"
	Receivers  Section = "receivers"
	Processors Section = "processors"
	Connectors Section = "connectors"
	Exporters  Section = "exporters"
)

var sections = []Section{Extensions, Receivers, Processors, Connectors, Exporters}

// Component is one component with its settings.
type Component struct {
	Section Section
	ID      *ID
	Body    *Map
	// From names the component of River that it was made from, or stands with; With another one that became part of it.
	From    string
	With    string
	Range   diag.Range
	Comment string
}

// Pipeline is one entry of service.pipelines.
type Pipeline struct {
	Name                             string
	Receivers, Processors, Exporters []*ID
	Range                            diag.Range
}

// Config is a whole collector configuration.
type Config struct {
	// Logs is service.telemetry.logs; nil leaves it to the collector.
	Logs *Map
	// Traces is service.telemetry.traces; nil leaves it to the collector.
	Traces     *Map
	Components []Component
	Pipelines  []Pipeline
}

// UniqueNames renames components of one type that share a name, whatever their sections: an id also names a log field
// and a metric label. The first keeps its name, the others get a number.
func (c *Config) UniqueNames() {
	taken := map[string]bool{}
	for _, comp := range c.Components {
		name := comp.ID.Name
		for n := 2; taken[comp.ID.String()]; n++ {
			comp.ID.Name = name + "_" + strconv.Itoa(n)
		}
		taken[comp.ID.String()] = true
	}
}

// root lays the configuration out as one tree.
func (c *Config) root() *Map {
	root := &Map{}
	var extensions []*ID
	for _, section := range sections {
		body := &Map{}
		for _, comp := range c.Components {
			if comp.Section != section {
				continue
			}
			body.Put(comp.ID.String(), comp.Body, comp.Range, comp.Comment)
			if section == Extensions {
				extensions = append(extensions, comp.ID)
			}
		}
		if body.Len() > 0 {
			root.Put(string(section), body, diag.Range{}, "")
		}
	}
	service := &Map{}
	if c.Logs != nil && c.Logs.Len() > 0 {
		service.Set("telemetry.logs", c.Logs, diag.Range{}, "")
	}
	if c.Traces != nil {
		service.Set("telemetry.traces", c.Traces, diag.Range{}, "")
	}
	if len(extensions) > 0 {
		service.Put("extensions", idList(extensions), diag.Range{}, "")
	}
	pipelines := &Map{}
	for _, p := range c.Pipelines {
		body := &Map{}
		body.Put("receivers", idList(p.Receivers), p.Range, "")
		if len(p.Processors) > 0 {
			body.Put("processors", idList(p.Processors), p.Range, "")
		}
		body.Put("exporters", idList(p.Exporters), p.Range, "")
		pipelines.Put(p.Name, body, p.Range, "")
	}
	service.Put("pipelines", pipelines, diag.Range{}, "")
	root.Put("service", service, diag.Range{}, "")
	return root
}

func idList(ids []*ID) *List {
	list := &List{}
	for _, id := range ids {
		list.Items = append(list.Items, Item{Value: id})
	}
	return list
}

// Source returns the range that made the node at a path of keys joined by "::", as in the collector's error messages,
// or that made its nearest ancestor. Keys that do not exist are passed over: the messages also name embedded Go
// structs, such as clientconfig in exporters::otlp_grpc::clientconfig::tls. The range is zero if not even the first
// keys exist.
func (c *Config) Source(path string) (found diag.Range) {
	var node Node = c.root()
	for key := range strings.SplitSeq(path, "::") {
		child, origin := childOf(node, key)
		if child == nil {
			continue
		}
		node = child
		if !origin.IsZero() {
			found = origin
		}
	}
	return found
}

// childOf returns the child of a map by its key or of a list by its index, and nil if there is none.
func childOf(node Node, key string) (Node, diag.Range) {
	switch n := node.(type) {
	case *Map:
		for _, e := range n.entries {
			if e.key == key {
				return e.value, e.origin
			}
		}
	case *List:
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(n.Items) {
			return n.Items[i].Value, n.Items[i].Range
		}
	}
	return nil, diag.Range{}
}

// Map returns the configuration as plain maps, lists, strings, ints, floats and bools, as confmap takes them.
func (c *Config) Map() map[string]any {
	return plain(c.root()).(map[string]any)
}

// HoldsSecret reports whether any secret stands in the configuration itself, instead of being read when the collector
// starts.
func (c *Config) HoldsSecret() bool { return holdsSecret(c.root()) }

func holdsSecret(n Node) bool {
	switch n := n.(type) {
	case *Map:
		return slices.ContainsFunc(n.entries, func(e *entry) bool { return holdsSecret(e.value) })
	case *List:
		return slices.ContainsFunc(n.Items, func(item Item) bool { return holdsSecret(item.Value) })
	case Text:
		return n.Secret && slices.ContainsFunc(n.Pieces, func(p Piece) bool { return p.Literal != "" })
	}
	return false
}

func plain(n Node) any {
	switch n := n.(type) {
	case *Map:
		m := make(map[string]any, len(n.entries))
		for _, e := range n.entries {
			m[e.key] = plain(e.value)
		}
		return m
	case *List:
		list := make([]any, 0, len(n.Items))
		for _, item := range n.Items {
			list = append(list, plain(item.Value))
		}
		return list
	case Text:
		return n.escaped()
	case Bool:
		return bool(n)
	case Int:
		return int(n)
	case Float:
		return float64(n)
	case *ID:
		return n.String()
	}
	// Node is closed: only this package can add a type to it.
	return fmt.Sprintf("unknown node %T", n)
}
