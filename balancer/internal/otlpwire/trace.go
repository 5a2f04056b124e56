package otlpwire

import (
	"encoding/binary"
	"encoding/hex"

	"github.com/cespare/xxhash/v2"
)

// traceKeyer makes keys of trace IDs.
type traceKeyer struct {
	number uint32 // of the field that holds the ID
	spread bool   // what has no trace ID
	text   bool   // hexadecimal instead of the bytes
	id     [16]byte
	hex    [32]byte
}

func (*traceKeyer) resource([]byte, own) ([]byte, bool, error)  { return nil, false, nil }
func (*traceKeyer) scope([]byte, own) ([]byte, bool, error)     { return nil, false, nil }
func (*traceKeyer) metric([]byte, metric) ([]byte, bool, error) { return nil, false, nil }

func (k *traceKeyer) record(b []byte, record extent, _ uint32) ([]byte, error) {
	id, err := readTraceID(b, record, k.number)
	if err != nil {
		return nil, err
	}
	if k.id = id; k.spread && id == [16]byte{} {
		binary.LittleEndian.PutUint64(k.id[:], xxhash.Sum64(record.of(b)))
	}
	if !k.text {
		return k.id[:], nil
	}
	hex.Encode(k.hex[:], k.id[:])
	return k.hex[:], nil
}

// readTraceID finds the trace ID of a span or log record. Of several the last counts, as everywhere in protobuf.
func readTraceID(b []byte, record extent, number uint32) (id [16]byte, err error) {
	b = b[:record.end]
	r := reader{b: b, field: field{end: passOthers(b, record.start, number)}}
	for r.next() {
		if r.number == number && r.expect(typeBytes) {
			id, r.err = traceIDOf(b, r.content())
		}
		r.end = passOthers(b, r.end, number)
	}
	return id, r.err
}

func traceIDOf(b []byte, e extent) (id [16]byte, err error) {
	switch e.end - e.start {
	case len(id):
		return [16]byte(e.of(b)), nil
	case 0:
		return id, nil
	default:
		return id, &malformed{e.start, "a trace ID that does not have 16 bytes"}
	}
}
