package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
)

// output is the output block: where a component sends each signal. It becomes service::pipelines.
type output struct {
	arguments.Block
	Metrics arguments.Arg `river:"metrics" type:"consumers"`
	Logs    arguments.Arg `river:"logs" type:"consumers"`
	Traces  arguments.Arg `river:"traces" type:"consumers"`
}

// onlySends takes the outputs for other signals from a receiver that sends one signal alone. River never calls them.
func onlySends(sent Signal, inst *Instance, diags *diag.List) []Signal {
	for _, s := range Signals {
		if s == sent {
			continue
		}
		for _, ref := range inst.Outputs[s] {
			diags.Warnf(ref.Range, diag.SignalNotSupported, "remove it from this list",
				"%s sends no %s, whatever this list says", inst.Name(), s)
		}
		delete(inst.Outputs, s)
	}
	return []Signal{sent}
}

// sendsLogs says that a receiver sends logs, whatever its output block names.
func sendsLogs(_ any, inst *Instance, _ dialect.Dialect, diags *diag.List) []Signal {
	return onlySends(Logs, inst, diags)
}
