// Package wire carries OTLP over gRPC as bytes: it sends prepared requests as they are, and counts what arrives by the
// lengths on the wire. So a load costs the machine little besides what is measured.
package wire

import (
	"fmt"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"
)

// Signal is what requests hold.
type Signal string

// The signals.
const (
	Traces Signal = "traces"
	Logs   Signal = "logs"
)

// methods are the calls of OTLP, by what they take.
var methods = map[Signal]string{
	Traces: "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
	Logs:   "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}

// Method is the call that takes requests of a signal.
func Method(s Signal) string { return methods[s] }

// bytesCodec hands messages over as they are, each in a *[]byte. Its name is that of the codec that others use.
type bytesCodec struct{}

var _ encoding.CodecV2 = bytesCodec{}

func (bytesCodec) Marshal(v any) (mem.BufferSlice, error) {
	message, ok := v.(*[]byte)
	if !ok {
		return nil, fmt.Errorf("cannot send a %T", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(*message)}, nil
}

func (bytesCodec) Unmarshal(data mem.BufferSlice, v any) error {
	message, ok := v.(*[]byte)
	if !ok {
		return fmt.Errorf("cannot receive a %T", v)
	}
	*message = data.Materialize()
	return nil
}

func (bytesCodec) Name() string { return "proto" }
