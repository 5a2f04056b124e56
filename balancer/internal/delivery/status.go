package delivery

import (
	"context"
	"errors"
	"time"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/types/known/durationpb"
)

// longestDelay is how long a backend may ask to be left alone. One that means forever should say so with a status that
// is not retryable.
const longestDelay = 5 * time.Minute

// failure is what a backend answered in place of success.
type failure struct {
	err       error
	code      codes.Code
	retryable bool
	delay     time.Duration // that it asks for; 0: none
}

// classify reads an answer as the OTLP specification has it:
// https://opentelemetry.io/docs/specs/otlp/#failures. An error that is no status did not come from a backend.
func classify(err error) failure {
	f := failure{err: err}
	s, ok := status.FromError(err)
	switch {
	case !ok && (errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)):
		s = status.FromContextError(err)
	case !ok:
		s = status.New(codes.Unavailable, err.Error())
	}
	f.code = s.Code()
	asked := false
	f.delay, asked = retryDelay(s)
	switch f.code {
	case codes.Canceled, codes.DeadlineExceeded, codes.Aborted, codes.OutOfRange, codes.Unavailable, codes.DataLoss:
		f.retryable = true
	case codes.ResourceExhausted: // without the word to come again, it will never have room for this
		f.retryable = asked
	default: // all others are said to be of the request itself
	}
	return f
}

// retryDelay is how long the RetryInfo of a status asks to wait, and whether there is one.
func retryDelay(s *status.Status) (time.Duration, bool) {
	for _, detail := range s.Details() {
		if info, ok := detail.(*errdetails.RetryInfo); ok {
			return min(max(info.GetRetryDelay().AsDuration(), 0), longestDelay), true
		}
	}
	return 0, false
}

// retryable is a status that asks its receiver to come again after a while.
func retryable(c codes.Code, message string, after time.Duration) error {
	s := status.New(c, message)
	if detailed, err := s.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(after)}); err == nil {
		s = detailed
	}
	return s.Err()
}

// codeName is the name of a status as specifications write it.
func codeName(c codes.Code) string {
	return code.Code(c).String() //nolint:gosec // there are 17 of them
}

// The fields of the answers of all signals, and of the partial success in them.
const (
	partialSuccess  protowire.Number = 1
	rejectedRecords protowire.Number = 1
	errorMessage    protowire.Number = 2
)

// rejected is how many of the records of a call its answer says were not taken, and why. What cannot be read says
// nothing of the kind.
func rejected(answer []byte, records int) (int, string) {
	var count uint64
	var message string
	eachField(answer, func(number protowire.Number, _ uint64, partial []byte) {
		if number != partialSuccess {
			return
		}
		eachField(partial, func(number protowire.Number, value uint64, text []byte) {
			switch number {
			case rejectedRecords:
				count = value
			case errorMessage:
				message = string(text)
			}
		})
	})
	if count>>63 == 1 { // a negative number, which means nothing
		count = 0
	}
	return int(min(count, uint64(records))), message //nolint:gosec // neither is greater than records, nor negative
}

// eachField calls f with the fields of a message that are numbers or bytes, as far as it can be read.
func eachField(message []byte, f func(number protowire.Number, value uint64, text []byte)) {
	for len(message) > 0 {
		number, kind, n := protowire.ConsumeTag(message)
		if n < 0 {
			return
		}
		message = message[n:]
		var value uint64
		var text []byte
		switch kind {
		case protowire.VarintType:
			value, n = protowire.ConsumeVarint(message)
		case protowire.BytesType:
			text, n = protowire.ConsumeBytes(message)
		default:
			n = protowire.ConsumeFieldValue(number, kind, message)
		}
		if n < 0 {
			return
		}
		f(number, value, text)
		message = message[n:]
	}
}
