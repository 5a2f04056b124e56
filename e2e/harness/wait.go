package harness

import (
	"context"
	"fmt"
	"time"
)

const (
	// patience bounds one wait: far beyond what a busy machine needs, well inside the timeout of a test run.
	patience = 90 * time.Second
	interval = 20 * time.Millisecond
)

// Until looks again and again until cond is done. Its error names what was waited for and the last state that cond
// saw.
func Until(ctx context.Context, what string, cond func() (done bool, state string)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(interval)
	defer again.Stop()
	for {
		done, state := cond()
		if done {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited for %s, last seen: %s: %w", what, state, context.Cause(ctx))
		case <-again.C:
		}
	}
}
