package floor

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/otelcol-river/otelcol-river/e2e/bench/wire"
)

// split sends each backend its spans, to all backends at once.
func (b backends) split(ctx context.Context, method string, request []byte) error {
	parts, err := divide(request, len(b), wire.ResourceField, wire.ScopeField, wire.RecordField)
	if err != nil {
		return err
	}
	failed := make([]error, len(b))
	var calls sync.WaitGroup
	for i, part := range parts {
		if part != nil {
			calls.Go(func() { failed[i] = wire.Call(ctx, b[i], method, part) })
		}
	}
	calls.Wait()
	return errors.Join(failed...)
}

// divide makes n messages of one: the spans at the end of the path are dealt out by their traces, and everything around
// them goes along. A message for which there is no span is nil.
func divide(message []byte, n int, path ...protowire.Number) ([][]byte, error) {
	parts := make([][]byte, n)
	var around []byte
	for f, err := range wire.Fields(message) {
		switch {
		case err != nil:
			return nil, err
		case f.Number != path[0]:
			around = append(around, f.Whole...)
		case len(path) == 1:
			i, err := owner(f.Value, n)
			if err != nil {
				return nil, err
			}
			parts[i] = append(parts[i], f.Whole...)
		default:
			inside, err := divide(f.Value, n, path[1:]...)
			if err != nil {
				return nil, err
			}
			for i, part := range inside {
				if part != nil {
					parts[i] = protowire.AppendBytes(protowire.AppendTag(parts[i], f.Number, protowire.BytesType), part)
				}
			}
		}
	}
	for i := range parts {
		if parts[i] != nil {
			parts[i] = append(parts[i], around...) // protobuf does not mind the order
		}
	}
	return parts, nil
}

const traceIDField protowire.Number = 1

// owner is which of n backends gets a span. Trace IDs are random, so any of their bits will do.
func owner(span []byte, n int) (int, error) {
	for f, err := range wire.Fields(span) {
		if err != nil {
			return 0, err
		}
		if f.Number == traceIDField && len(f.Value) >= 8 {
			return int(binary.BigEndian.Uint32(f.Value)) % n, nil
		}
	}
	return 0, errors.New("a span has no trace ID")
}
