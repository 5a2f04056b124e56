package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// jaegerRemoteSampling holds the arguments of otelcol.extension.jaeger_remote_sampling, which hands sampling strategies
// to clients of Jaeger. Known gaps: the collector reads no document that stands in the configuration itself, and always
// serves both protocols.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.extension.jaeger_remote_sampling/
type jaegerRemoteSampling struct {
	arguments.Block
	GRPC         *jaegerGRPC         `river:"grpc,block"`
	HTTP         *jaegerSamplingHTTP `river:"http,block"`
	Source       samplingSource      `river:"source,block,required"`
	DebugMetrics debugMetrics        `river:"debug_metrics,block" in:"alloy"`
}

// jaegerSamplingHTTP is the http block.
type jaegerSamplingHTTP struct {
	arguments.Block
	Endpoint arguments.Arg    `river:"endpoint" type:"string" default:"0.0.0.0:5778" collector:"localhost:5778"`
	Server   tracesHTTPServer `river:",squash"`
}

// samplingSource is the source block: where the sampling document comes from.
type samplingSource struct {
	arguments.Block
	Content        arguments.Arg   `river:"content" type:"string" key:"-"`
	File           arguments.Arg   `river:"file" type:"string"`
	ReloadInterval arguments.Arg   `river:"reload_interval" type:"duration"`
	Remote         *samplingRemote `river:"remote,block"`
}

// samplingRemote is the remote block: another server of sampling strategies. The collector has no defaults for it, so
// that River's are written out.
type samplingRemote struct {
	arguments.Block
	Endpoint        arguments.Arg  `river:"endpoint,required" type:"string"`
	Compression     arguments.Arg  `river:"compression" type:"string" default:"gzip" collector:"" oneof:"gzip zlib deflate snappy zstd none ''"`
	ReadBufferSize  arguments.Arg  `river:"read_buffer_size" type:"bytes"`
	WriteBufferSize arguments.Arg  `river:"write_buffer_size" type:"bytes" default:"512KiB" collector:"0B"`
	WaitForReady    arguments.Arg  `river:"wait_for_ready" type:"bool" default:"false"`
	Headers         arguments.Arg  `river:"headers" type:"map(secret)"`
	BalancerName    arguments.Arg  `river:"balancer_name" type:"string" default:"round_robin" was:"flow=pick_first; alloy@1.2=pick_first" collector:"" oneof:"pick_first round_robin"`
	Authority       arguments.Arg  `river:"authority" type:"string"`
	Auth            arguments.Arg  `river:"auth" type:"handler" key:"auth.authenticator"`
	TLS             tlsClient      `river:"tls,block"`
	Keepalive       *grpcKeepalive `river:"keepalive,block"`
}

func init() {
	register(Component{
		Name:       "otelcol.extension.jaeger_remote_sampling",
		Section:    otelcfg.Extensions,
		Type:       "jaegerremotesampling",
		Standalone: true,
		Outside:    true,
		Doc: "https://grafana.com/docs/agent/v0.40/flow/reference/components/" +
			"otelcol.extension.jaeger_remote_sampling/",
	}, convertJaegerRemoteSampling)
}

func convertJaegerRemoteSampling(c *Conversion, args *jaegerRemoteSampling) []Part {
	checkSamplingSource(c, &args.Source)
	if args.HTTP != nil {
		args.HTTP.Server.adapt(c)
	}
	if args.GRPC != nil {
		args.GRPC.MaxRecvMsgSize = wholeMiB(c, args.GRPC.MaxRecvMsgSize)
	}
	// The collector's factory turns both on, and no setting turns one off.
	switch {
	case args.GRPC == nil && args.HTTP == nil:
		c.Diags.Errorf(c.Range, diag.MissingArgument, "add http {} or grpc {}", "%s listens to no protocol", c.Name())
	case args.GRPC == nil:
		c.warnOfProtocol("grpc", "localhost:14250")
	case args.HTTP == nil:
		c.warnOfProtocol("http", "localhost:5778")
	}
	return c.extension(c.Encode(args))
}

// warnOfProtocol tells that a protocol runs that was not asked for.
func (c *Conversion) warnOfProtocol(name, endpoint string) {
	c.Diags.Warnf(c.Range, diag.ChangedBehavior,
		"add "+name+` { endpoint = "localhost:PORT" } if something else on the host uses that port`,
		"the collector serves %s, too, on %s: it cannot be turned off", name, endpoint)
}

// checkSamplingSource reports a source that both programs refuse, and the one that only the collector does not have.
func checkSamplingSource(c *Conversion, source *samplingSource) {
	given := 0
	for _, one := range []bool{!source.Content.Empty(), !source.File.Empty(), source.Remote != nil} {
		if one {
			given++
		}
	}
	dropEmpty(&source.File)
	switch {
	case given > 1:
		c.Diags.Errorf(source.NameRange, diag.InvalidValue, "keep one of them",
			"content, file and remote exclude each other")
	case !source.Content.Empty():
		c.Diags.Errorf(source.Content.NameRange, diag.NoCounterpart,
			"write the document to a file where the collector runs, and name that with file",
			"the collector reads no sampling document from its configuration")
	case given == 0 && source.Present():
		c.Diags.Errorf(source.NameRange, diag.MissingArgument, `add a line such as: file = "/etc/sampling.json"`,
			"the source names no sampling document")
	}
}
