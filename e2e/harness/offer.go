package harness

import (
	"context"
	"errors"
)

// Offer sends every request once, one after the other, and says how many records were refused for now: for receivers
// that are meant to refuse.
func (l Load) Offer(ctx context.Context, client Client) (refused int, err error) {
	for _, request := range l.traceRequests {
		err := client.SendTraces(ctx, request)
		if errors.Is(err, errRefused) {
			refused += request.Traces().SpanCount()
			continue
		}
		if err != nil {
			return refused, err
		}
	}
	for _, request := range l.logRequests {
		err := client.SendLogs(ctx, request)
		if errors.Is(err, errRefused) {
			refused += request.Logs().LogRecordCount()
			continue
		}
		if err != nil {
			return refused, err
		}
	}
	return refused, nil
}
