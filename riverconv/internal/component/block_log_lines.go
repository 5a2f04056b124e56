package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
)

// tcpLines holds the arguments of a server that reads log entries from TCP connections.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.receiver.tcplog/#arguments
type tcpLines struct {
	ListenAddress   arguments.Arg `river:"listen_address,required" type:"string"`
	MaxLogSize      arguments.Arg `river:"max_log_size" type:"bytes" default:"1MiB"`
	AddAttributes   arguments.Arg `river:"add_attributes" type:"bool" default:"false"`
	OneLogPerPacket arguments.Arg `river:"one_log_per_packet" type:"bool" default:"false"`
	Encoding        arguments.Arg `river:"encoding" type:"string" default:"utf-8"`
	TLS             *tlsServer    `river:"tls,block"`
	Multiline       *multiline    `river:"multiline,block"`
}

// multiline is the multiline block: where log entries begin or end. Without it every line is one.
type multiline struct {
	arguments.Block
	LineStartPattern arguments.Arg `river:"line_start_pattern" type:"string"`
	LineEndPattern   arguments.Arg `river:"line_end_pattern" type:"string"`
	OmitPattern      arguments.Arg `river:"omit_pattern" type:"bool" default:"false"`
}

// checkOne reports a block that does not have exactly one pattern. The collector would take an empty one for none.
func (m *multiline) checkOne(diags *diag.List) {
	if m != nil && m.LineStartPattern.Empty() && m.LineEndPattern.Empty() {
		diags.Errorf(m.NameRange, diag.MissingArgument, "add one of the two, or remove the block",
			"argument %q or %q is required in %q", "line_start_pattern", "line_end_pattern", "multiline")
	}
	m.checkExclusion(diags)
}

// checkExclusion reports a block that has both patterns.
func (m *multiline) checkExclusion(diags *diag.List) {
	if m != nil && !m.LineStartPattern.Empty() && !m.LineEndPattern.Empty() {
		diags.Errorf(m.LineEndPattern.NameRange, diag.InvalidValue, "remove one of the two",
			"%q and %q exclude each other", "line_start_pattern", "line_end_pattern")
	}
}

// outerSpace holds the arguments that keep white space around a log entry.
type outerSpace struct {
	PreserveLeading  arguments.Arg `river:"preserve_leading_whitespaces" type:"bool" default:"false"`
	PreserveTrailing arguments.Arg `river:"preserve_trailing_whitespaces" type:"bool" default:"false"`
}

// receiverRetry is the retry_on_failure block of a receiver, which does not retry by default.
type receiverRetry struct {
	arguments.Block
	Enabled         arguments.Arg `river:"enabled" type:"bool" default:"false"`
	InitialInterval arguments.Arg `river:"initial_interval" type:"duration" default:"1s"`
	MaxInterval     arguments.Arg `river:"max_interval" type:"duration" default:"30s"`
	MaxElapsedTime  arguments.Arg `river:"max_elapsed_time" type:"duration" default:"5m"`
}
