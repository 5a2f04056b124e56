package delivery

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// A waiter is a sender that waits until all shares of its request are answered, as there is no queue.
type waiter struct {
	open    int           // shares that are not answered
	refusal error         // the first status that refused one for good
	missing bool          // one was given up that might be taken later
	gone    bool          // nobody waits any more
	done    chan struct{} // closed when all are answered
	pieces  []*share      // of shares that were split again
}

func (w *waiter) settled() {
	if w.open--; w.open == 0 {
		close(w.done)
	}
}

// soonest is how long before the end of its time a sender gets its answer, so that it arrives: a tenth, or this.
const soonest = 100 * time.Millisecond

// wait returns the answer to a request: nil, when backends took all of it, the status of one that refused a share for
// good, or a status that asks to come again, as something might be taken then.
func (b *Balancer) wait(ctx context.Context, w *waiter, shares []share) error {
	var early <-chan time.Time
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline)
		timer := time.NewTimer(left - min(left/10, soonest))
		defer timer.Stop()
		early = timer.C
	}
	select {
	case <-w.done:
	case <-early:
	case <-ctx.Done():
	}
	b.mu.Lock()
	defer b.unlock()
	if w.open > 0 {
		code := codes.DeadlineExceeded
		if errors.Is(ctx.Err(), context.Canceled) {
			code = codes.Canceled
		}
		b.withdraw(w, shares, code)
		if code == codes.Canceled {
			return status.Error(code, "the sender does not wait any more")
		}
		return b.errNoAnswer
	}
	if w.missing {
		return b.errNoAnswer
	}
	return w.refusal
}

// withdraw gives up what waits of a request whose sender has gone. What calls carry now is counted when they end.
func (b *Balancer) withdraw(w *waiter, shares []share, code codes.Code) {
	w.gone = true
	withdraw := func(s *share) {
		if s.in != nil {
			s.in.remove(s)
			b.giveUp(s, code)
		}
	}
	for i := range shares {
		withdraw(&shares[i])
	}
	for _, s := range w.pieces {
		withdraw(s)
	}
}
