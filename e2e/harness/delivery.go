package harness

import (
	"errors"
	"fmt"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// Record names one span or one log record, where it was sent and where it arrives.
type Record struct {
	Trace   pcommon.TraceID
	Span    pcommon.SpanID
	Service string
}

// Delivery says what reached whom: for each backend its records, and how often each came.
type Delivery map[string]map[Record]int

// Add adds what arrived later.
func (d Delivery) Add(later Delivery) {
	for backend, records := range later {
		if d[backend] == nil {
			d[backend] = map[Record]int{}
		}
		for r, n := range records {
			d[backend][r] += n
		}
	}
}

// Audit is the difference between what was sent and what arrived.
type Audit struct {
	Missing  []Record // sent, arrived nowhere
	Repeated []Record // arrived more than once, at one backend or at several
	Unknown  []Record // arrived, never sent
}

// Audit compares what arrived with what was sent.
func (d Delivery) Audit(sent []Record) Audit {
	times := make(map[Record]int, len(sent))
	for _, records := range d {
		for r, n := range records {
			times[r] += n
		}
	}
	var a Audit
	for _, r := range sent {
		switch n := times[r]; {
		case n == 0:
			a.Missing = append(a.Missing, r)
		case n > 1:
			a.Repeated = append(a.Repeated, r)
		}
		delete(times, r)
	}
	for r := range times {
		a.Unknown = append(a.Unknown, r)
	}
	return a
}

// Err is nil when every record that was sent arrived exactly once and nothing else did.
func (a Audit) Err() error {
	var errs []error
	for _, fault := range []struct {
		what    string
		records []Record
	}{{"never arrived", a.Missing}, {"arrived more than once", a.Repeated}, {"were never sent", a.Unknown}} {
		if len(fault.records) > 0 {
			first := fault.records[0]
			errs = append(errs, fmt.Errorf("%d records %s, one is span %s of trace %s, service %q",
				len(fault.records), fault.what, first.Span, first.Trace, first.Service))
		}
	}
	return errors.Join(errs...)
}

// Placement says which backend got the records of each key; split holds the keys whose records reached several.
func (d Delivery) Placement(key func(Record) string) (owner map[string]string, split map[string]bool) {
	owner, split = map[string]string{}, map[string]bool{}
	for backend, records := range d {
		for r := range records {
			k := key(r)
			if other, placed := owner[k]; placed && other != backend {
				split[k] = true
			}
			owner[k] = backend
		}
	}
	return owner, split
}

// ByTrace is the trace ID of a record as hexadecimal text, a key for Placement.
func ByTrace(r Record) string { return r.Trace.String() }

// ByService is the service of a record, a key for Placement.
func ByService(r Record) string { return r.Service }
