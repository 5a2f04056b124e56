// Package load prepares requests: OTLP as applications of some size send it, marshalled and compressed.
package load

import (
	"fmt"
	"math/rand/v2"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/otelcol-river/otelcol-river/e2e/bench/wire"
)

// Shape says what a load is made of. Equal shapes give equal loads.
type Shape struct {
	Signal      wire.Signal
	Compression string // as in wire
	Records     int    // in each request, a multiple of 5
	WarmUp      int    // requests before the measurement, an even number
	Measured    int    // requests of the measurement, an even number
	Sampled     bool   // only traces with an error, and slow ones, are to arrive; else all
}

// Load is prepared requests. Its traces have ten records, of which each of two requests has five.
type Load struct {
	First    wire.Request // one record, to be sent by itself
	WarmUp   []wire.Request
	Measured []wire.Request
}

// New prepares a load.
func New(shape Shape) (Load, error) {
	if shape.Records%halfTrace != 0 || shape.WarmUp%2 != 0 || shape.Measured%2 != 0 {
		return Load{}, fmt.Errorf("traces would be left incomplete by %+v", shape)
	}
	applications := applications{random: rand.New(rand.NewPCG(1, 0))}
	first, _ := applications.pair(1)
	var l Load
	var err error
	if l.First, err = shape.request(first[:1]); err != nil {
		return Load{}, err
	}
	requests := make([]wire.Request, 0, shape.WarmUp+shape.Measured)
	for len(requests) < shape.WarmUp+shape.Measured {
		one, other := applications.pair(shape.Records / halfTrace)
		for _, records := range [][]record{one, other} {
			r, err := shape.request(records)
			if err != nil {
				return Load{}, err
			}
			requests = append(requests, r)
		}
	}
	l.WarmUp, l.Measured = requests[:shape.WarmUp], requests[shape.WarmUp:]
	return l, nil
}

// request prepares one request.
func (s Shape) request(records []record) (wire.Request, error) {
	var message []byte
	var err error
	if s.Signal == wire.Logs {
		message, err = plogotlp.NewExportRequestFromLogs(logs(records)).MarshalProto()
	} else {
		message, err = ptraceotlp.NewExportRequestFromTraces(traces(records)).MarshalProto()
	}
	if err != nil {
		return wire.Request{}, err
	}
	body, err := wire.Pack(s.Compression, message)
	if err != nil {
		return wire.Request{}, err
	}
	r := wire.Request{Body: body, Records: len(records)}
	for _, of := range records {
		if !s.Sampled || of.trace.failed || of.trace.slow {
			r.Arrives++
		}
	}
	return r, nil
}
