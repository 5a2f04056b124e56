package harness

import (
	"bytes"
	"net"
	"net/http"
	"slices"
	"testing"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
)

// TestRemoteWrite: what a source writes is kept under its name, and what is no remote write is refused whole.
func TestRemoteWrite(t *testing.T) {
	t.Parallel()
	w, err := StartRemoteWrite("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Stop(); err != nil {
			t.Error(err)
		}
		if conn, err := net.Dial("tcp", w.addr); err == nil {
			t.Error("it listens after Stop", conn.Close())
		}
	})
	calls := []prompb.Label{{Name: "__name__", Value: "calls"}, {Name: "service", Value: `quo"ted`}}
	good := writeOf(t, calls, 1000, 3)
	for _, c := range []struct {
		name, source string
		body         []byte
		encoding     string
		want         int
	}{
		{"a write", "a", good, "snappy", http.StatusNoContent},
		{"a later write", "a", writeOf(t, calls, 2000, 5), "snappy", http.StatusNoContent},
		{"another source", "b", good, "snappy", http.StatusNoContent},
		{"another encoding", "c", good, "gzip", http.StatusBadRequest},
		{"no snappy", "c", []byte("calls 3"), "snappy", http.StatusBadRequest},
		{"no protobuf", "c", snappy.Encode(nil, []byte("calls 3")), "snappy", http.StatusBadRequest},
		{"no name", "c", writeOf(t, calls[1:], 1000, 3), "snappy", http.StatusBadRequest},
		{"a label twice", "c", writeOf(t, append(slices.Clone(calls), calls[1]), 1000, 3), "snappy",
			http.StatusBadRequest},
	} {
		if got := post(t, w.URL(c.source), c.body, c.encoding); got != c.want {
			t.Errorf("%s is answered with %d, not %d", c.name, got, c.want)
		}
	}

	a := w.Series("a")
	if len(a) != 1 || a[0].Labels["__name__"] != "calls" || a[0].Labels["service"] != `quo"ted` {
		t.Fatalf("source a wrote %v", a)
	}
	if last := a[0].Last(); len(a[0].Samples) != 2 || last.Value != 5 || last.Time.UnixMilli() != 2000 {
		t.Errorf("source a wrote %v", a)
	}
	if b := w.Series("b", "calls"); len(b) != 1 || b[0].Last().Value != 3 {
		t.Errorf("source b wrote %v", b)
	}
	if b := w.Series("b", "cal"); len(b) != 0 {
		t.Errorf("of another metric source b wrote %v", b)
	}
	if c := w.Series("c"); len(c) != 0 {
		t.Errorf("of refused writes these stayed: %v", c)
	}
}

// writeOf is a request that writes one sample.
func writeOf(t *testing.T, labels []prompb.Label, milliseconds int64, value float64) []byte {
	t.Helper()
	message, err := (&prompb.WriteRequest{Timeseries: []prompb.TimeSeries{{
		Labels: labels, Samples: []prompb.Sample{{Timestamp: milliseconds, Value: value}},
	}}}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return snappy.Encode(nil, message)
}

func post(t *testing.T, url string, body []byte, encoding string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-protobuf")
	req.Header.Set("Content-Encoding", encoding)
	req.Header.Set("X-Prometheus-Remote-Write-Version", "0.1.0")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}
