// Package component knows the components of River: their arguments, their signals, and what each becomes in a
// collector. One file holds one component; the files block_*.go hold argument blocks that several share.
package component

import (
	"slices"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// Signal is a kind of telemetry.
type Signal string

// The signals, in the order in which pipelines are printed.
const (
	Traces  Signal = "traces"
	Metrics Signal = "metrics"
	Logs    Signal = "logs"
)

// Signals lists all signals in that order.
var Signals = []Signal{Traces, Metrics, Logs}

// Component describes a component of River.
type Component struct {
	// Name is River's, such as otelcol.exporter.otlp.
	Name string
	// Section and Type say what it becomes in a collector.
	Section otelcfg.Section
	Type    string
	// In lists the dialects that have the component; empty means both.
	In dialect.Name
	// Last is the last version that has the component, if its dialect has dropped it.
	Last dialect.Dialect
	// Signals lists what it accepts, or sends if it is a receiver.
	Signals []Signal
	// Produces lists what a connector sends.
	Produces []Signal
	// Standalone is true for an extension that does its work without being referred to. It exports nothing.
	Standalone bool
	// Outside is true if our distribution does not hold what the component becomes; otelcol-contrib does.
	Outside bool
	// Doc is the page that documents it.
	Doc string

	newArguments func() any
	convert      func(*Conversion, any) []Part
	// signals returns what an instance accepts, or sends if it is a receiver, where its arguments decide that. It reports
	// arguments that allow no decision.
	signals func(args any, inst *Instance, d dialect.Dialect, diags *diag.List) []Signal
}

// Newest returns the newest version of a language that has the component, if any has.
func (c *Component) Newest(in dialect.Name) (d dialect.Dialect, ok bool) {
	if c.Last.Name == in {
		return c.Last, true
	}
	return dialect.Newest(in), c.In == "" || c.In == in
}

// Export returns the field that other components refer to: "input", "handler", or "" for none.
func (c *Component) Export() string {
	if c.Standalone {
		return ""
	}
	switch c.Section {
	case otelcfg.Extensions:
		return "handler"
	case otelcfg.Receivers:
		return ""
	case Sink:
		return "receiver"
	}
	return "input"
}

// Sink is the section of components that take telemetry out of otelcol. They become part of the exporter that feeds
// them.
const Sink otelcfg.Section = "sink"

// Part is one collector component that an instance becomes.
type Part struct {
	// Section is that of the component when it is empty.
	Section otelcfg.Section
	ID      *otelcfg.ID
	Body    *otelcfg.Map
	// Signals lists which of the instance's signals the part serves.
	Signals []Signal
	// Roles lists how others may refer to the part, if it is an extension.
	Roles []arguments.Type
}

// registry holds all components by name. It does not change after start.
var registry = map[string]*Component{}

// NewArguments returns a pointer to an empty struct that describes the component's arguments by its tags.
func (c *Component) NewArguments() any { return c.newArguments() }

// register adds a component whose arguments have the type A. A nil convert means that the tags of A say it all.
// It panics on a mistake in the program, a name registered twice.
func register[A any](c Component, convert func(*Conversion, *A) []Part) {
	if _, taken := registry[c.Name]; taken {
		panic("component " + c.Name + " is registered twice")
	}
	registry[c.Name] = prepared(c, convert)
}

// prepared returns a component that can be decoded and converted.
func prepared[A any](c Component, convert func(*Conversion, *A) []Part) *Component {
	c.newArguments = func() any { return new(A) }
	c.convert = func(conv *Conversion, args any) []Part {
		if convert == nil {
			return conv.only(conv.Encode(args))
		}
		return convert(conv, args.(*A))
	}
	return &c
}

// registerSink adds a component outside of otelcol that a bridge leads to. Its arguments have the type A; what it
// becomes is up to the bridge.
func registerSink[A any](name string) {
	register(Component{Name: name, Section: Sink, Type: "part of the exporter in front of it",
		Doc: "https://grafana.com/docs/agent/v0.40/flow/reference/components/" + name + "/",
	}, func(*Conversion, *A) []Part { return nil })
}

// All returns the components in order of their names.
func All() []*Component {
	var all []*Component
	for _, c := range registry {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *Component) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Find returns the component of a name.
func Find(name string) (*Component, bool) {
	c, ok := registry[name]
	return c, ok
}

// Instance is a component that a configuration declares.
type Instance struct {
	*Component
	// Module names the module that holds the instance, "" for the configuration itself.
	Module string
	Label  string
	Range  diag.Range // of the block's name
	// LabelRange is the place of the label, or of the name if there is none.
	LabelRange diag.Range
	Comment    string
	// Signals lists what the instance accepts, or sends if it is a receiver.
	Signals []Signal
	// Outputs lists the consumers that the instance sends each signal to.
	Outputs map[Signal][]eval.Value
	// Sinks lists what stands behind an exporter that is a bridge out of otelcol.
	Sinks []eval.Value
	// Handlers lists the extensions that its arguments refer to.
	Handlers []arguments.Use

	args any
	// broken is true if an error in the arguments has been reported.
	broken bool
}

// Name returns the name that references use: the component's name and the label, with the module in front.
func (i *Instance) Name() string {
	return eval.Within(i.Module, i.Component.Name+"."+i.Label)
}

// FullLabel returns the label with the module in front: it tells the instance from all others of its component.
func (i *Instance) FullLabel() string { return eval.Within(i.Module, i.Label) }

// Conversion is what a component may know and do while it is converted.
type Conversion struct {
	*Instance
	Dialect dialect.Dialect
	// Wired lists the signals that flow through the instance.
	Wired []Signal
	// Behind lists the instances behind a bridge out of otelcol.
	Behind []*Instance
	// UsedBy lists how others refer to an extension: arguments.Client, Server or Storage.
	UsedBy []arguments.Type
	// Extension returns the id of the extension that a handler refers to, in the role that the type names.
	Extension func(target eval.Value, role arguments.Type) *otelcfg.ID
	Diags     *diag.List
}

// Convert returns the collector components for an instance. Where the arguments allow none, it has reported why.
func (c *Conversion) Convert() []Part {
	diags := c.Diags
	c.Diags = &diag.List{}
	if c.Outside {
		c.Diags.Warnf(c.Range, diag.OtherDistribution, "run the result with otelcol-contrib, which holds it",
			"%s needs the collector's %s, which otelcol-river does not hold", c.Name(), c.Type)
	}
	parts := c.convert(c, c.args)
	*diags = append(*diags, c.notConsequences(*c.Diags)...)
	return parts
}

// Encode returns the collector keys for an argument struct as its tags state them.
func (c *Conversion) Encode(args any) *otelcfg.Map {
	return arguments.Encode(args, c.Dialect, c.Extension)
}

// only returns the part for an instance that becomes exactly one component under its own label.
func (c *Conversion) only(body *otelcfg.Map) []Part {
	return []Part{{ID: c.NewID(""), Body: body, Signals: c.Wired}}
}

// extension returns the part for an extension that serves all of the roles under its own label.
func (c *Conversion) extension(body *otelcfg.Map, roles ...arguments.Type) []Part {
	for _, role := range c.UsedBy {
		if !slices.Contains(roles, role) {
			c.Diags.Errorf(c.Range, diag.WrongReference, "refer to otelcol.auth.basic or otelcol.auth.bearer there",
				"%s cannot authenticate servers, but a receiver uses it", c.Name())
		}
	}
	return []Part{{ID: c.NewID(""), Body: body, Roles: roles}}
}

// NewID returns an id of the component's type, named for the label and a suffix.
func (c *Conversion) NewID(suffix string) *otelcfg.ID {
	return &otelcfg.ID{Type: c.Type, Name: c.FullLabel() + suffix}
}

// Carries reports whether a signal reaches the instance or leaves it.
func (c *Conversion) Carries(s Signal) bool { return slices.Contains(c.Wired, s) }
