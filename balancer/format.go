package balancer

import (
	"net/http"
	"strconv"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
)

// A format is how OTLP over HTTP writes requests and their answers.
type format struct {
	contentType string
	taken       []byte // the answer to a request that was accepted as a whole
	protobuf    func(signal otlpwire.Signal, request []byte) ([]byte, error)
	marshal     func(proto.Message) ([]byte, error)
}

var (
	protobufFormat = format{
		contentType: "application/x-protobuf",
		protobuf:    func(_ otlpwire.Signal, request []byte) ([]byte, error) { return request, nil },
		marshal:     proto.Marshal,
	}
	jsonFormat = format{
		contentType: "application/json",
		taken:       []byte("{}"),
		protobuf:    fromJSON,
		marshal:     protojson.Marshal,
	}
)

// fromJSON is the only place where a request is decoded: OTLP's JSON is not protobuf's own, so the collector's library
// has to read it.
func fromJSON(signal otlpwire.Signal, text []byte) ([]byte, error) {
	var request interface {
		UnmarshalJSON([]byte) error
		MarshalProto() ([]byte, error)
	}
	switch signal {
	case otlpwire.Traces:
		request = ptraceotlp.NewExportRequest()
	case otlpwire.Logs:
		request = plogotlp.NewExportRequest()
	default:
		request = pmetricotlp.NewExportRequest()
	}
	if err := request.UnmarshalJSON(text); err != nil {
		return nil, err
	}
	return request.MarshalProto()
}

// writeStatus says why a request was not accepted, and when to send it again.
func (f format) writeStatus(w http.ResponseWriter, httpCode int, st *status.Status) {
	if wait, ok := retryDelay(st); ok && retryable(st) {
		w.Header().Set("Retry-After", strconv.FormatInt(wholeSeconds(wait), 10))
	}
	body, err := f.marshal(st.Proto())
	if err != nil {
		writeText(w, httpCode, st.Message())
		return
	}
	f.write(w, httpCode, body)
}

// write answers; a client that is gone cannot be told anything.
func (f format) write(w http.ResponseWriter, httpCode int, body []byte) {
	w.Header().Set("Content-Type", f.contentType)
	w.WriteHeader(httpCode)
	_, _ = w.Write(body)
}

// writeText answers a request that is in no format of ours.
func writeText(w http.ResponseWriter, httpCode int, message string) { http.Error(w, message, httpCode) }
