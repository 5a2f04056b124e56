package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	fastgzip "github.com/klauspost/compress/gzip"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// stockGzip has a collector of ours use the gzip of gRPC itself, as the plain collector does.
const stockGzip = "OTELCOL_RIVER_GZIP=stock"

// TestGzipWithStock sends requests through two collectors in a row, each of which unpacks gzip and packs it again: ours
// and the plain one, which has nothing of ours. All must come out as they went in. How many bytes the last collector
// makes of each tells who packed it.
func TestGzipWithStock(t *testing.T) {
	const first, second, end = "127.0.0.1:4317", "127.1.0.1:4317", "127.2.0.1:4317"
	for _, row := range []struct {
		name    string
		binary  [2]string
		env     string
		packed  func(io.Writer) io.WriteCloser // by the second
		another func(io.Writer) io.WriteCloser // and not by this
	}{
		{"ours_to_stock", [2]string{harness.River, harness.Plain}, "", stockWriter, fastWriter},
		{"stock_to_ours", [2]string{harness.Plain, harness.River}, "", fastWriter, stockWriter},
		{"ours_to_ours", [2]string{harness.River, harness.River}, "", fastWriter, stockWriter},
		{"named", [2]string{harness.Plain, harness.River}, "OTELCOL_RIVER_GZIP=fast", fastWriter, stockWriter},
		{"switched_off", [2]string{harness.Plain, harness.River}, stockGzip, stockWriter, fastWriter},
	} {
		t.Run(row.name, func(t *testing.T) {
			inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
				last := startScales(t, end)
				startZipping(ctx, t, row.binary[1], second, end, row.env)
				startZipping(ctx, t, row.binary[0], first, second, row.env)
				client := newClient(t, harness.NewGRPCClient, first)
				told := 0 // requests whose size is not that of the other gzip
				for _, spans := range []int{1, 10, 300, 2000} {
					request := variedSpans(spans)
					if err := client.SendTraces(ctx, request); err != nil {
						t.Fatal(err)
					}
					message, err := request.MarshalProto()
					if err != nil {
						t.Fatal(err)
					}
					got := last.take(t)
					if !bytes.Equal(got.message, message) {
						t.Errorf("a request of %d bytes arrives as another one of %d", len(message), len(got.message))
					}
					if want := sizeBy(t, row.packed, message); got.packed != want {
						t.Errorf("%d bytes were packed into %d, expected %d", len(message), got.packed, want)
					}
					if got.packed != sizeBy(t, row.another, message) {
						told++
					}
				}
				if told == 0 {
					t.Error("the sizes do not tell one gzip from the other")
				}
			})
		})
	}
}

// stockWriter is the gzip of gRPC, fastWriter that of ours at its level.
func stockWriter(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }

func fastWriter(w io.Writer) io.WriteCloser {
	z, err := fastgzip.NewWriterLevel(w, fastgzip.BestSpeed)
	if err != nil {
		panic(err) // there is no such level
	}
	return z
}

// sizeBy is how many bytes a gzip makes of a message.
func sizeBy(t *testing.T, open func(io.Writer) io.WriteCloser, message []byte) int {
	t.Helper()
	var packed bytes.Buffer
	w := open(&packed)
	_, err := w.Write(message)
	if err := errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	return packed.Len()
}

// startZipping starts a collector that unpacks what comes and sends it on with gzip. It answers when it has been
// answered.
func startZipping(ctx context.Context, t *testing.T, binary, listens, backend, env string) {
	t.Helper()
	config := fmt.Sprintf(`yaml:
receivers:
  otlp: {protocols: {grpc: {endpoint: %q}}}
exporters:
  otlp_grpc:
    endpoint: %q
    compression: gzip
    tls: {insecure: true}
    sending_queue: {enabled: false}
    retry_on_failure: {enabled: false}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp_grpc]}
`, listens, backend)
	c := launchCollector(t, binary+" at "+listens, form{binary, binary, []string{config}}, []string{listens}, env)
	if err := c.Ready(ctx); err != nil {
		t.Fatal(err)
	}
}

// variedSpans is a request with so many spans, the same each time.
func variedSpans(n int) ptraceotlp.ExportRequest {
	random := rand.New(rand.NewPCG(uint64(n), 0))
	traces := ptrace.NewTraces()
	resource := traces.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("service.name", "shop")
	spans := resource.ScopeSpans().AppendEmpty().Spans()
	for range n {
		span := spans.AppendEmpty()
		var trace [16]byte
		binary.LittleEndian.PutUint64(trace[:], random.Uint64())
		binary.LittleEndian.PutUint64(trace[8:], random.Uint64())
		span.SetTraceID(trace)
		span.SetSpanID([8]byte(trace[4:]))
		span.SetName("GET /orders/{id}")
		span.Attributes().PutStr("url.path", fmt.Sprintf("/orders/%d", random.IntN(1e6)))
		span.Attributes().PutInt("http.response.status_code", int64(200+random.IntN(300)))
		span.Events().AppendEmpty().SetName("looked up")
	}
	return ptraceotlp.NewExportRequestFromTraces(traces)
}

// scales is a backend that keeps each message, and how large it was on the wire. It is for one request at a time.
type scales struct {
	ptraceotlp.UnimplementedGRPCServer
	mu      sync.Mutex
	arrived []weighed
	packed  int
}

type weighed struct {
	message []byte
	packed  int
}

// startScales serves on addr until the test ends.
func startScales(t *testing.T, addr string) *scales {
	t.Helper()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	s := &scales{}
	server := grpc.NewServer(grpc.StatsHandler(s))
	ptraceotlp.RegisterGRPCServer(server, s)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return s
}

// take returns what has arrived, which must be one request.
func (s *scales) take(t *testing.T) weighed {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.arrived) != 1 {
		t.Fatalf("%d requests arrived, expected one", len(s.arrived))
	}
	one := s.arrived[0]
	s.arrived = nil
	return one
}

// Export keeps a message.
func (s *scales) Export(_ context.Context, request ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	message, err := request.MarshalProto()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived = append(s.arrived, weighed{message, s.packed})
	return ptraceotlp.NewExportResponse(), err
}

// HandleRPC is part of stats.Handler: it hears of a message before Export does.
func (s *scales) HandleRPC(_ context.Context, event stats.RPCStats) {
	if payload, ok := event.(*stats.InPayload); ok {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.packed = payload.CompressedLength
	}
}

// TagRPC is part of stats.Handler.
func (s *scales) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// TagConn is part of stats.Handler.
func (s *scales) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// HandleConn is part of stats.Handler.
func (s *scales) HandleConn(context.Context, stats.ConnStats) {}

// TestGzipDamaged: gzip that is cut off, damaged, or none at all is answered with an error, and others do not notice.
func TestGzipDamaged(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		message, err := variedSpans(20).MarshalProto()
		if err != nil {
			t.Fatal(err)
		}
		var buffer bytes.Buffer
		w := gzip.NewWriter(&buffer)
		w.Name = "under a name"
		_, err = w.Write(message)
		if err := errors.Join(err, w.Close()); err != nil {
			t.Fatal(err)
		}
		packed := buffer.Bytes()
		damaged := bytes.Clone(packed)
		damaged[len(damaged)/2] ^= 0x55
		wrong := map[string][]byte{
			"no gzip":           []byte("spans, many of them"),
			"not packed at all": message,
			"damaged":           damaged,
			"more behind it":    append(bytes.Clone(packed), "garbage"...),
			"a second that ends within its name": append(bytes.Clone(packed),
				packed[:bytes.IndexByte(packed, 'u')+5]...),
		}
		for length := 0; length < len(packed); length += max(1, len(packed)/100) {
			wrong[fmt.Sprintf("cut off after %d bytes of %d", length, len(packed))] = packed[:length]
		}
		r := startReceiver(ctx, t, riverFile(t, "receiving.river"))
		client := newHTTP2Client(t)
		r.withstands(ctx, t, anyAttack, func() {
			for name, body := range wrong {
				const internal = "13"
				status, message := postGzip(ctx, t, client, body)
				if status != internal || !strings.Contains(message, "decompress") {
					t.Errorf("%s is answered with status %q, %q", name, status, message)
				}
			}
		})
		if status, message := postGzip(ctx, t, client, packed); status != "0" {
			t.Errorf("the same gzip whole is answered with status %q, %q", status, message)
		}
	})
}

// TestGzipReader: whose gzip reads shows in what is said of a message without a single byte. Ours expects some.
func TestGzipReader(t *testing.T) {
	for _, row := range []struct{ name, binary, env, says string }{
		{"ours", harness.River, "", "message: unexpected EOF"},
		{"switched_off", harness.River, stockGzip, "message: EOF"},
		{"stock", harness.Plain, "", "message: EOF"},
	} {
		t.Run(row.name, func(t *testing.T) {
			inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
				startZipping(ctx, t, row.binary, grpcAddr, "127.2.0.1:4317", row.env)
				if _, message := postGzip(ctx, t, newHTTP2Client(t), nil); !strings.HasSuffix(message, row.says) {
					t.Errorf("it says %q, expected %q", message, row.says)
				}
			})
		})
	}
}

// newHTTP2Client is a client for HTTP/2 without TLS, which knows nothing of gRPC and so may send anything as gzip.
func newHTTP2Client(t *testing.T) *http.Client {
	t.Helper()
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// postGzip sends a request with traces that is said to be gzip, and returns status and message of gRPC's answer.
func postGzip(ctx context.Context, t *testing.T, client *http.Client, packed []byte) (status, message string) {
	t.Helper()
	const isCompressed = 1
	if len(packed) > math.MaxUint16 {
		t.Fatalf("%d bytes are more than this sends", len(packed))
	}
	body := append([]byte{isCompressed, 0, 0, byte(len(packed) >> 8), byte(len(packed))}, packed...)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+grpcAddr+exportTraces, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/grpc")
	req.Header.Set("TE", "trailers")
	req.Header.Set("Grpc-Encoding", "gzip")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatalf("no answer to %d bytes: %v", len(packed), err)
	}
	_, err = io.Copy(io.Discard, resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	// An answer without a message has them in its headers.
	for _, part := range []http.Header{resp.Trailer, resp.Header} {
		if status := part.Get("Grpc-Status"); status != "" {
			return status, part.Get("Grpc-Message")
		}
	}
	return "", ""
}

// TestGzipMistyped: a choice that does not exist ends the collector before it begins, and says which do.
func TestGzipMistyped(t *testing.T) {
	collector, err := harness.Binary(harness.River)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(collector, "components")
	cmd.Env = append(os.Environ(), "OTELCOL_RIVER_GZIP=of")
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("it ends with %v", err)
	}
	want := `otelcol-river: OTELCOL_RIVER_GZIP is "of": use fast, which is the default, or stock for the gzip of gRPC`
	if string(out) != want+"\n" {
		t.Errorf("it says %q, want %q", out, want)
	}
}
