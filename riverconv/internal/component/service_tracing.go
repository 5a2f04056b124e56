package component

import (
	"slices"
	"time"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// tracingService holds the arguments of the tracing block, which says where Agent Flow or Alloy sends traces about
// itself. River hands them to components; a collector sends them to an OTLP endpoint, past its own pipelines.
// https://grafana.com/docs/agent/v0.40/flow/reference/config-blocks/tracing/
type tracingService struct {
	arguments.Block
	SamplingFraction arguments.Arg   `river:"sampling_fraction" type:"float" default:"0.1" key:"-"`
	SendTraceparent  arguments.Arg   `river:"send_traceparent" type:"bool" default:"false" in:"alloy" key:"-"`
	WriteTo          arguments.Arg   `river:"write_to" type:"consumers"`
	Sampler          *tracingSampler `river:"sampler,block"`
}

// tracingSampler is the sampler block.
type tracingSampler struct {
	arguments.Block
	JaegerRemote *arguments.Opaque `river:"jaeger_remote,block" lost:"sampling_fraction is used; the collector cannot ask a server how many of its own traces to keep"`
}

const tracingBlock = "tracing"

// Tracing is the tracing block of a configuration.
type Tracing struct {
	Range diag.Range
	// WriteTo lists the consumers that it names.
	WriteTo []eval.Value
	args    tracingService
}

// loadTracing decodes the tracing block. What it becomes depends on the exporters that it names.
func (l *loader) loadTracing(block eval.Block) {
	if l.tracing != nil {
		l.diags.Errorf(block.NameRange, diag.Duplicate, "keep one of them", "block %q is given twice", tracingBlock)
		return
	}
	l.tracing = &Tracing{Range: block.NameRange}
	for _, use := range arguments.Decode(block, &l.tracing.args, l.dialect, l.diags) {
		l.tracing.WriteTo = append(l.tracing.WriteTo, use.Target)
	}
	if len(l.tracing.WriteTo) == 0 {
		l.diags.Warnf(block.NameRange, diag.NotUsed, "name an exporter: write_to = [otelcol.exporter.otlp.default.input]",
			"the block names no consumer, so River drops the traces; it was left out")
	}
}

// Convert returns service::telemetry::traces for the consumers that the block names, nil if none of them can be had.
func (t *Tracing) Convert(consumers []Conversion, diags *diag.List) *otelcfg.Map {
	body := &otelcfg.Map{}
	for i, c := range consumers {
		exporter, ok := ownExporterOf(&c)
		if !ok {
			diags.Warnf(t.WriteTo[i].Range, diag.NoCounterpart,
				"name an otelcol.exporter.otlp or otelcol.exporter.otlphttp itself",
				"the collector cannot send its own traces to %s; they were left out", c.Name())
			continue
		}
		processor := &otelcfg.Map{}
		processor.Set("batch.exporter.otlp", exporter.encode(&c, diags), c.Range, "")
		body.Append("processors", otelcfg.Item{Value: processor, Range: c.Range})
	}
	if body.Len() == 0 {
		return nil
	}
	diags.Warnf(t.Range, diag.ChangedBehavior,
		"look for service.name otelcol-river where you looked for that of Agent or Alloy",
		"the collector sends its own traces past its pipelines, and under another name")
	fraction := otelcfg.Node(otelcfg.Float(defaultSamplingFraction))
	if given := t.args.SamplingFraction; given.Set {
		fraction = arguments.NodeOf(given, arguments.Float)
	}
	body.Set("sampler.parent_based.root.trace_id_ratio_based.ratio", fraction, t.args.SamplingFraction.Value.Range,
		t.args.SamplingFraction.Comment)
	if given := t.args.SendTraceparent; given.Value.Bool {
		names := &otelcfg.List{Items: []otelcfg.Item{{Value: otelcfg.Literal("tracecontext"), Range: given.Value.Range}}}
		body.Set("propagators", names, given.Value.Range, given.Comment)
	}
	return body
}

// defaultSamplingFraction is River's; the collector keeps all of its traces.
const defaultSamplingFraction = 0.1

// ownExporter holds what the collector can take over from an exporter for its own traces. Those are sent by the
// OpenTelemetry SDK, which has other settings and defaults: it does not compress, and waits ten seconds.
type ownExporter struct {
	protocol                      string
	endpoint                      otelcfg.Text
	timeout, compression, headers arguments.Arg
	patience                      time.Duration // if there is no timeout
	tls                           *tlsClient
	// settings and blocks hold all that the exporter has, to find what cannot be taken over.
	settings []any
	blocks   []arguments.Block
}

func ownExporterOf(c *Conversion) (e ownExporter, ok bool) {
	switch args := c.args.(type) {
	case *otlpExporter:
		client := &args.Client.Client
		e = ownExporter{protocol: "grpc", endpoint: arguments.TextOf(args.Client.Endpoint), timeout: args.Timeout,
			compression: client.Compression, headers: client.Headers, patience: 5 * time.Second, tls: &client.TLS,
			settings: []any{&args.Client, &client.TLS},
			blocks:   []arguments.Block{args.SendingQueue.Block, args.RetryOnFailure.Block}}
		if client.Keepalive != nil {
			e.blocks = append(e.blocks, client.Keepalive.Block)
		}
	case *otlpHTTPExporter:
		client := &args.Client
		address := arguments.TextOf(args.TracesEndpoint)
		if args.TracesEndpoint.Empty() {
			address = arguments.TextOf(client.Endpoint).TrimSuffix("/").Append(otelcfg.Literal("/v1/traces"))
		}
		e = ownExporter{protocol: "http/protobuf", endpoint: address, timeout: client.Timeout,
			compression: client.Compression, headers: client.Headers, patience: 30 * time.Second, tls: &client.TLS,
			settings: []any{args, client, &client.TLS},
			blocks:   []arguments.Block{args.SendingQueue.Block, args.RetryOnFailure.Block}}
		if client.Cookies != nil {
			e.blocks = append(e.blocks, client.Cookies.Block)
		}
	}
	return e, e.protocol != ""
}

// takenOver lists the arguments of an exporter that its traces endpoint alone needs, or that encode looks after.
var takenOver = []string{"endpoint", "traces_endpoint", "metrics_endpoint", "logs_endpoint", "timeout", "compression",
	"headers", "insecure", "ca_file", "cert_file", "key_file"}

// encode returns the settings of the SDK's exporter. It reports those that it cannot have.
func (e ownExporter) encode(c *Conversion, diags *diag.List) *otelcfg.Map {
	lost := func(at diag.Range) {
		diags.Warnf(at, diag.NoCounterpart, "name an exporter in the tracing block that does without",
			"the collector sends its own traces to %s without this", c.Name())
	}
	out := &otelcfg.Map{}
	out.Set("protocol", otelcfg.Literal(e.protocol), diag.Range{}, "")
	out.Set("endpoint", e.endpoint, c.Range, "")
	if d, err := time.ParseDuration(e.timeout.Text()); err == nil {
		e.patience = d
	} else if e.timeout.Set {
		lost(e.timeout.NameRange)
	}
	out.Set("timeout", otelcfg.Int(e.patience.Milliseconds()), e.timeout.Value.Range, "")
	switch compression := e.compression.Text(); {
	case !e.compression.Set || compression == "gzip":
		out.Set("compression", otelcfg.Literal("gzip"), e.compression.Value.Range, "")
	case compression != "" && compression != "none" || e.compression.Value.Symbolic():
		lost(e.compression.NameRange)
	}
	c.Encode(e.tls).Each(func(key string, value otelcfg.Node, origin diag.Range, _ string) {
		if own, ok := ownTLS[key]; ok {
			out.Set(own, value, origin, "")
		}
	})
	if e.headers.Set {
		headers, _ := arguments.NodeOf(e.headers, arguments.SecretMap).(*otelcfg.Map)
		headers.Each(func(name string, value otelcfg.Node, origin diag.Range, _ string) {
			pair := &otelcfg.Map{}
			pair.Put("name", otelcfg.Literal(name), origin, "")
			pair.Put("value", value, origin, "")
			out.Append("headers", otelcfg.Item{Value: pair, Range: origin})
		})
	}
	for _, settings := range e.settings {
		for name, a := range arguments.Given(settings) {
			if !slices.Contains(takenOver, name) && a.ContentOf() == nil { // of content, Encode takes the path
				lost(a.NameRange)
			}
		}
	}
	for _, block := range e.blocks {
		if block.Present() {
			lost(block.NameRange)
		}
	}
	return out
}

// ownTLS holds the SDK's names of the TLS settings that it has.
var ownTLS = map[string]string{
	"insecure": "insecure", "ca_file": "certificate", "cert_file": "client_certificate", "key_file": "client_key",
}
