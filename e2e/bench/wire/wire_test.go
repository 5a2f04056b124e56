package wire_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/golang/snappy"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/otelcol-river/otelcol-river/e2e/bench/wire"
)

func TestMain(m *testing.M) {
	wire.UsePrepared()
	os.Exit(m.Run())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// request is a request with spans in several resources and scopes, and in one that has none.
func request(t *testing.T) (message []byte, spans int) {
	t.Helper()
	traces := ptrace.NewTraces()
	for resources := range 3 {
		resource := traces.ResourceSpans().AppendEmpty()
		resource.Resource().Attributes().PutStr("service.name", strings.Repeat("x", 200))
		for scopes := range resources {
			scope := resource.ScopeSpans().AppendEmpty()
			scope.Scope().SetName("scope")
			for range scopes + 2 {
				scope.Spans().AppendEmpty().SetName("span")
			}
		}
	}
	message, err := ptraceotlp.NewExportRequestFromTraces(traces).MarshalProto()
	must(t, err)
	return message, traces.SpanCount()
}

func TestRecords(t *testing.T) {
	message, want := request(t)
	if got, err := wire.Records(message); err != nil || got != want {
		t.Errorf("%d spans were counted, %v; there are %d", got, err, want)
	}
	if _, err := wire.Records(message[:len(message)-1]); err == nil {
		t.Error("a request that is cut off was counted")
	}
	if _, err := wire.Records([]byte{0xff}); err == nil {
		t.Error("what is no protobuf was counted")
	}
}

// TestCompressions: what is packed in each way comes through gRPC, and is counted by the sink that got it.
func TestCompressions(t *testing.T) {
	message, spans := request(t)
	for _, compression := range []string{wire.None, wire.Gzip, wire.Zstd, wire.Snappy} {
		t.Run(compression, func(t *testing.T) {
			tally := wire.NewTally()
			sinks, err := wire.StartSinks(2, tally.Arrive)
			must(t, err)
			defer sinks.Stop()
			source, err := wire.NewSource(sinks.Addresses()[1], wire.Traces, compression)
			must(t, err)
			defer func() { must(t, source.Close()) }()
			body, err := wire.Pack(compression, message)
			must(t, err)
			if compression != wire.None && len(body) > len(message)/2 {
				t.Errorf("%d bytes were packed into %d", len(message), len(body))
			}
			requests := make([]wire.Request, 50)
			for i := range requests {
				requests[i] = wire.Request{Body: body, Records: spans, Arrives: spans}
			}
			must(t, source.Send(t.Context(), requests, tally, 3*spans))
			must(t, tally.Settle(t.Context()))
			if got, want := fmt.Sprint(sinks.Counts()), fmt.Sprint([]int{0, 50 * spans}); got != want {
				t.Errorf("the sinks counted %s, want %s", got, want)
			}
		})
	}
}

// TestRefusals: neither a request that is refused nor one of which a part is rejected counts as sent, and nothing
// leaves the machine.
func TestRefusals(t *testing.T) {
	rejection := plogotlp.NewExportResponse()
	rejection.PartialSuccess().SetRejectedLogRecords(7)
	for want, server := range map[string]*receiver{
		"too much":              {err: status.Error(codes.ResourceExhausted, "too much")},
		"the receiver rejected": {response: rejection},
	} {
		t.Run(want, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			must(t, err)
			s := grpc.NewServer()
			defer s.Stop()
			plogotlp.RegisterGRPCServer(s, server)
			go func() { _ = s.Serve(listener) }()
			source, err := wire.NewSource(listener.Addr().String(), wire.Logs, wire.None)
			must(t, err)
			defer func() { must(t, source.Close()) }()
			err = source.Send(t.Context(), make([]wire.Request, 20), wire.NewTally(), 1)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("the error is %v, want %q", err, want)
			}
		})
	}
	if _, err := wire.NewSource("192.0.2.1:4317", wire.Traces, wire.None); err == nil {
		t.Error("a source sends to another machine")
	}
}

// receiver is a server of OTLP that answers the same to all.
type receiver struct {
	plogotlp.UnimplementedGRPCServer
	response plogotlp.ExportResponse
	err      error
}

func (r *receiver) Export(context.Context, plogotlp.ExportRequest) (plogotlp.ExportResponse, error) {
	return r.response, r.err
}

// TestTally: what is missing and what is too much are errors, and no more is on its way than the limit says.
func TestTally(t *testing.T) {
	errGiveUp := errors.New("given up")
	gone, cancel := context.WithCancelCause(t.Context())
	cancel(errGiveUp)

	tally := wire.NewTally()
	must(t, tally.Expect(t.Context(), 3, 4))
	must(t, tally.Expect(t.Context(), 1, 4))
	if err := tally.Expect(gone, 1, 4); !errors.Is(err, errGiveUp) {
		t.Errorf("a fifth record may be sent while four are on their way, with a limit of four: %v", err)
	}
	tally.Arrive(1)
	must(t, tally.Expect(t.Context(), 1, 4))
	tally.Arrive(3)
	if err := tally.Settle(gone); !errors.Is(err, errGiveUp) || !strings.Contains(err.Error(), "4 of 5") {
		t.Errorf("one of five records is missing: %v", err)
	}
	tally.Arrive(1)
	must(t, tally.Settle(t.Context()))
	must(t, tally.Expect(t.Context(), 9, 4)) // more than the limit, but nothing is on its way
	tally.Arrive(10)
	if err := tally.Settle(t.Context()); err == nil {
		t.Error("a record arrived twice, and nobody says so")
	}
}

// TestDatabase: spans are counted by what the series of each writer have grown by, and other metrics are not.
func TestDatabase(t *testing.T) {
	arrived := 0
	database, err := wire.StartDatabase(func(n int) { arrived += n })
	must(t, err)
	defer func() { must(t, database.Stop()) }()
	const calls, other = "traces_span_metrics_calls_total", "traces_span_metrics_duration_seconds_count"
	for _, step := range []struct {
		writer, metric, service string
		value                   float64
		want                    int
	}{
		{"one", calls, "shop", 5, 5},
		{"one", calls, "cart", 2, 7},
		{"one", other, "shop", 5, 7},
		{"one", calls, "shop", 8, 10},
		{"two", calls, "shop", 8, 18},
	} {
		response, err := http.Post(database.URL(step.writer), "application/x-protobuf",
			bytes.NewReader(snappy.Encode(nil, series(step.metric, step.service, step.value))))
		must(t, err)
		must(t, response.Body.Close())
		if response.StatusCode != http.StatusNoContent || arrived != step.want {
			t.Errorf("%+v: %s, %d spans were counted", step, response.Status, arrived)
		}
	}
	response, err := http.Post(database.URL("one"), "application/x-protobuf", strings.NewReader("nonsense"))
	must(t, err)
	must(t, response.Body.Close())
	if response.StatusCode != http.StatusBadRequest {
		t.Errorf("nonsense is answered with %s", response.Status)
	}
}

// series is a request of remote write with one sample.
func series(metric, service string, value float64) []byte {
	text := func(message []byte, field protowire.Number, text []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(message, field, protowire.BytesType), text)
	}
	label := func(name, value string) []byte { return text(text(nil, 1, []byte(name)), 2, []byte(value)) }
	sample := protowire.AppendTag(nil, 1, protowire.Fixed64Type)
	sample = binary.LittleEndian.AppendUint64(sample, math.Float64bits(value))
	sample = protowire.AppendVarint(protowire.AppendTag(sample, 2, protowire.VarintType), 1_700_000_000_000)
	one := text(text(nil, 1, label("__name__", metric)), 1, label("service_name", service))
	return text(nil, 1, text(one, 2, sample))
}
