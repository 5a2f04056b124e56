package component

import (
	"cmp"
	"slices"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/nearest"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// Settings say for what a configuration is loaded.
type Settings struct {
	Dialect dialect.Dialect
	// Partial leaves out components that are not converted, with warnings.
	Partial bool
	// Target says what load balancers become.
	Target Target
}

// Loaded is what Load makes of a configuration.
type Loaded struct {
	Instances []*Instance
	// Refused holds the names by which others refer to blocks that are no instances: true if such a block was left out
	// with a warning, false if it is an error.
	Refused map[string]bool
	// Logs says how the collector logs about itself, as service::telemetry::logs; nil if that is left to the collector.
	Logs *otelcfg.Map
	// Tracing says where it sends traces about itself; nil if it does not.
	Tracing *Tracing
}

// Load turns the blocks of a configuration into instances, with arguments decoded and checked. It reports all errors.
func Load(blocks []eval.Block, set Settings, diags *diag.List) Loaded {
	l := loader{dialect: set.Dialect, partial: set.Partial, target: set.Target, diags: diags,
		taken: map[string]diag.Range{}, leftOut: map[string]bool{}, refused: map[string]bool{}}
	var instances []*Instance
	for _, block := range blocks {
		if inst, ok := l.load(block); ok {
			instances = append(instances, inst)
		}
	}
	return Loaded{instances, l.refused, l.logs, l.tracing}
}

type loader struct {
	dialect dialect.Dialect
	partial bool
	target  Target
	diags   *diag.List
	taken   map[string]diag.Range
	leftOut map[string]bool
	refused map[string]bool
	logs    *otelcfg.Map
	tracing *Tracing
}

// load turns a block into an instance, if it is one.
func (l *loader) load(block eval.Block) (*Instance, bool) {
	if block.Module != "" && isServiceBlock(block.Name) {
		l.diags.Errorf(block.NameRange, diag.UnknownBlock, "move it out of the module",
			"%q belongs to the configuration itself, not to a module", block.Name)
		return nil, false
	}
	switch block.Name {
	case loggingBlock:
		l.loadLogging(block)
		return nil, false
	case tracingBlock:
		l.loadTracing(block)
		return nil, false
	}
	c, ok := l.lookup(block)
	if !ok {
		l.refused[block.FullName()] = l.leftOut[block.FullName()]
		return nil, false
	}
	inst := &Instance{Component: c, Module: block.Module, Label: block.Label,
		Range: block.NameRange, LabelRange: block.LabelRange,
		Comment: block.Comment, Outputs: map[Signal][]eval.Value{}, args: c.newArguments()}
	if block.Label == "" {
		l.diags.Errorf(block.NameRange, diag.BadLabel, "name it, as in: "+c.Name+` "default" {`, "%q needs a label", c.Name)
	} else if first, repeated := l.taken[inst.Name()]; repeated {
		l.diags.Errorf(block.LabelRange, diag.Duplicate, "the first is at "+first.String()+"; give this one another label",
			"%s %q is declared twice", c.Name, block.Label)
		return nil, false
	}
	l.taken[inst.Name()] = block.LabelRange
	inst.decode(block, l.dialect, l.diags)
	return inst, true
}

// decode reads the arguments of an instance, and what depends on them.
func (i *Instance) decode(block eval.Block, d dialect.Dialect, diags *diag.List) {
	var found diag.List
	i.take(arguments.Decode(block, i.args, d, &found))
	i.broken = found.HasErrors()
	i.Signals = i.Component.Signals
	if i.signals != nil {
		var more diag.List
		i.Signals = i.signals(i.args, i, d, &more)
		found = append(found, i.notConsequences(more)...)
	}
	*diags = append(*diags, found...)
}

// notConsequences leaves out what an instance seems to lack only because an error in its arguments hides it.
func (i *Instance) notConsequences(found diag.List) diag.List {
	return slices.DeleteFunc(found, func(d diag.Diagnostic) bool {
		return i.broken && (d.Code == diag.MissingArgument || d.Code == diag.NoCounterpart)
	})
}

// take sorts references into outputs, sinks and handlers.
func (i *Instance) take(uses []arguments.Use) {
	for _, use := range uses {
		if use.Type == arguments.Sinks {
			i.Sinks = append(i.Sinks, use.Target)
			continue
		}
		if use.Type == arguments.Consumers {
			signal := Signal(use.Argument)
			i.Outputs[signal] = append(i.Outputs[signal], use.Target)
			continue
		}
		i.Handlers = append(i.Handlers, use)
	}
}

// lookup finds the component of a block, or reports what the block is instead.
func (l *loader) lookup(block eval.Block) (c *Component, ok bool) {
	c, ok = Find(block.Name)
	if ok {
		newest, exists := c.Newest(l.dialect.Name)
		switch {
		case !exists:
			l.diags.Errorf(block.NameRange, diag.OtherDialect, "pass -dialect "+string(c.In)+" if this file is meant for it",
				"component %q does not exist in %s", block.Name, l.dialect.Product())
		case newest.Version.Less(l.dialect.Version):
			l.diags.Errorf(block.NameRange, diag.OtherDialect, "pass -dialect "+newest.String()+" if this file is that old",
				"component %q does not exist in %s any more", block.Name, l.dialect.Product())
		default:
			return c.For(l.target), true
		}
		return nil, false
	}
	if hint, known := notConverted[block.Name]; known {
		l.leaveOut(block, diag.UnsupportedComponent, hint, "%q is not converted", block.Name)
		return nil, false
	}
	if hint, known := serviceBlocks[block.Name]; known {
		l.diags.Warnf(block.NameRange, diag.NoCounterpart, hint, "block %q has no counterpart and was left out", block.Name)
		return nil, false
	}
	if strings.HasPrefix(block.Name, "remote.") {
		l.leaveOut(block, diag.ForeignComponent,
			`put what it reads where the collector runs: in a variable, env("NAME"), or a file, local.file`,
			"%q needs a network or another service when it is read", block.Name)
		return nil, false
	}
	if !strings.HasPrefix(block.Name, "otelcol.") && strings.Contains(block.Name, ".") {
		l.leaveOut(block, diag.ForeignComponent,
			"pass -partial to convert the otelcol components alone; a collector component may do its job",
			"%q is no otelcol component", block.Name)
		return nil, false
	}
	hint := cmp.Or(block.Hint, "riverconv components lists what can be converted")
	l.diags.Errorf(block.NameRange, diag.UnknownComponent, nearest.Hint(block.Name, knownNames(), hint),
		"unknown component %q", block.Name)
	return nil, false
}

// leaveOut reports a block that belongs to River but is not converted: an error, or with Partial a warning.
func (l *loader) leaveOut(block eval.Block, code diag.Code, hint, format string, args ...any) {
	if !l.partial {
		l.diags.Errorf(block.NameRange, code, hint, format, args...)
		return
	}
	l.leftOut[block.FullName()] = true
	const substitute = "do its job by other means, or do without it"
	l.diags.Warnf(block.NameRange, code, substitute, format+"; it was left out", args...)
}

func knownNames() []string {
	var names []string
	for _, known := range All() {
		names = append(names, known.Name)
	}
	for name := range notConverted {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
