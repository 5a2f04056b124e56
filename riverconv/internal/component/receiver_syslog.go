package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// syslogReceiver holds the arguments of otelcol.receiver.syslog. It listens to one protocol, whatever its documentation
// says.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.receiver.syslog/
type syslogReceiver struct {
	arguments.Block
	Protocol            arguments.Arg `river:"protocol" type:"string" default:"rfc5424" collector:"" oneof:"rfc5424 rfc3164"`
	Location            arguments.Arg `river:"location" type:"string" default:"UTC"`
	EnableOctetCounting arguments.Arg `river:"enable_octet_counting" type:"bool" default:"false"`
	MaxOctets           arguments.Arg `river:"max_octets" type:"int" default:"8192"`
	AllowSkipPriHeader  arguments.Arg `river:"allow_skip_pri_header" type:"bool" default:"false"`
	FramingTrailer      arguments.Arg `river:"non_transparent_framing_trailer" type:"string" oneof:"LF NUL"`
	OnError             arguments.Arg `river:"on_error" type:"string" default:"send" oneof:"drop drop_quiet send send_quiet" in:"alloy@1.8"`
	TCP                 *syslogTCP    `river:"tcp,block"`
	UDP                 *syslogUDP    `river:"udp,block"`
	RetryOnFailure      receiverRetry `river:"retry_on_failure,block"`
	Output              output        `river:"output,block,required"`
	DebugMetrics        debugMetrics  `river:"debug_metrics,block"`
}

// syslogTCP is the tcp block.
type syslogTCP struct {
	arguments.Block
	Server     tcpLines   `river:",squash"`
	OuterSpace outerSpace `river:",squash"`
}

// syslogUDP is the udp block.
type syslogUDP struct {
	arguments.Block
	ListenAddress   arguments.Arg `river:"listen_address,required" type:"string"`
	OneLogPerPacket arguments.Arg `river:"one_log_per_packet" type:"bool" default:"false"`
	AddAttributes   arguments.Arg `river:"add_attributes" type:"bool" default:"false"`
	Encoding        arguments.Arg `river:"encoding" type:"string" default:"utf-8"`
	OuterSpace      outerSpace    `river:",squash"`
	Multiline       *multiline    `river:"multiline,block"`
	Async           *syslogAsync  `river:"async,block"`
}

// syslogAsync is the async block: how many packets are read and parsed at once.
type syslogAsync struct {
	arguments.Block
	Readers        arguments.Arg `river:"readers" type:"int" default:"1"`
	Processors     arguments.Arg `river:"processors" type:"int" default:"1"`
	MaxQueueLength arguments.Arg `river:"max_queue_length" type:"int" default:"100"`
}

func init() {
	register(Component{
		Name:    "otelcol.receiver.syslog",
		Section: otelcfg.Receivers,
		Type:    "syslog",
		In:      dialect.Alloy,
		Signals: []Signal{Logs},
		signals: sendsLogs,
		Outside: true,
		Doc:     "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.receiver.syslog/",
	}, convertSyslogReceiver)
}

func convertSyslogReceiver(c *Conversion, args *syslogReceiver) []Part {
	switch {
	case args.TCP == nil && args.UDP == nil:
		c.Diags.Errorf(c.Range, diag.MissingArgument, `add tcp { listen_address = "0.0.0.0:54526" }, or udp`,
			"block %q or %q is required in %q", "tcp", "udp", c.Component.Name)
	case args.TCP != nil && args.UDP != nil:
		c.Diags.Warnf(args.UDP.NameRange, diag.PrecedenceApplied,
			"remove it, or move it into an otelcol.receiver.syslog of its own",
			"Alloy listens to tcp alone where both blocks are there, and udp was left out")
		args.UDP = nil
	}
	checkFraming(args, c.Diags)
	if args.TCP != nil {
		args.TCP.Server.Multiline.checkOne(c.Diags)
	}
	if args.UDP != nil {
		args.UDP.Multiline.checkOne(c.Diags)
	}
	body := c.Encode(args)
	if udp := args.UDP; udp != nil && (udp.Multiline == nil || !udp.Multiline.LineEndPattern.Set) {
		// By default the collector takes a packet for one entry, by a pattern that never matches. River takes each line of
		// the packet for one. The pattern would exclude a line_start_pattern, too.
		body.Set("udp.multiline.line_end_pattern", otelcfg.Literal(""), udp.NameRange, "")
	}
	return c.only(body)
}

// checkFraming reports ways to tell messages apart that exclude each other. Alloy finds out when it starts.
func checkFraming(args *syslogReceiver, diags *diag.List) {
	trailer, counting := args.FramingTrailer, args.EnableOctetCounting
	exclude := func(a arguments.Arg, name, other string) {
		diags.Errorf(a.NameRange, diag.InvalidValue, "remove one of the two", "%s and %s exclude each other", name, other)
	}
	if trailer.Set && counting.Value.Bool {
		exclude(trailer, "non_transparent_framing_trailer", "enable_octet_counting")
	}
	if trailer.Set && args.Protocol.Text() == "rfc3164" {
		exclude(trailer, "non_transparent_framing_trailer", "protocol rfc3164")
	}
	if trailer.Set && args.UDP != nil {
		exclude(trailer, "non_transparent_framing_trailer", "udp")
	}
	if counting.Value.Bool && args.UDP != nil {
		exclude(counting, "enable_octet_counting", "udp")
	}
}
