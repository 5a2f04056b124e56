package floor

import (
	"context"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"

	"github.com/otelcol-river/otelcol-river/e2e/bench/wire"
)

// message is a request of either signal.
type message interface {
	UnmarshalProto(data []byte) error
	MarshalProto() ([]byte, error)
}

// recode decodes and encodes a request with the collector's own code.
func (b backends) recode(ctx context.Context, method string, request []byte) error {
	var m message = ptraceotlp.NewExportRequest()
	if method == wire.Method(wire.Logs) {
		m = plogotlp.NewExportRequest()
	}
	if err := m.UnmarshalProto(request); err != nil {
		return err
	}
	again, err := m.MarshalProto()
	if err != nil {
		return err
	}
	return wire.Call(ctx, b[0], method, again)
}
