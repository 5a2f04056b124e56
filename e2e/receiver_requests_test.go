package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	grpcgzip "google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"
)

const (
	exportTraces = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
	// anyAttack bounds the memory for what misbehaves below: several times what is seen, and a quarter of what a bomb
	// unpacks to.
	anyAttack = 256 << 20
	bombSize  = 4 * anyAttack
	// A bomb over gRPC, which takes 4 MiB and not 20, is smaller: its test has to pack it.
	grpcAttack = 64 << 20
	grpcBomb   = 4 * grpcAttack
)

// TestReceiverBadHTTP: who sends a request over HTTP that is wrong gets an error for it, and nobody else notices.
func TestReceiverBadHTTP(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		r := startReceiver(ctx, t, riverFile(t, "receiving.river"))
		const protobuf, json = "application/x-protobuf", "application/json"
		packed := zipped(t, 1<<20)
		bomb := bytes.Repeat(packed, bombSize>>20) // gzip texts in a row are one
		r.withstands(ctx, t, anyAttack, func() {
			for _, wrong := range []struct {
				name, method, path, kind, encoding string
				body                               []byte
				want                               int
			}{
				{"no protobuf", "POST", "/v1/traces", protobuf, "", []byte("spans, many of them"), 400},
				{"cut off protobuf", "POST", "/v1/traces", protobuf, "", []byte{0x0a, 0xff, 0xff, 0xff, 0x0f, 0x0a}, 400},
				{"no JSON", "POST", "/v1/traces", json, "", []byte(`{"resourceSpans": [`), 400},
				{"JSON of another shape", "POST", "/v1/traces", json, "", []byte(`{"resourceSpans": 7}`), 400},
				{"deep JSON", "POST", "/v1/traces", json, "", bytes.Repeat([]byte("["), 1<<20), 400},
				{"another content type", "POST", "/v1/traces", "text/plain", "", []byte("spans"), 415},
				{"no content type", "POST", "/v1/traces", "", "", []byte("spans"), 415},
				{"another method", "GET", "/v1/traces", protobuf, "", nil, 405},
				{"another path", "POST", "/v1/spans", protobuf, "", nil, 404},
				{"another encoding", "POST", "/v1/traces", protobuf, "br", []byte("spans"), 400},
				{"no gzip", "POST", "/v1/traces", protobuf, "gzip", []byte("spans"), 400},
				{"cut off gzip", "POST", "/v1/traces", protobuf, "gzip", packed[:len(packed)/2], 400},
				{"a gzip bomb", "POST", "/v1/traces", protobuf, "gzip", bomb, 400},
				{"a gzip bomb in JSON", "POST", "/v1/traces", json, "gzip", bomb, 400},
				{"too much", "POST", "/v1/traces", protobuf, "", make([]byte, 21<<20), 400},
			} {
				got := statusOf(ctx, t, wrong.method, wrong.path, wrong.kind, wrong.encoding, wrong.body)
				if got != wrong.want {
					t.Errorf("%s is answered with %d, expected %d", wrong.name, got, wrong.want)
				}
			}
		})
	})
}

// zipped packs so many zero bytes.
func zipped(t *testing.T, size int) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write(make([]byte, size))
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}

// statusOf is the status that a request gets.
func statusOf(ctx context.Context, t *testing.T, method, path, kind, encoding string, body []byte) int {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, "http://"+httpAddr+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"Content-Type": kind, "Content-Encoding": encoding} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Errorf("no answer to %s %s of %d bytes: %v", method, path, len(body), err)
		return 0
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Error(err)
	}
	return resp.StatusCode
}

// TestReceiverBadGRPC: who sends a request over gRPC that is wrong gets an error for it, and nobody else notices.
func TestReceiverBadGRPC(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		r := startReceiver(ctx, t, riverFile(t, "receiving.river"))
		conn, err := grpc.NewClient("passthrough:///"+grpcAddr, grpc.WithTransportCredentials(insecure.NewCredentials()),
			grpc.WithDefaultCallOptions(grpc.ForceCodec(bare{})))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := conn.Close(); err != nil {
				t.Error(err)
			}
		})
		r.withstands(ctx, t, grpcAttack, func() {
			for _, wrong := range []struct {
				name, method string
				body         []byte
				packed       bool
				want         codes.Code
			}{
				{"no protobuf", exportTraces, []byte("spans, many of them"), false, codes.Internal},
				{"another method", exportTraces + "All", nil, false, codes.Unimplemented},
				{"another service", "/spans.Service/Export", nil, false, codes.Unimplemented},
				{"a signal that no pipeline takes", "/opentelemetry.proto.collector.logs.v1.LogsService/Export", nil, false,
					codes.Unimplemented},
				{"too much", exportTraces, make([]byte, 5<<20), false, codes.ResourceExhausted},
				{"a gzip bomb", exportTraces, make([]byte, grpcBomb), true, codes.ResourceExhausted},
			} {
				var options []grpc.CallOption
				if wrong.packed {
					options = append(options, grpc.UseCompressor(grpcgzip.Name))
				}
				var reply []byte
				if err := conn.Invoke(ctx, wrong.method, &wrong.body, &reply, options...); status.Code(err) != wrong.want {
					t.Errorf("%s is answered with %v, expected %s", wrong.name, err, wrong.want)
				}
			}
		})
	})
}

// bare is a codec for bytes as they are.
type bare struct{}

func (bare) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }

func (bare) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = data
	return nil
}

func (bare) Name() string { return "proto" }

// preface is what an HTTP/2 client says first, and its empty settings.
const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"

// TestReceiverGarbage: who does not speak the protocol is hung up on.
func TestReceiverGarbage(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		r := startReceiver(ctx, t, riverFile(t, "receiving.river"))
		r.withstands(ctx, t, anyAttack, func() {
			for _, garbage := range []struct{ name, addr, text string }{
				{"HTTP/1 over gRPC", grpcAddr, "POST /v1/traces HTTP/1.1\r\nHost: here\r\nContent-Length: 0\r\n\r\n"},
				{"TLS over gRPC without", grpcAddr, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 and so on, and so on"},
				{"a frame too large over gRPC", grpcAddr, preface + "\xff\xff\xff\x00\x00\x00\x00\x00\x01"},
				{"a frame of no stream over gRPC", grpcAddr, preface + "\x00\x00\x01\x00\x00\x00\x00\x00\x00x"},
				{"no HTTP", httpAddr, "spans\r\n\r\n"},
				{"TLS over HTTP without", httpAddr, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 and so on, and so on\r\n\r\n"},
				{"a header without end", httpAddr, "POST /v1/traces HTTP/1.1\r\nHost: " + string(bytes.Repeat([]byte("h"), 2<<20))},
			} {
				conns := connect(ctx, t, garbage.addr, 100)
				conns.write(garbage.text)
				for _, conn := range conns {
					if err := hungUp(conn); err != nil {
						t.Errorf("%s: %v", garbage.name, err)
						break
					}
				}
			}
		})
	})
}

// hungUp reads until the other side ends the connection; nil says that it did.
func hungUp(conn net.Conn) error {
	_, err := io.Copy(io.Discard, conn)
	if errors.Is(err, net.ErrClosed) {
		return errors.New("the connection was never ended")
	}
	return nil
}
