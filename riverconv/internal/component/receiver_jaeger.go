package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// jaegerReceiver holds the arguments of otelcol.receiver.jaeger. Unlike the collector's, it listens on all interfaces.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.receiver.jaeger/
type jaegerReceiver struct {
	arguments.Block
	Protocols    jaegerProtocols `river:"protocols,block,required"`
	Output       output          `river:"output,block,required"`
	DebugMetrics debugMetrics    `river:"debug_metrics,block"`
}

// jaegerProtocols is the protocols block. In both programs a protocol runs only if it is there.
type jaegerProtocols struct {
	arguments.Block
	GRPC          *jaegerGRPC       `river:"grpc,block"`
	ThriftHTTP    *jaegerThriftHTTP `river:"thrift_http,block"`
	ThriftBinary  *jaegerBinary     `river:"thrift_binary,block"`
	ThriftCompact *jaegerCompact    `river:"thrift_compact,block"`
}

// jaegerThriftHTTP is the thrift_http block.
type jaegerThriftHTTP struct {
	arguments.Block
	Endpoint arguments.Arg    `river:"endpoint" type:"string" default:"0.0.0.0:14268" collector:"localhost:14268"`
	Server   tracesHTTPServer `river:",squash"`
}

// jaegerBinary is the thrift_binary block.
type jaegerBinary struct {
	arguments.Block
	Endpoint arguments.Arg `river:"endpoint" type:"string" default:"0.0.0.0:6832" collector:"localhost:6832"`
	Server   jaegerUDP     `river:",squash"`
}

// jaegerCompact is the thrift_compact block.
type jaegerCompact struct {
	arguments.Block
	Endpoint arguments.Arg `river:"endpoint" type:"string" default:"0.0.0.0:6831" collector:"localhost:6831"`
	Server   jaegerUDP     `river:",squash"`
}

// jaegerUDP holds what the two protocols over UDP share. River takes somewhat larger packets.
type jaegerUDP struct {
	QueueSize        arguments.Arg `river:"queue_size" type:"int" default:"1000"`
	MaxPacketSize    arguments.Arg `river:"max_packet_size" type:"bytes" default:"65KiB" collector:"65000B"`
	Workers          arguments.Arg `river:"workers" type:"int" default:"10"`
	SocketBufferSize arguments.Arg `river:"socket_buffer_size" type:"bytes"`
}

func init() {
	register(Component{
		Name:    "otelcol.receiver.jaeger",
		Section: otelcfg.Receivers,
		Type:    "jaeger",
		Signals: []Signal{Traces},
		signals: jaegerSignals,
		Outside: true,
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.receiver.jaeger/",
	}, func(c *Conversion, args *jaegerReceiver) []Part {
		if http := args.Protocols.ThriftHTTP; http != nil {
			http.Server.adapt(c)
		}
		if grpc := args.Protocols.GRPC; grpc != nil {
			grpc.MaxRecvMsgSize = wholeMiB(c, grpc.MaxRecvMsgSize)
		}
		return c.only(c.Encode(args))
	})
}

// jaegerSignals reports a receiver without a protocol, which both programs refuse.
func jaegerSignals(args any, inst *Instance, _ dialect.Dialect, diags *diag.List) []Signal {
	p := args.(*jaegerReceiver).Protocols
	if p.Present() && p.GRPC == nil && p.ThriftHTTP == nil && p.ThriftBinary == nil && p.ThriftCompact == nil {
		diags.Errorf(p.NameRange, diag.MissingArgument, "add grpc {}, thrift_http {}, thrift_binary {} or thrift_compact {}",
			"the receiver listens to no protocol")
	}
	return onlySends(Traces, inst, diags)
}
