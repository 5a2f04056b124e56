package balancer

import (
	"net/http"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// retryable says whether OTLP lets the sender send the same again. RESOURCE_EXHAUSTED alone may mean that a request is
// too large for ever; with a time to wait it means that there is no room now.
//
// https://opentelemetry.io/docs/specs/otlp/#failures
func retryable(st *status.Status) bool {
	switch st.Code() {
	case codes.Canceled, codes.DeadlineExceeded, codes.Aborted, codes.OutOfRange, codes.Unavailable, codes.DataLoss:
		return true
	case codes.ResourceExhausted:
		_, ok := retryDelay(st)
		return ok
	default:
		return false
	}
}

// retryDelay is how long the sender of a request should wait.
func retryDelay(st *status.Status) (time.Duration, bool) {
	for _, detail := range st.Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			return info.GetRetryDelay().AsDuration(), true
		}
	}
	return 0, false
}

// wholeSeconds rounds up: a sender that comes too early is refused again.
func wholeSeconds(d time.Duration) int64 {
	return int64((d + time.Second - 1) / time.Second)
}

// httpStatus is the answer over HTTP for a status of gRPC. Senders try again after 429 and 503, and only then.
//
// https://opentelemetry.io/docs/specs/otlp/#failures-1
func httpStatus(st *status.Status) int {
	switch {
	case st.Code() == codes.ResourceExhausted && retryable(st):
		return http.StatusTooManyRequests
	case retryable(st):
		return http.StatusServiceUnavailable
	}
	switch st.Code() {
	case codes.InvalidArgument:
		return http.StatusBadRequest
	case codes.Unauthenticated:
		return http.StatusUnauthorized
	case codes.PermissionDenied:
		return http.StatusForbidden
	case codes.Unimplemented:
		return http.StatusNotFound
	default:
		return http.StatusInternalServerError
	}
}

// grpcCode is the code that stands in the body of what the server refuses by itself.
func grpcCode(httpCode int) codes.Code {
	switch httpCode {
	case http.StatusBadRequest:
		return codes.InvalidArgument
	case http.StatusUnauthorized:
		return codes.Unauthenticated
	default:
		return codes.Unknown
	}
}
