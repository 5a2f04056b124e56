package balancer

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/config/configauth"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/consumer/consumertest"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/extensionauth"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"go.opentelemetry.io/collector/receiver"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
)

func TestReceiverGRPC(t *testing.T) {
	for _, compressor := range []string{"identity", "gzip", "zstd", "snappy"} {
		t.Run(compressor, func(t *testing.T) {
			sinks := startSinks(t, 3)
			r := startReceiver(t, receiverConfig(sinks...), componenttest.NewNopHost())
			// 3,000 spans are more than one of gRPC's buffers.
			_, err := ptraceotlp.NewGRPCClient(r.grpc).Export(t.Context(),
				ptraceotlp.NewExportRequestFromTraces(someTraces(1500)), grpc.UseCompressor(compressor))
			if err != nil {
				t.Fatal(err)
			}
			eachTraceTogether(t, sinks, 1500)
		})
	}
}

// TestReceiverSignals: one pair of servers takes all signals.
func TestReceiverSignals(t *testing.T) {
	sinks := startSinks(t, 3)
	r := startReceiver(t, receiverConfig(sinks...), componenttest.NewNopHost())
	if _, err := ptraceotlp.NewGRPCClient(r.grpc).Export(t.Context(),
		ptraceotlp.NewExportRequestFromTraces(someTraces(50))); err != nil {
		t.Error(err)
	}
	if _, err := plogotlp.NewGRPCClient(r.grpc).Export(t.Context(),
		plogotlp.NewExportRequestFromLogs(someLogs(50))); err != nil {
		t.Error(err)
	}
	if _, err := pmetricotlp.NewGRPCClient(r.grpc).Export(t.Context(),
		pmetricotlp.NewExportRequestFromMetrics(someMetrics(50))); err != nil {
		t.Error(err)
	}
	if spans, records, points := total(sinks); spans != 100 || records != 50 || points != 50 {
		t.Errorf("%d spans, %d log records, %d points arrived", spans, records, points)
	}
	if n := r.log.FilterMessageSnippet("end in nop").Len(); n != 1 {
		t.Errorf("that the pipeline gets nothing is logged %d times", n)
	}
}

func TestReceiverHTTP(t *testing.T) {
	traces := ptraceotlp.NewExportRequestFromTraces(someTraces(100))
	logs := plogotlp.NewExportRequestFromLogs(someLogs(30))
	metrics := pmetricotlp.NewExportRequestFromMetrics(someMetrics(20))
	type request interface {
		MarshalProto() ([]byte, error)
		MarshalJSON() ([]byte, error)
	}
	for _, c := range []struct{ format, encoding, answer string }{
		{protobufFormat.contentType, "", ""},
		{protobufFormat.contentType, "gzip", ""},
		{protobufFormat.contentType, "zstd", ""},
		{jsonFormat.contentType, "", "{}"},
		{jsonFormat.contentType + "; charset=utf-8", "gzip", "{}"},
	} {
		t.Run(c.format+" "+c.encoding, func(t *testing.T) {
			sinks := startSinks(t, 3)
			r := startReceiver(t, receiverConfig(sinks...), componenttest.NewNopHost())
			for path, body := range map[string]request{"/v1/traces": traces, "/v1/logs": logs, "/v1/metrics": metrics} {
				write := body.MarshalProto
				want := protobufFormat.contentType
				if c.answer != "" {
					write, want = body.MarshalJSON, jsonFormat.contentType
				}
				text, err := write()
				if err != nil {
					t.Fatal(err)
				}
				got := post(t, r.http+path, c.format, c.encoding, packed(t, c.encoding, text))
				if got.code != http.StatusOK || got.contentType != want || string(got.body) != c.answer {
					t.Errorf("%s: %d %s %q", path, got.code, got.contentType, got.body)
				}
			}
			eachTraceTogether(t, sinks, 100)
			if _, records, points := total(sinks); records != 30 || points != 20 {
				t.Errorf("%d log records, %d points arrived", records, points)
			}
		})
	}
}

func packed(t *testing.T, encoding string, text []byte) []byte {
	t.Helper()
	var to bytes.Buffer
	var w io.WriteCloser
	switch encoding {
	case "gzip":
		w = gzip.NewWriter(&to)
	case "zstd":
		w, _ = zstd.NewWriter(&to) // fails with options only
	default:
		return text
	}
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return to.Bytes()
}

func TestReceiverPaths(t *testing.T) {
	sinks := startSinks(t, 1)
	config := receiverConfig(sinks...)
	config.Protocols.HTTP.Get().TracesURLPath = "/in"
	r := startReceiver(t, config, componenttest.NewNopHost())
	for path, want := range map[string]int{
		"/in": http.StatusOK, "/v1/logs": http.StatusOK, "/v1/traces": http.StatusNotFound,
	} {
		if got := post(t, r.http+path, protobufFormat.contentType, "", nil); got.code != want {
			t.Errorf("%s: %d, want %d", path, got.code, want)
		}
	}
}

// TestReceiverQueue: with a queue, a request is accepted before a backend has it.
func TestReceiverQueue(t *testing.T) {
	sinks := startSinks(t, 3)
	config := receiverConfig(sinks...)
	config.Config.Delivery.SendingQueue.Enabled = true
	r := startReceiver(t, config, componenttest.NewNopHost())
	if _, err := ptraceotlp.NewGRPCClient(r.grpc).Export(t.Context(),
		ptraceotlp.NewExportRequestFromTraces(someTraces(200))); err != nil {
		t.Fatal(err)
	}
	until(t, "all spans", func() bool {
		spans, _, _ := total(sinks)
		return spans == 400
	})
	eachTraceTogether(t, sinks, 200)
	until(t, "all of it to be counted", func() bool { return r.measured(t, "sent", "traces") == 400 })
	if n := r.measured(t, "accepted", "traces"); n != 400 {
		t.Errorf("%d spans were accepted", n)
	}
}

// TestReceiverStatus: without a queue the sender gets the backend's answer.
func TestReceiverStatus(t *testing.T) {
	s := startSink(t)
	config := receiverConfig(s)
	r := startReceiver(t, config, componenttest.NewNopHost())
	for _, c := range []struct {
		code codes.Code
		http int
	}{
		{codes.InvalidArgument, http.StatusBadRequest},
		{codes.PermissionDenied, http.StatusForbidden},
		{codes.Unauthenticated, http.StatusUnauthorized},
		{codes.Internal, http.StatusInternalServerError},
	} {
		s.refuseWith(status.Error(c.code, "not these"))
		_, err := ptraceotlp.NewGRPCClient(r.grpc).Export(t.Context(),
			ptraceotlp.NewExportRequestFromTraces(someTraces(1)))
		if status.Code(err) != c.code || !strings.Contains(status.Convert(err).Message(), "not these") {
			t.Errorf("%s over gRPC: %v", c.code, err)
		}
		got := post(t, r.http+"/v1/traces", protobufFormat.contentType, "", encodedTraces(t, 1))
		var st spb.Status
		if err := proto.Unmarshal(got.body, &st); err != nil {
			t.Error(err)
		}
		if got.code != c.http || status.FromProto(&st).Code() != c.code || !strings.Contains(st.GetMessage(), "not these") {
			t.Errorf("%s over HTTP: %d, %v", c.code, got.code, &st)
		}
	}
}

// TestReceiverNoBackend: a request that nobody takes by its deadline is refused until later.
func TestReceiverNoBackend(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := &sink{address: listener.Addr().String()}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	r := startReceiver(t, receiverConfig(gone), componenttest.NewNopHost())
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	_, err = ptraceotlp.NewGRPCClient(r.grpc).Export(ctx, ptraceotlp.NewExportRequestFromTraces(someTraces(1)))
	if !retryable(status.Convert(err)) {
		t.Errorf("the answer is %v", err)
	}
}

// bad requests, and what they are answered over HTTP.
var badRequests = []struct {
	name, contentType, encoding string
	body                        func(t *testing.T) []byte
	code                        int
}{
	{"malformed protobuf", "application/x-protobuf", "", func(*testing.T) []byte { return []byte("nonsense") }, 400},
	{"cut off protobuf", "application/x-protobuf", "", func(t *testing.T) []byte { return encodedTraces(t, 2)[:50] }, 400},
	{"malformed JSON", "application/json", "", func(*testing.T) []byte { return []byte(`{"resourceSpans":[`) }, 400},
	{"brackets", "application/json", "", func(*testing.T) []byte { return bytes.Repeat([]byte("["), 60<<10) }, 400},
	{"other content type", "text/plain", "", func(*testing.T) []byte { return nil }, 415},
	{"no content type", "", "", func(*testing.T) []byte { return nil }, 415},
	{"not gzip", "application/x-protobuf", "gzip", func(*testing.T) []byte { return []byte("nonsense") }, 400},
	{"cut off gzip", "application/x-protobuf", "gzip",
		func(t *testing.T) []byte { return packed(t, "gzip", encodedTraces(t, 9))[:40] }, 400},
	{"unknown encoding", "application/json", "rot13", func(*testing.T) []byte { return nil }, 400},
	{"too large", "application/x-protobuf", "", func(*testing.T) []byte { return make([]byte, 110<<10) }, 400},
	{"too large unpacked", "application/x-protobuf", "gzip",
		func(t *testing.T) []byte { return packed(t, "gzip", make([]byte, 110<<10)) }, 400},
}

// TestReceiverBadRequests compares with the answers of the otlp receiver.
func TestReceiverBadRequests(t *testing.T) {
	config := receiverConfig(startSink(t))
	config.Protocols.HTTP.Get().ServerConfig.MaxRequestBodySize = 100 << 10
	r := startReceiver(t, config, componenttest.NewNopHost())
	stock := "http://" + startStock(t, config.Protocols)
	for _, c := range badRequests {
		t.Run(c.name, func(t *testing.T) {
			body := c.body(t)
			got := post(t, r.http+"/v1/traces", c.contentType, c.encoding, body)
			want := post(t, stock+"/v1/traces", c.contentType, c.encoding, body)
			if got.code != c.code || want.code != c.code {
				t.Errorf("%d %q, want %d; the otlp receiver answers %d", got.code, got.body, c.code, want.code)
			}
			if got.code != http.StatusUnsupportedMediaType {
				carriesStatus(t, got, codes.InvalidArgument)
			}
		})
	}
	get, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.http+"/v1/traces", nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := do(t, get); got.code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", got.code)
	}
}

func carriesStatus(t *testing.T, got httpAnswer, code codes.Code) {
	t.Helper()
	read := proto.Unmarshal
	if got.contentType == jsonFormat.contentType {
		read = protojson.Unmarshal
	}
	var st spb.Status
	if err := read(got.body, &st); err != nil || status.FromProto(&st).Code() != code || st.GetMessage() == "" {
		t.Errorf("%s %q carries %v, %v; want %s", got.contentType, got.body, &st, err, code)
	}
}

// startStock starts the otlp receiver with these servers, and returns where it takes HTTP.
func startStock(t *testing.T, protocols otlpreceiver.Protocols) string {
	t.Helper()
	core, log := observer.New(zap.InfoLevel)
	set := receiverSettings(zap.New(core))
	set.ID = component.MustNewID("otlp")
	stock, err := otlpreceiver.NewFactory().CreateTraces(t.Context(), set,
		&otlpreceiver.Config{Protocols: protocols}, consumertest.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if err := stock.Start(t.Context(), componenttest.NewNopHost()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stock.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return endpoint(t, log, "Starting HTTP server")
}

func TestReceiverBadCalls(t *testing.T) {
	config := receiverConfig(startSink(t))
	config.Protocols.GRPC.Get().MaxRecvMsgSizeMiB = 1
	r := startReceiver(t, config, componenttest.NewNopHost())
	traces := exportMethod(0)
	for _, c := range []struct {
		name, method string
		body         []byte
		want         codes.Code
	}{
		{"malformed", traces, []byte("nonsense"), codes.InvalidArgument},
		{"cut off", traces, encodedTraces(t, 2)[:50], codes.InvalidArgument},
		{"too large", traces, make([]byte, 2<<20), codes.ResourceExhausted},
		{"unknown service", "/opentelemetry.proto.collector.trace.v2.TraceService/Export", nil, codes.Unimplemented},
		{"unknown method", strings.Replace(traces, "/Export", "/Import", 1), nil, codes.Unimplemented},
		{"empty", traces, nil, codes.OK},
	} {
		t.Run(c.name, func(t *testing.T) {
			var answer encoded
			err := r.grpc.Invoke(t.Context(), c.method, encoded(c.body), &answer, grpc.ForceCodecV2(bytesCodec{}))
			if status.Code(err) != c.want {
				t.Errorf("%v, want %s", err, c.want)
			}
			if len(answer) != 0 {
				t.Errorf("the answer has %d bytes", len(answer))
			}
		})
	}
}

// authenticator lets in who knows the word.
type authenticator struct {
	component.StartFunc
	component.ShutdownFunc
	extensionauth.ServerAuthenticateFunc
}

var (
	_ extension.Extension  = authenticator{}
	_ extensionauth.Server = authenticator{}
)

func TestReceiverAuth(t *testing.T) {
	id := component.MustNewID("word")
	h := host{id: authenticator{ServerAuthenticateFunc: func(
		ctx context.Context, headers map[string][]string,
	) (context.Context, error) {
		for name, values := range headers {
			if strings.EqualFold(name, "word") && len(values) == 1 && values[0] == "sesame" {
				return ctx, nil
			}
		}
		return ctx, errors.New("say the word")
	}}}
	s := startSink(t)
	config := receiverConfig(s)
	config.Protocols.GRPC.Get().Auth = configoptional.Some(configauth.Config{AuthenticatorID: id})
	config.Protocols.HTTP.Get().ServerConfig.Auth = configoptional.Some(
		confighttp.AuthConfig{Config: configauth.Config{AuthenticatorID: id}})
	r := startReceiver(t, config, h)

	client, request := ptraceotlp.NewGRPCClient(r.grpc), ptraceotlp.NewExportRequestFromTraces(someTraces(1))
	if _, err := client.Export(t.Context(), request); status.Code(err) != codes.Unauthenticated {
		t.Errorf("without the word, gRPC: %v", err)
	}
	if _, err := client.Export(metadata.AppendToOutgoingContext(t.Context(), "word", "sesame"), request); err != nil {
		t.Errorf("with the word, gRPC: %v", err)
	}
	for word, want := range map[string]int{"": http.StatusUnauthorized, "sesame": http.StatusOK} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.http+"/v1/traces",
			bytes.NewReader(encodedTraces(t, 1)))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Content-Type", protobufFormat.contentType)
		request.Header.Set("Word", word)
		got := do(t, request)
		if got.code != want {
			t.Errorf("word %q, HTTP: %d, want %d", word, got.code, want)
		}
		if want == http.StatusUnauthorized {
			carriesStatus(t, got, codes.Unauthenticated)
		}
	}
	if got := post(t, r.http+"/v1/traces", "text/plain", "", nil); got.code != http.StatusUnauthorized ||
		!strings.Contains(string(got.body), "say the word") {
		t.Errorf("what is no OTLP: %d %q", got.code, got.body)
	}
	if spans, _, _ := s.counts(); spans != 4 {
		t.Errorf("%d spans arrived, want 4", spans)
	}
}

// takerFunc answers instead of a lane.
type takerFunc func([]byte) error

func (f takerFunc) take(_ context.Context, request []byte) error { return f(request) }

// TestRetryInfo: when to come again is told in HTTP's own way, too.
func TestRetryInfo(t *testing.T) {
	later, err := status.New(codes.ResourceExhausted, "full").WithDetails(
		&errdetails.RetryInfo{RetryDelay: durationpb.New(1200 * time.Millisecond)})
	if err != nil {
		t.Fatal(err)
	}
	unavailable, err := status.New(codes.Unavailable, "stops").WithDetails(
		&errdetails.RetryInfo{RetryDelay: durationpb.New(time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name       string
		err        error
		code       int
		retryAfter string
	}{
		{"full", later.Err(), http.StatusTooManyRequests, "2"},
		{"stops", unavailable.Err(), http.StatusServiceUnavailable, "1"},
		{"late", status.Error(codes.DeadlineExceeded, ""), http.StatusServiceUnavailable, ""},
		{"too large for ever", status.Error(codes.ResourceExhausted, ""), http.StatusInternalServerError, ""},
		{"not there", status.Error(codes.Unimplemented, ""), http.StatusNotFound, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := serve(t, httpHandler{to: takerFunc(func([]byte) error { return c.err })})
			got := post(t, server, jsonFormat.contentType, "", []byte("{}"))
			if got.code != c.code || got.retryAfter != c.retryAfter {
				t.Errorf("%d, Retry-After %q; want %d, %q", got.code, got.retryAfter, c.code, c.retryAfter)
			}
			var st spb.Status
			if err := protojson.Unmarshal(got.body, &st); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(status.Convert(c.err).Proto().String(), st.String()); diff != "" {
				t.Errorf("the status in the body differs:\n%s", diff)
			}
		})
	}
}

// TestReceiverStops looks for what is left behind, and stops twice.
func TestReceiverStops(t *testing.T) {
	sinks := startSinks(t, 2)
	before := ours()
	r := startReceiver(t, receiverConfig(sinks...), componenttest.NewNopHost())
	if _, err := ptraceotlp.NewGRPCClient(r.grpc).Export(t.Context(),
		ptraceotlp.NewExportRequestFromTraces(someTraces(20))); err != nil {
		t.Fatal(err)
	}
	if err := r.grpc.Close(); err != nil {
		t.Fatal(err)
	}
	r.stop(t)
	r.stop(t)
	untilGone(t, before)
	if _, err := net.Dial("tcp", strings.TrimPrefix(r.http, "http://")); err == nil {
		t.Error("somebody still listens")
	}
}

// TestReceiverStopsImpatiently: a request that never ends does not keep the collector from ending.
func TestReceiverStopsImpatiently(t *testing.T) {
	config := receiverConfig(startSink(t))
	r := startReceiver(t, config, componenttest.NewNopHost())
	half, stop := io.Pipe()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.http+"/v1/traces", half)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", protobufFormat.contentType)
	ended := make(chan error, 1)
	go func() {
		response, err := (&http.Transport{}).RoundTrip(request)
		if err == nil {
			_ = response.Body.Close()
		}
		ended <- err
	}()
	if _, err := stop.Write([]byte("half of it")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, signal := range r.signals {
		if err := signal.Shutdown(ctx); err != nil {
			t.Logf("stop: %v", err)
		}
	}
	_ = stop.Close() // for which the client waits, whatever the server does
	if err := <-ended; err == nil {
		t.Error("half a request was answered")
	}
}

// TestReceiverStopAnswers: without a queue, who waits for backends at a stop is told to come again.
func TestReceiverStopAnswers(t *testing.T) {
	s := startSink(t)
	s.refuseWith(status.Error(codes.Unavailable, "not now"))
	config := receiverConfig(s)
	config.Config.Delivery.DrainTimeout = 10 * time.Millisecond
	r := startReceiver(t, config, componenttest.NewNopHost())
	answers := make(chan error, 2)
	go func() {
		_, err := ptraceotlp.NewGRPCClient(r.grpc).Export(t.Context(),
			ptraceotlp.NewExportRequestFromTraces(someTraces(1)))
		answers <- err
	}()
	body := encodedTraces(t, 1)
	go func() {
		got := post(t, r.http+"/v1/traces", protobufFormat.contentType, "", body)
		if got.code != http.StatusServiceUnavailable || got.retryAfter == "" {
			t.Errorf("HTTP: %d, Retry-After %q", got.code, got.retryAfter)
		}
		var st spb.Status
		if err := proto.Unmarshal(got.body, &st); err != nil {
			t.Error(err)
		}
		answers <- status.ErrorProto(&st)
	}()
	until(t, "both to wait", func() bool { return r.measured(t, "queue_records", "traces") == 4 })
	r.stop(t)
	for range 2 {
		err := <-answers
		if _, again := retryDelay(status.Convert(err)); status.Code(err) != codes.Unavailable || !again {
			t.Errorf("the answer is %v", err)
		}
	}
}

// TestReceiverNeverStarted: the collector stops what it could not start.
func TestReceiverNeverStarted(t *testing.T) {
	for _, signal := range newReceivers(t, receiverConfig(startSink(t)), receiverSettings(zap.NewNop())) {
		if err := signal.Shutdown(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestStartMistakes: what cannot work does not start, and leaves nothing behind.
func TestStartMistakes(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	s := startSink(t)
	storage := component.MustNewID("file_storage")
	for _, c := range []struct {
		name   string
		change func(*ReceiverConfig)
		want   string
	}{
		{"port", func(c *ReceiverConfig) {
			c.Protocols.HTTP.Get().ServerConfig.NetAddr.Endpoint = taken.Addr().String()
		}, "address already in use"},
		{"certificate", func(c *ReceiverConfig) {
			c.Config.Protocol.OTLP.TLS.Insecure = false
			c.Config.Protocol.OTLP.TLS.CAFile = "missing.pem"
		}, "missing.pem"},
		{"compression", func(c *ReceiverConfig) { c.Config.Protocol.OTLP.Compression = "deflate" }, "deflate"},
		{"no storage", func(c *ReceiverConfig) {
			c.Config.Delivery.SendingQueue.Enabled = true
			c.Config.Delivery.SendingQueue.Storage = &storage
		}, `sending_queue::storage: there is no extension "file_storage"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			before := ours()
			config := receiverConfig(s)
			c.change(config)
			signals := newReceivers(t, config, receiverSettings(zap.NewNop()))
			err := signals[0].Start(t.Context(), componenttest.NewNopHost())
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			for _, signal := range signals {
				if err := signal.Shutdown(t.Context()); err != nil {
					t.Error(err)
				}
			}
			untilGone(t, before)
		})
	}
}

// TestRefusedBackends: a list that cannot be taken is logged, and at the start an error.
func TestRefusedBackends(t *testing.T) {
	config := receiverConfig()
	core, log := observer.New(zap.ErrorLevel)
	m := newReceivers(t, config, receiverSettings(zap.New(core)))[0].(*member)
	m.lane.caller.client.Compression = "deflate"
	m.tier.setBackends([]string{"a:4317"})
	if err := m.tier.refusal(); err == nil || !strings.Contains(err.Error(), "deflate") {
		t.Errorf("the error is %v", err)
	}
	if log.FilterMessage("cannot take the list of backends").Len() != 1 {
		t.Errorf("the log has %v", log.All())
	}
	m.lane.caller.client.Compression = ""
	m.tier.setBackends(nil)
	if err := m.tier.refusal(); err != nil {
		t.Errorf("another list is refused, too: %v", err)
	}
	if err := m.tier.stop(t.Context(), m.tier.lanes); err != nil {
		t.Error(err)
	}
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return "http://" + listener.Addr().String()
}

var _ receiver.Traces = (*member)(nil)
