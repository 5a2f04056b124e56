package harness

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang/snappy"
	"github.com/prometheus/prometheus/prompb"
)

// nameLabel holds the name of a metric.
const nameLabel = "__name__"

// maxWrite bounds one request: the exporter sends 3 MB at most before it compresses them.
const maxWrite = 16 << 20

// RemoteWrite is a server for Prometheus remote write 1.0, what the collector sends by default. It keeps every sample,
// by the source that wrote it: the first segment of the path. Native histograms and exemplars it takes and forgets.
type RemoteWrite struct {
	addr   string
	server *http.Server
	served chan struct{}

	mu      sync.Mutex
	sources map[string]map[string]*Series // by source and labels
}

// Series is what one source has written under one set of labels.
type Series struct {
	Labels  map[string]string // with the name of the metric under __name__
	Samples []Sample          // as they came
}

// Sample is one value of a series.
type Sample struct {
	Time  time.Time
	Value float64
}

// Last is the sample that came last.
func (s Series) Last() Sample { return s.Samples[len(s.Samples)-1] }

// StartRemoteWrite serves on addr.
func StartRemoteWrite(addr string) (*RemoteWrite, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot start the server for remote write: %w", err)
	}
	w := &RemoteWrite{
		addr: listener.Addr().String(), served: make(chan struct{}), sources: map[string]map[string]*Series{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /{source}/api/v1/push", w.push)
	w.server = &http.Server{Handler: mux, ReadHeaderTimeout: patience}
	go func() {
		defer close(w.served)
		// Serve ends with Stop; a server that ends earlier shows as samples that never arrive.
		_ = w.server.Serve(listener)
	}()
	return w, nil
}

// URL is where a source writes to.
func (w *RemoteWrite) URL(source string) string {
	return "http://" + w.addr + "/" + source + "/api/v1/push"
}

// Stop closes the listener and every connection and returns when nothing serves any more.
func (w *RemoteWrite) Stop() error {
	err := w.server.Close()
	<-w.served
	return err
}

// Series is what a source has written so far, in a fixed order: of the metrics named, or of all.
func (w *RemoteWrite) Series(source string, metrics ...string) []Series {
	w.mu.Lock()
	defer w.mu.Unlock()
	var keys []string
	for key, s := range w.sources[source] {
		if len(metrics) == 0 || slices.Contains(metrics, s.Labels[nameLabel]) {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	var some []Series
	for _, key := range keys {
		s := w.sources[source][key]
		some = append(some, Series{Labels: s.Labels, Samples: slices.Clone(s.Samples)})
	}
	return some
}

// push takes one request, or refuses all of it.
func (w *RemoteWrite) push(answer http.ResponseWriter, req *http.Request) {
	write, err := readWrite(http.MaxBytesReader(answer, req.Body, maxWrite), req.Header)
	if err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	of := w.sources[req.PathValue("source")]
	if of == nil {
		of = map[string]*Series{}
		w.sources[req.PathValue("source")] = of
	}
	for _, written := range write.Timeseries {
		key := labelText(written.Labels)
		if of[key] == nil {
			of[key] = &Series{Labels: labelMap(written.Labels)}
		}
		for _, sample := range written.Samples {
			of[key].Samples = append(of[key].Samples, Sample{time.UnixMilli(sample.Timestamp), sample.Value})
		}
	}
	answer.WriteHeader(http.StatusNoContent)
}

// readWrite reads one request of remote write 1.0, as a strict database would.
func readWrite(body io.Reader, header http.Header) (write prompb.WriteRequest, err error) {
	for key, want := range map[string]string{
		"Content-Type": "application/x-protobuf", "Content-Encoding": "snappy",
		"X-Prometheus-Remote-Write-Version": "0.1.0",
	} {
		if got := header.Get(key); got != want {
			return write, fmt.Errorf("%s is %q, not %q", key, got, want)
		}
	}
	compressed, err := io.ReadAll(body)
	if err != nil {
		return write, err
	}
	if size, err := snappy.DecodedLen(compressed); err != nil || size > maxWrite {
		return write, errors.Join(fmt.Errorf("the request is said to hold %d bytes", size), err)
	}
	message, err := snappy.Decode(nil, compressed)
	if err != nil {
		return write, err
	}
	if err := write.Unmarshal(message); err != nil {
		return write, err
	}
	for _, written := range write.Timeseries {
		if err := checkLabels(written.Labels); err != nil {
			return write, err
		}
	}
	return write, nil
}

// checkLabels holds labels to what the protocol demands: sorted, each name once, a metric's name among them.
func checkLabels(labels []prompb.Label) error {
	named := false
	for i, label := range labels {
		named = named || label.Name == nameLabel && label.Value != ""
		if i > 0 && labels[i-1].Name >= label.Name {
			return fmt.Errorf("label %q comes behind %q", label.Name, labels[i-1].Name)
		}
	}
	if !named {
		return fmt.Errorf("the labels %s name no metric", labelText(labels))
	}
	return nil
}

func labelText(labels []prompb.Label) string {
	var pairs []string
	for _, label := range labels {
		pairs = append(pairs, fmt.Sprintf("%s=%q", label.Name, label.Value))
	}
	return strings.Join(pairs, ",")
}

func labelMap(labels []prompb.Label) map[string]string {
	m := map[string]string{}
	for _, label := range labels {
		m[label.Name] = label.Value
	}
	return m
}
