package wire

import (
	"context"
	"fmt"
	"sync"
)

// Tally holds what is on its way: records that were sent and should arrive, less those that have.
type Tally struct {
	mu       sync.Mutex
	changed  *sync.Cond
	expected int
	arrived  int
}

// NewTally is an empty tally.
func NewTally() *Tally {
	t := &Tally{}
	t.changed = sync.NewCond(&t.mu)
	return t
}

// Expect waits until no more than limit records are on their way with n more, or none at all without them, and counts
// them in.
func (t *Tally) Expect(ctx context.Context, n, limit int) error {
	return t.wait(ctx, func() bool {
		fits := t.arrived >= t.expected || t.expected-t.arrived+n <= limit
		if fits {
			t.expected += n
		}
		return fits
	})
}

// Arrive counts records that have arrived.
func (t *Tally) Arrive(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.arrived += n
	t.changed.Broadcast()
}

// Settle waits until all that was expected has arrived. That more has arrived is an error.
func (t *Tally) Settle(ctx context.Context) error {
	if err := t.wait(ctx, func() bool { return t.arrived >= t.expected }); err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.arrived > t.expected {
		return fmt.Errorf("%d records arrived, %d were expected", t.arrived, t.expected)
	}
	return nil
}

// wait holds the lock while it looks.
func (t *Tally) wait(ctx context.Context, done func() bool) error {
	defer context.AfterFunc(ctx, func() { t.Arrive(0) })()
	t.mu.Lock()
	defer t.mu.Unlock()
	for !done() {
		if ctx.Err() != nil {
			return fmt.Errorf("%d of %d records arrived: %w", t.arrived, t.expected, context.Cause(ctx))
		}
		t.changed.Wait()
	}
	return nil
}
