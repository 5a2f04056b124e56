// Package riverconv turns configuration files of Grafana Agent Flow (River) and Grafana Alloy into configuration of an
// OpenTelemetry Collector.
//
//	result, diags := riverconv.Convert([]riverconv.Source{{Name: "lb.river", Text: text}}, riverconv.Options{})
//
// The result is the same for the same input, byte for byte, and depends on nothing but the sources and the options.
package riverconv

import (
	"os"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/component"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/drawing"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/graph"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/module"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/pipeline"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/profile"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/report"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/syntax"
)

// Source is one file of a configuration. The files of a configuration are one module: they refer to each other's
// components, and their order does not matter but for the order of the output.
type Source struct {
	// Name stands in diagnostics. Its ending tells the dialect when Options leave that open.
	Name string
	Text []byte
}

// Options change how a configuration is read.
type Options struct {
	// Dialect is flow or alloy, with a version if the defaults of an older release count, as in flow@0.40. When it is
	// empty, names that end in .alloy mean alloy and names that end in .river mean flow; any other name means flow, with a
	// warning.
	Dialect string
	// LookupEnv reads an environment variable for expressions whose value has to be known; all others stay ${env:NAME}. It
	// is os.LookupEnv when nil.
	LookupEnv func(name string) (string, bool)
	// ReadModule reads a module that the configuration names: a file, or the files of a folder. The dialect is flow or
	// alloy. It is the function ReadModule when it is nil.
	ReadModule func(path, dialect string) ([]Source, error)
	// Partial leaves out components that are not converted, with a warning each, where they would be errors: the result is
	// what the otelcol components make up among themselves.
	Partial bool
	// Profile adds to the configuration what River never had. There is one, resilient: load balancers keep what they have
	// acknowledged on disk, until a backend has taken it, limit their memory and have a health check. It is empty for the
	// configuration as River means it.
	Profile string
	// Target says what load balancers become: upstream, the load_balancing exporter that River's is made of, or balancer,
	// our own otlp_balancer, which is also the receiver where River sends what it receives straight to a load balancer. It
	// is upstream when empty.
	Target string
	// HealthCheck adds a health_check extension that answers on this endpoint, as probes of Kubernetes need it. Neither
	// dialect has a component for it: Grafana Agent and Alloy answer probes themselves.
	HealthCheck string
}

// Result is a converted configuration.
type Result struct {
	dialect dialect.Dialect
	config  *otelcfg.Config
	graph   *graph.Graph
}

// YAML returns the configuration as a YAML document with the comments of the sources.
func (r Result) YAML() ([]byte, error) { return r.config.YAML() }

// Map returns the configuration as plain maps, lists, strings, ints, floats and bools, in the form that confmap takes.
// It says the same as YAML.
func (r Result) Map() map[string]any { return r.config.Map() }

// Source returns the text that made a node of the configuration. The path joins keys by "::", as the collector's
// messages do, for example exporters::load_balancing/default::resolver. Of a node that stands for a default, or that
// does not exist, it returns the place of its nearest ancestor, and the zero Range if there is none.
func (r Result) Source(path string) diag.Range { return r.config.Source(path) }

// Mermaid returns a Mermaid flowchart of the components of River and of the pipelines that they became.
func (r Result) Mermaid() string { return drawing.New(r.graph, r.config).Mermaid() }

// DOT returns the same drawing as Mermaid in the language of Graphviz.
func (r Result) DOT() string { return drawing.New(r.graph, r.config).DOT() }

// Report returns an account of the conversion in Markdown: what each component became, the pipelines, and the
// diagnostics that Convert returned with the result.
func (r Result) Report(diags diag.List) string {
	return report.Markdown(r.dialect, r.graph, r.config, diags)
}

// Balances reports whether the configuration has a load balancer, to which Options.Profile can add something.
func (r Result) Balances() bool { return profile.Balances(r.config) }

// HoldsSecret reports whether a password, key or header value stands in the result itself. Such a file should be
// readable by its owner alone.
func (r Result) HoldsSecret() bool { return r.config.HoldsSecret() }

// Convert converts one configuration. The diagnostics are sorted by place. If any of them is an error, there is no
// result, and the Result must not be used.
func Convert(sources []Source, opts Options) (Result, diag.List) {
	result, diags := convert(sources, opts)
	diags.Sort()
	return result, diags
}

// convert is the path of data: each step hands its result to the next.
func convert(sources []Source, opts Options) (Result, diag.List) {
	d, diags := chooseDialect(sources, opts)
	if diags.HasErrors() {
		return Result{}, diags
	}
	files := parse(sources, &diags)
	if diags.HasErrors() {
		return Result{}, diags
	}
	lookup := opts.LookupEnv
	if lookup == nil {
		lookup = os.LookupEnv
	}
	blocks, found := module.Expand(files, module.Settings{
		Settings: eval.Settings{Dialect: d, LookupEnv: lookup}, Partial: opts.Partial, Read: moduleReader(opts, d),
	})
	diags = append(diags, found...)
	loaded := component.Load(blocks, component.Settings{
		Dialect: d, Partial: opts.Partial, Target: chooseTarget(sources[0], opts, &diags),
	}, &diags)
	if len(loaded.Instances) == 0 && !diags.HasErrors() {
		diags.Errorf(startOf(sources[0]), diag.NoInput, "declare a receiver, an exporter and what is between them",
			"the configuration declares no component")
	}
	g := graph.Build(loaded, &diags)
	config := assemble(g, loaded, d, &diags)
	if opts.HealthCheck != "" {
		addHealthCheck(config, opts.HealthCheck)
	}
	if opts.Target == string(component.Balancer) && !diags.HasErrors() && !profile.Balances(config) {
		diags.Warnf(startOf(sources[0]), diag.NoCounterpart, "convert without the target",
			"no otelcol.exporter.loadbalancing sends anything, so the target %s changes nothing", opts.Target)
	}
	if opts.Profile != "" && !diags.HasErrors() {
		applyProfile(sources[0], config, opts.Profile, &diags)
	}
	return Result{d, config, g}, diags
}

// Profiles lists what Options.Profile can be.
func Profiles() []string { return profile.Names() }

// CheckProfile returns an error if Options.Profile cannot be this. The empty profile is allowed.
func CheckProfile(name string) error { return profile.Check(name) }

// Targets lists what Options.Target can be, the default first.
func Targets() []string { return component.Targets() }

// CheckTarget returns an error if Options.Target cannot be this. The empty target is allowed.
func CheckTarget(name string) error { return component.CheckTarget(name) }

// chooseTarget takes the target of the options.
func chooseTarget(first Source, opts Options, diags *diag.List) component.Target {
	if err := component.CheckTarget(opts.Target); err != nil {
		diags.Errorf(startOf(first), diag.InvalidValue, "correct the option", "%v", err)
	}
	return component.Target(opts.Target)
}

func applyProfile(first Source, config *otelcfg.Config, name string, diags *diag.List) {
	if err := profile.Check(name); err != nil {
		diags.Errorf(startOf(first), diag.InvalidValue, "correct the option", "%v", err)
		return
	}
	if !profile.Balances(config) {
		diags.Warnf(startOf(first), diag.NoCounterpart, "convert without the profile",
			"no otelcol.exporter.loadbalancing sends anything, so the profile %s adds nothing", name)
		return
	}
	profile.MakeResilient(config, diags)
}

// moduleReader returns the function that reads modules.
func moduleReader(opts Options, d dialect.Dialect) func(path string) ([]module.File, error) {
	read := opts.ReadModule
	if read == nil {
		read = ReadModule
	}
	return func(path string) ([]module.File, error) {
		sources, err := read(path, string(d.Name))
		files := make([]module.File, len(sources))
		for i, src := range sources {
			files[i] = module.File(src)
		}
		return files, err
	}
}

// startOf returns the first place of a file, for what concerns the file as a whole.
func startOf(src Source) diag.Range {
	first := diag.Point{Line: 1, Column: 1}
	return diag.Range{File: src.Name, Start: first, End: first}
}

func parse(sources []Source, diags *diag.List) (files []*syntax.File) {
	for _, src := range sources {
		file, found := syntax.Parse(src.Name, src.Text)
		*diags = append(*diags, found...)
		if file != nil {
			files = append(files, file)
		}
	}
	return files
}

// assemble converts the nodes of a graph and joins them to a configuration. Extensions come first: the others refer to
// their ids.
func assemble(g *graph.Graph, loaded component.Loaded, d dialect.Dialect, diags *diag.List) *otelcfg.Config {
	a := assembly{dialect: d, diags: diags, config: &otelcfg.Config{Logs: loaded.Logs},
		parts: map[*graph.Node][]component.Part{}, extensions: map[string][]component.Part{}}
	if diags.HasErrors() {
		a.findErrors(g)
		return a.config
	}
	for _, n := range g.Nodes {
		if n.Section == otelcfg.Extensions && len(n.UsedBy) > 0 {
			a.extensions[n.Name()] = a.convert(n)
		}
	}
	for _, n := range g.Nodes {
		if n.Runs() {
			a.parts[n] = a.convert(n)
		}
	}
	if loaded.Tracing != nil {
		a.config.Traces = loaded.Tracing.Convert(a.conversions(g.Own), diags)
	}
	if diags.HasErrors() {
		return a.config
	}
	a.openDoors(g)
	pipelines, forwards := pipeline.Build(g, a.ids)
	a.config.Pipelines = pipelines
	a.config.Components = append(a.config.Components, forwards...)
	a.config.UniqueNames()
	return a.config
}

// addHealthCheck adds an extension that no component of River stands for.
func addHealthCheck(config *otelcfg.Config, endpoint string) {
	body := &otelcfg.Map{}
	body.Put("endpoint", otelcfg.Literal(endpoint), diag.Range{}, "")
	check := otelcfg.Component{Section: otelcfg.Extensions, ID: &otelcfg.ID{Type: "health_check"}, Body: body}
	config.Components = append([]otelcfg.Component{check}, config.Components...)
}
