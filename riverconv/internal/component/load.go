package component

import (
	"slices"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/nearest"
)

// Load turns the blocks of a configuration into instances, with arguments decoded and checked. It reports all errors. A
// block that is no known component is not among the instances; refused holds the names by which others refer to these.
func Load(body eval.Body, d dialect.Dialect, diags *diag.List) (instances []*Instance, refused map[string]bool) {
	refused = map[string]bool{}
	for _, a := range body.Attributes {
		diags.Errorf(a.NameRange, diag.UnknownArgument, "put it into the block of the component that it belongs to",
			"argument %q stands outside of any block", a.Name)
	}
	taken := map[string]diag.Range{}
	for _, block := range body.Blocks {
		c, ok := lookup(block, d, diags)
		if !ok {
			refused[block.Name+"."+block.Label] = true
			continue
		}
		inst := &Instance{Component: c, Label: block.Label, Range: block.NameRange, LabelRange: block.LabelRange,
			Comment: block.Comment, Outputs: map[Signal][]eval.Value{}, args: c.newArguments()}
		if block.Label == "" {
			diags.Errorf(block.NameRange, diag.BadLabel, "name it, as in: "+c.Name+` "default" {`, "%q needs a label", c.Name)
		} else if first, repeated := taken[inst.Name()]; repeated {
			diags.Errorf(block.LabelRange, diag.Duplicate, "the first is at "+first.String()+"; give this one another label",
				"%s %q is declared twice", c.Name, block.Label)
			continue
		}
		taken[inst.Name()] = block.LabelRange
		inst.decode(block, d, diags)
		instances = append(instances, inst)
	}
	return instances, refused
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

// take sorts references into outputs and handlers.
func (i *Instance) take(uses []arguments.Use) {
	for _, use := range uses {
		if use.Type == arguments.Consumers {
			signal := Signal(use.Argument)
			i.Outputs[signal] = append(i.Outputs[signal], use.Target)
			continue
		}
		i.Handlers = append(i.Handlers, use)
	}
}

// lookup finds the component of a block, or reports what the block is instead.
func lookup(block eval.Block, d dialect.Dialect, diags *diag.List) (*Component, bool) {
	c, ok := Find(block.Name)
	if ok && c.In != "" && c.In != d.Name {
		diags.Errorf(block.NameRange, diag.OtherDialect, "pass -dialect "+string(c.In)+" if this file is meant for it",
			"component %q does not exist in %s", block.Name, d.Product())
		return nil, false
	}
	if ok {
		return c, true
	}
	if hint, known := notConverted[block.Name]; known {
		diags.Errorf(block.NameRange, diag.UnsupportedComponent, hint, "%q is not converted", block.Name)
		return nil, false
	}
	var names []string
	for _, known := range All() {
		names = append(names, known.Name)
	}
	for name := range notConverted {
		names = append(names, name)
	}
	slices.Sort(names)
	otherwise := "riverconv components lists what can be converted"
	if !strings.HasPrefix(block.Name, "otelcol.") {
		otherwise = "riverconv converts otelcol components; " +
			"remove the block, or look for a collector component that does its job"
	}
	diags.Errorf(block.NameRange, diag.UnknownComponent, nearest.Hint(block.Name, names, otherwise),
		"unknown component %q", block.Name)
	return nil, false
}
