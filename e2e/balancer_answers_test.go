package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestBalancerAnswersWithoutQueue: without a queue, senders get the answer of the backend. What it refuses for good is
// said as it says it; what it may take later is said to be worth another try, once time is up.
func TestBalancerAnswersWithoutQueue(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		var answer atomic.Int32 // a code
		backend := watchBackend(t, receiverBackend, harness.WatchOptions{Answer: func(context.Context) error {
			return status.Error(codes.Code(answer.Load()), "as told") //nolint:gosec // a code
		}})
		startDoor(ctx, t, receiverDoor.formOf("traces", list(receiverBackend), withoutQueue,
			"retry_on_failure: {initial_interval: 20ms, max_interval: 50ms, max_elapsed_time: 300ms}"))
		client := newClient(t, harness.NewGRPCClient, grpcAddr)
		taken := byte(0)
		for _, c := range []struct {
			backend codes.Code
			grpc    codes.Code
			http    int
			again   bool
		}{
			{codes.OK, codes.OK, http.StatusOK, false},
			{codes.InvalidArgument, codes.InvalidArgument, http.StatusBadRequest, false},
			{codes.Unauthenticated, codes.Unauthenticated, http.StatusUnauthorized, false},
			{codes.PermissionDenied, codes.PermissionDenied, http.StatusForbidden, false},
			{codes.Unimplemented, codes.Unimplemented, http.StatusNotFound, false},
			{codes.Internal, codes.Internal, http.StatusInternalServerError, false},
			{codes.ResourceExhausted, codes.ResourceExhausted, http.StatusInternalServerError, false},
			{codes.Unavailable, codes.Unavailable, http.StatusServiceUnavailable, true},
			{codes.Aborted, codes.Unavailable, http.StatusServiceUnavailable, true},
		} {
			answer.Store(int32(c.backend)) //nolint:gosec // a code
			taken++
			err := client.SendTraces(ctx, oneSpan(taken))
			if status.Code(err) != c.grpc || asksToComeAgain(err) != c.again {
				t.Errorf("%s of a backend is answered with %v, expected %s, with RetryInfo: %t", c.backend, err, c.grpc, c.again)
			}
			if c.backend != codes.OK && !c.again && !strings.HasSuffix(fmt.Sprint(err), "as told") {
				t.Errorf("%s of a backend loses its words: %v", c.backend, err)
			}
			for _, kind := range []string{"application/x-protobuf", "application/json"} {
				got := postSpans(ctx, t, kind, 1)
				got.is(t, c.http, c.grpc, c.again)
				// Half a second, rounded up. The otlp receiver, in front of the exporter, rounds down.
				if after := got.header.Get("Retry-After"); c.again && after != "1" {
					t.Errorf("Retry-After is %q", after)
				}
			}
		}
		spans, _ := (harness.Backends{backend.Backend}).Take()
		for r, times := range spans[receiverBackend] {
			if r != oneRecord(1) && r != oneRecord(postedSpan) || r == oneRecord(1) && times != 1 {
				t.Errorf("span %s arrived %d times", r.Span, times)
			}
		}
	})
}

// TestBalancerDeadline: a sender whose time is nearly up is told to come again before it is.
func TestBalancerDeadline(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		watchBackend(t, receiverBackend, held(nil))
		startDoor(ctx, t, receiverDoor.formOf("traces", list(receiverBackend), withoutQueue))
		client := newClient(t, harness.NewGRPCClient, grpcAddr)
		// On a busy machine the answer may come too late now and then.
		err := harness.Until(ctx, "an answer in time", func() (bool, string) {
			short, cancel := context.WithTimeout(ctx, 1000*ms)
			defer cancel()
			err := client.SendTraces(short, oneSpan(1))
			if code := status.Code(err); code != codes.Unavailable && code != codes.DeadlineExceeded {
				t.Errorf("the answer is %v", err)
			}
			return status.Code(err) == codes.Unavailable && asksToComeAgain(err), err.Error()
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// TestBalancerFull: what a full queue refuses is said to be worth another try, is counted, and does not arrive. What it
// took does.
func TestBalancerFull(t *testing.T) {
	forEachDoor(t, func(ctx context.Context, t *testing.T, d door) {
		gate := make(chan struct{})
		backend := watchBackend(t, receiverBackend, held(gate))
		startDoor(ctx, t, d.formOf("traces", list(receiverBackend), "timeout: 1h", "sending_queue: {queue_size: 100000}"))
		client := newClient(t, harness.NewGRPCClient, grpcAddr)
		var taken []harness.Record
		refused := 0
		requests := harness.NewLoad(harness.Shape{Seed: 51, Traces: 2400, Spans: 4, Services: 3}).Requests()
		for _, request := range requests {
			err := request.SendOnce(ctx, client)
			switch {
			case err == nil:
				taken = append(taken, request.Spans...)
			case status.Code(err) == codes.ResourceExhausted && asksToComeAgain(err):
				refused += len(request.Spans)
			default:
				t.Errorf("the queue answers %v", err)
			}
		}
		// A single span may still find room, so only many are sure not to.
		if len(taken) == 0 || refused == 0 {
			t.Fatalf("%d spans were taken and %d refused", len(taken), refused)
		}
		many := postSpans(ctx, t, "application/x-protobuf", 400)
		many.is(t, http.StatusTooManyRequests, codes.ResourceExhausted, true)
		refused += 400
		if n := measured(ctx, t, "refused", "signal", "traces"); n != refused {
			t.Errorf("%d spans are counted as refused, %d were", n, refused)
		}
		if n := measured(ctx, t, "accepted", "signal", "traces"); n != len(taken) {
			t.Errorf("%d spans are counted as accepted, %d were", n, len(taken))
		}
		if n := measured(ctx, t, "queue_records", "signal", "traces"); n != len(taken) {
			t.Errorf("%d spans are counted in the queue, %d are", n, len(taken))
		}
		close(gate)
		settles(ctx, t)
		exactlyOnce(t, harness.Backends{backend.Backend}, harness.Load{Spans: taken})
		if err := requests[0].SendOnce(ctx, client); err != nil {
			t.Error("an empty queue answers", err)
		}
	})
}

// asksToComeAgain tells whether an answer over gRPC says when.
func asksToComeAgain(err error) bool {
	for _, detail := range status.Convert(err).Details() {
		if info, is := detail.(*errdetails.RetryInfo); is && info.GetRetryDelay().AsDuration() > 0 {
			return true
		}
	}
	return false
}

// postedSpan is the number of the span that postSpans sends.
const postedSpan = 200

// posted is an answer over HTTP.
type posted struct {
	kind   string
	code   int
	header http.Header
	body   []byte
}

// postSpans sends the same span so many times in one request.
func postSpans(ctx context.Context, t *testing.T, kind string, times int) posted {
	t.Helper()
	request := oneSpan(postedSpan)
	for range times - 1 {
		all := request.Traces().ResourceSpans()
		all.At(0).CopyTo(all.AppendEmpty())
	}
	marshal := request.MarshalProto
	if kind == "application/json" {
		marshal = request.MarshalJSON
	}
	body, err := marshal()
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+httpAddr+"/v1/traces", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return posted{kind, resp.StatusCode, resp.Header, answer}
}

// is checks status, body and Retry-After of an answer.
func (p posted) is(t *testing.T, want int, code codes.Code, again bool) {
	t.Helper()
	if p.code != want || p.header.Get("Content-Type") != p.kind {
		t.Errorf("the answer to %s is %d in %s, expected %d", p.kind, p.code, p.header.Get("Content-Type"), want)
	}
	if after := p.header.Get("Retry-After"); (after != "") != again {
		t.Errorf("with %d, Retry-After is %q", p.code, after)
	}
	if want == http.StatusOK {
		return
	}
	var said spb.Status
	read := proto.Unmarshal
	if p.kind == "application/json" {
		read = protojson.Unmarshal
	}
	if err := read(p.body, &said); err != nil || codes.Code(said.GetCode()) != code { //nolint:gosec // a code
		t.Errorf("the body of a %d in %s is %q, expected the status %s: %v", p.code, p.kind, p.body, code, err)
	}
}
