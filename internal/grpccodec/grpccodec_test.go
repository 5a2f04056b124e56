package grpccodec

import (
	"bytes"
	"context"
	"errors"
	"net"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/otelcol-river/otelcol-river/internal/buffers"
)

// text is a message as the collector's are, which writes itself as it is.
type text struct{ b []byte }

func (m *text) SizeProto() int               { return len(m.b) }
func (m *text) MarshalProto(into []byte) int { return copy(into, m.b) }

func (m *text) UnmarshalProto(b []byte) error {
	if string(b) == "bad" {
		return errors.New("bad")
	}
	m.b = bytes.Clone(b)
	return nil
}

var sizes = []int{0, 1, 1 << 10, 100_000, 3 << 20, 17 << 20}

// TestMarshal: the bytes are the message's own, also in a buffer that held others before.
func TestMarshal(t *testing.T) {
	c := newCodec(buffers.New())
	for _, size := range sizes {
		m := &text{bytes.Repeat([]byte("x"), size)}
		for range 3 {
			data, err := c.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			if got := data.Materialize(); !bytes.Equal(got, m.b) {
				t.Fatalf("%d bytes became others", size)
			}
			data.Free()
			c.soil(size)
		}
	}
}

// soil fills a buffer of the pool with what a message must not show.
func (c *codec) soil(size int) {
	buffer := c.buffers.Get(size)
	for i := range *buffer {
		(*buffer)[i] = 0xff
	}
	c.buffers.Put(buffer)
}

// TestUnmarshal: a message is read from one buffer and from several.
func TestUnmarshal(t *testing.T) {
	c := newCodec(buffers.New())
	for _, size := range sizes {
		sent := bytes.Repeat([]byte("text"), size/4)
		for _, first := range []int{0, size / 3} {
			data := mem.BufferSlice{mem.SliceBuffer(sent[first:])}
			if first > 0 {
				data = mem.BufferSlice{mem.SliceBuffer(sent[:first]), data[0]}
			}
			var got text
			if err := c.Unmarshal(data, &got); err != nil {
				t.Fatal(err)
			}
			c.soil(size)
			if !bytes.Equal(got.b, sent) {
				t.Errorf("%d bytes in %d buffers: others were read", size, len(data))
			}
		}
	}
	if err := c.Unmarshal(mem.BufferSlice{mem.SliceBuffer("bad")}, new(text)); err == nil {
		t.Error("a malformed message is read without an error")
	}
}

// TestOthers: messages that are not the collector's go to the codec that was there before.
func TestOthers(t *testing.T) {
	c := newCodec(buffers.New())
	data, err := c.Marshal(wrapperspb.String("text"))
	if err != nil {
		t.Fatal(err)
	}
	var got wrapperspb.StringValue
	if err := c.Unmarshal(data, &got); err != nil || got.GetValue() != "text" {
		t.Errorf("got %q, %v", got.GetValue(), err)
	}
}

// TestRegister: gRPC uses this codec and no other.
func TestRegister(t *testing.T) {
	before := encoding.GetCodecV2(proto.Name)
	t.Cleanup(func() { encoding.RegisterCodecV2(before) })
	Register()
	if _, ours := encoding.GetCodecV2(proto.Name).(*codec); !ours {
		t.Errorf("gRPC has %T", encoding.GetCodecV2(proto.Name))
	}
}

// none refuses every message.
type none struct{ encoding.CodecV2 }

func (none) Marshal(any) (mem.BufferSlice, error) { return nil, errors.New("not the collector's") }
func (none) Unmarshal(mem.BufferSlice, any) error { return errors.New("not the collector's") }

// received hands over what a server gets.
type received struct {
	ptraceotlp.UnimplementedGRPCServer
	names chan string
}

func (r *received) Export(_ context.Context, request ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	r.names <- request.Traces().ResourceSpans().At(0).ScopeSpans().At(0).Spans().At(0).Name()
	return ptraceotlp.NewExportResponse(), nil
}

// TestCollector: the collector's own requests and responses are messages as this codec knows them. Another release may
// have renamed their methods, and then they would silently go to the codec that was there before.
func TestCollector(t *testing.T) {
	c := newCodec(buffers.New())
	c.other = none{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer(grpc.ForceServerCodecV2(c))
	names := make(chan string, 1)
	ptraceotlp.RegisterGRPCServer(server, &received{names: names})
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)

	conn, err := grpc.NewClient(listener.Addr().String(), grpc.WithDefaultCallOptions(grpc.ForceCodecV2(c)),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	traces := ptrace.NewTraces()
	span := traces.ResourceSpans().AppendEmpty().ScopeSpans().AppendEmpty().Spans().AppendEmpty()
	span.SetName(strings.Repeat("name", 50_000))
	request := ptraceotlp.NewExportRequestFromTraces(traces)
	if _, err := ptraceotlp.NewGRPCClient(conn).Export(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if got := <-names; got != span.Name() {
		t.Errorf("a name of %d bytes arrived with %d", len(span.Name()), len(got))
	}
}

// BenchmarkMarshal is a share of a load balancer, by this codec and by the collector's.
func BenchmarkMarshal(b *testing.B) {
	m := &text{make([]byte, 60_000)}
	codecs := map[string]encoding.CodecV2{
		"ours": newCodec(buffers.New()), "collector": encoding.GetCodecV2(proto.Name),
	}
	for name, c := range codecs {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				data, err := c.Marshal(m)
				if err != nil {
					b.Fatal(err)
				}
				data.Free()
			}
		})
	}
}
