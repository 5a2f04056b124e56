package balancer

import (
	"cmp"
	"fmt"
	"mime"
	"net/http"

	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"

	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
	"github.com/otelcol-river/otelcol-river/internal/buffers"
)

// pathOf is where the HTTP server takes a signal.
func pathOf(config *otlpreceiver.HTTPConfig, signal otlpwire.Signal) string {
	configured := [...]otlpreceiver.SanitizedURLPath{
		otlpwire.Traces:  config.TracesURLPath,
		otlpwire.Logs:    config.LogsURLPath,
		otlpwire.Metrics: config.MetricsURLPath,
	}[signal]
	return cmp.Or(string(configured), "/v1/"+signal.String())
}

// An httpHandler takes the requests of one signal.
type httpHandler struct {
	signal otlpwire.Signal
	to     taker
}

// ServeHTTP answers in the format of the request, as OTLP asks for.
func (h httpHandler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		writeText(w, http.StatusMethodNotAllowed, "OTLP requests are posted")
		return
	}
	f, ok := formatOf(r)
	if !ok {
		writeText(w, http.StatusUnsupportedMediaType,
			fmt.Sprintf("the content type is neither %s nor %s", protobufFormat.contentType, jsonFormat.contentType))
		return
	}
	if err := h.take(r, f); err != nil {
		st := status.Convert(err)
		f.writeStatus(w, httpStatus(st), st)
		return
	}
	f.write(w, http.StatusOK, f.taken)
}

func (h httpHandler) take(r *http.Request, f format) error {
	body, err := readBody(r)
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	defer body.Free()
	request, err := f.protobuf(h.signal, body.ReadOnlyData())
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	return h.to.take(r.Context(), request)
}

// readBody reads into buffers that are used again after they are freed. The server limits the size.
func readBody(r *http.Request) (mem.Buffer, error) {
	pieces, err := mem.ReadAll(r.Body, buffers.Shared)
	defer pieces.Free()
	if err != nil {
		return nil, err
	}
	return pieces.MaterializeToBuffer(buffers.Shared), nil
}

// formatOf finds how a request is encoded.
func formatOf(r *http.Request) (format, bool) {
	mediaType, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return format{}, false
	}
	for _, f := range []format{protobufFormat, jsonFormat} {
		if f.contentType == mediaType {
			return f, true
		}
	}
	return format{}, false
}

// refuse answers what the server refuses before it comes here: credentials, or a body that cannot be unpacked.
func refuse(w http.ResponseWriter, r *http.Request, message string, httpCode int) {
	f, ok := formatOf(r)
	if !ok {
		writeText(w, httpCode, message)
		return
	}
	f.writeStatus(w, httpCode, status.New(grpcCode(httpCode), message))
}
