package e2e

import (
	"context"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestClientWaitForReady: while its backend is away, a load balancer that does not wait fails at once, and one that
// waits delivers as soon as the backend is there, without an attempt that failed.
func TestClientWaitForReady(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		const once = `
			timeout = "1h"
			retry { enabled = false }`
		b := startBenchOf(ctx, t, nil, make([]*harness.WatchedBackend, 2),
			variant{name: "unset", client: plain, otlp: once},
			variant{name: "waiting", client: "wait_for_ready = true\n" + plain, otlp: once},
		)
		hasty, patient := b.all["unset"], b.all["waiting"]
		patient.owed = patient.send(ctx, t).Spans
		hasty.fails(ctx, t, "Exporting failed. Dropping data.", "connect: connection refused")
		hasty.backend = watchBackend(t, backendAt(0), harness.WatchOptions{})
		patient.backend = watchBackend(t, backendAt(1), harness.WatchOptions{})
		patient.arrives(ctx, t)
		if lines := patient.lines("Exporting failed"); len(lines) > 0 {
			t.Errorf("the one that waits failed: %s", lines)
		}
		b.settle(t)
	})
}
