package balancer

import (
	"fmt"

	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/mem"

	"github.com/otelcol-river/otelcol-river/internal/buffers"
)

// A received is a message as it came. Its memory goes back to gRPC when it is freed.
type received struct{ mem.Buffer }

// An outgoing is a request to a backend. gRPC adds references to it of its own, and frees them.
type outgoing struct{ mem.Buffer }

// An encoded is an answer, as it goes out or as it came.
type encoded []byte

// A bytesCodec hands messages through as bytes, where gRPC's own encodes and decodes them.
type bytesCodec struct{}

var _ encoding.CodecV2 = bytesCodec{}

// Name is that of gRPC's own, so that the content type on the wire is the usual one.
func (bytesCodec) Name() string { return "proto" }

// Marshal copies nothing.
func (bytesCodec) Marshal(v any) (mem.BufferSlice, error) {
	switch message := v.(type) {
	case outgoing:
		message.Ref()
		return mem.BufferSlice{message.Buffer}, nil
	case encoded:
		return mem.BufferSlice{mem.SliceBuffer(message)}, nil
	default:
		return nil, fmt.Errorf("%T is not an encoded message", v)
	}
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
