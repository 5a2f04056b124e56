// Package grpccodec has gRPC write and read OTLP through buffers that fit the message and are not cleared before they
// are overwritten. The bytes on the wire are the same.
//
// The collector v0.158.0 registers a codec of its own (pdata/internal/otelgrpc), whose buffers have 512 KiB for all
// that is larger than 32 KiB, and clears the whole of one each time it takes it. A load balancer sends many requests of
// some ten kilobytes, so that clearing takes six percent of its CPU when nothing is compressed (make profile).
package grpccodec

import (
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"

	// Registers the collector's codec, which has to come before ours.
	_ "go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/otelcol-river/otelcol-river/internal/buffers"
)

// Register puts this codec in the place of that of the collector. Call it from an init function, as
// encoding.RegisterCodecV2 demands. Of two codecs with one name gRPC uses the one that was registered last: the
// collector's is imported here, and so is registered before.
func Register() { encoding.RegisterCodecV2(newCodec(buffers.Shared)) }

// message is what the collector's OTLP requests and responses are.
type message interface {
	SizeProto() int
	MarshalProto([]byte) int
	UnmarshalProto([]byte) error
}

// codec is the codec "proto", as gRPC wants it.
type codec struct {
	buffers mem.BufferPool
	other   encoding.CodecV2 // for messages that are not the collector's
}

func newCodec(pool mem.BufferPool) *codec {
	return &codec{buffers: pool, other: encoding.GetCodecV2(proto.Name)}
}

// Name is what content-type calls it.
func (c *codec) Name() string { return proto.Name }

// Marshal writes a message into a buffer that gRPC gives back when it is sent.
func (c *codec) Marshal(v any) (mem.BufferSlice, error) {
	m, ok := v.(message)
	if !ok {
		return c.other.Marshal(v)
	}
	size := m.SizeProto()
	buffer := c.buffers.Get(size)
	// It fills the buffer from its end on, and returns how much it wrote.
	*buffer = (*buffer)[:m.MarshalProto((*buffer)[:size])]
	return mem.BufferSlice{mem.NewBuffer(buffer, c.buffers)}, nil
}

// Unmarshal reads a message, which keeps nothing of the data.
func (c *codec) Unmarshal(data mem.BufferSlice, v any) error {
	m, ok := v.(message)
	if !ok {
		return c.other.Unmarshal(data, v)
	}
	whole := data.MaterializeToBuffer(c.buffers)
	defer whole.Free()
	return m.UnmarshalProto(whole.ReadOnlyData())
}
