package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/golang/snappy"
)

// callsMetric is what span_metrics counts spans in.
const callsMetric = "traces_span_metrics_calls_total"

// Database takes Prometheus remote write and keeps nothing of it but how many spans each series counts.
type Database struct {
	addr    string
	server  *http.Server
	served  sync.WaitGroup
	arrived func(spans int)

	mu    sync.Mutex
	calls map[string]float64 // by writer and labels
}

// StartDatabase serves at a loopback address, and tells arrived of spans as they are counted.
func StartDatabase(arrived func(spans int)) (*Database, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("cannot start the database: %w", err)
	}
	d := &Database{addr: listener.Addr().String(), arrived: arrived, calls: map[string]float64{}}
	d.server = &http.Server{Handler: d, ReadHeaderTimeout: time.Minute}
	// It ends with Stop; a database that ends earlier shows as spans that are never counted.
	d.served.Go(func() { _ = d.server.Serve(listener) })
	return d, nil
}

// URL is where a writer, who has series of its own, writes to.
func (d *Database) URL(writer string) string { return "http://" + d.addr + "/" + writer }

// Stop closes the listener and all connections, and returns when nothing serves any more.
func (d *Database) Stop() error {
	err := d.server.Close()
	d.served.Wait()
	return err
}

// ServeHTTP takes one request.
func (d *Database) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	packed, err := io.ReadAll(request.Body)
	if err == nil {
		var message []byte
		if message, err = snappy.Decode(nil, packed); err == nil {
			err = d.write(request.URL.Path, message)
		}
	}
	if err != nil {
		http.Error(answer, err.Error(), http.StatusBadRequest)
		return
	}
	answer.WriteHeader(http.StatusNoContent)
}

// The fields of a remote write that matter here.
const (
	seriesField = 1
	labelField  = 1
	sampleField = 2
	valueField  = 1
)

func (d *Database) write(writer string, message []byte) error {
	for f, err := range Fields(message) {
		if err != nil {
			return err
		}
		if f.Number != seriesField || !bytes.Contains(f.Value, []byte(callsMetric)) {
			continue
		}
		labels, calls, err := readSeries(f.Value)
		if err != nil {
			return err
		}
		d.count(writer+labels, calls)
	}
	return nil
}

// readSeries takes the labels, as they are on the wire, and the last value of a series.
func readSeries(series []byte) (labels string, value float64, err error) {
	for f, err := range Fields(series) {
		if err != nil {
			return "", 0, err
		}
		switch f.Number {
		case labelField:
			labels += string(f.Whole)
		case sampleField:
			if value, err = readValue(f.Value); err != nil {
				return "", 0, err
			}
		}
	}
	return labels, value, nil
}

func readValue(sample []byte) (float64, error) {
	for f, err := range Fields(sample) {
		if err != nil {
			return 0, err
		}
		const size = 9 // of a tag and a number
		if f.Number == valueField && len(f.Whole) == size {
			return math.Float64frombits(binary.LittleEndian.Uint64(f.Whole[1:])), nil
		}
	}
	return 0, errors.New("a sample has no value")
}

// count takes what a series counts now, which includes all that it counted before.
func (d *Database) count(series string, calls float64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.arrived(int(calls - d.calls[series]))
	d.calls[series] = calls
}
