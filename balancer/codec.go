package balancer

import (
	"fmt"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"

	"github.com/otelcol-river/otelcol-river/internal/buffers"
)

// A received is a message as it came. Its memory goes back to gRPC when it is freed.
type received struct{ mem.Buffer }

// An encoded is a message as it goes out, or an answer as it came.
type encoded []byte

// A bytesCodec hands messages through as bytes, where gRPC's own encodes and decodes them.
type bytesCodec struct{}

var _ encoding.CodecV2 = bytesCodec{}

// Name is that of gRPC's own, so that the content type on the wire is the usual one.
func (bytesCodec) Name() string { return "proto" }

// Marshal copies nothing: the message must not change until the call has ended, and gRPC may look at it even later.
func (bytesCodec) Marshal(v any) (mem.BufferSlice, error) {
	message, ok := v.(encoded)
	if !ok {
		return nil, fmt.Errorf("%T is not an encoded message", v)
	}
	return mem.BufferSlice{mem.SliceBuffer(message)}, nil
}

// Unmarshal joins what came in pieces, in a message of one piece without a copy.
func (bytesCodec) Unmarshal(data mem.BufferSlice, v any) error {
	switch message := v.(type) {
	case *received:
		message.Buffer = data.MaterializeToBuffer(buffers.Shared)
	case *encoded:
		*message = data.Materialize()
	default:
		return fmt.Errorf("%T cannot take an encoded message", v)
	}
	return nil
}
