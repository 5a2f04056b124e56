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

// Load turns the blocks of a configuration into instances, with arguments decoded and checked. It reports all errors;
// a block that is no known component is left out of the result.
func Load(body eval.Body, d dialect.Dialect, diags *diag.List) []*Instance {
	for _, a := range body.Attributes {
		diags.Errorf(a.NameRange, diag.UnknownArgument, "put it into the block of the component that it belongs to",
			"argument %q stands outside of any block", a.Name)
	}
	var instances []*Instance
	taken := map[string]diag.Range{}
	for _, block := range body.Blocks {
		c, ok := lookup(block, d, diags)
		if !ok {
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
		inst.take(arguments.Decode(block, inst.args, d, diags))
		inst.Signals = c.Signals
		if c.signals != nil {
			inst.Signals = c.signals(inst.args, inst, d, diags)
		}
		instances = append(instances, inst)
	}
	return instances
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

// KnownOnlyByName reports whether a component is documented, but not converted.
func KnownOnlyByName(name string) bool {
	_, known := notConverted[name]
	return known
}
