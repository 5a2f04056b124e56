package e2e

import (
	"context"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

// TestPlainCollector runs converted YAML on a collector that the builder made of the same components and nothing of
// ours: whoever converts a file needs nothing of this project to run it.
func TestPlainCollector(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		hashes := ring.New(variantEndpoints...)
		yaml := convert(ctx, t, "flow", inRepository(t, "e2e/testdata/insecure.river"))
		balance(ctx, t, form{"plain", harness.Plain, []string{"file:" + yaml}}, variantLoad(),
			spansByTrace(hashes), logsByTrace(hashes))
	})
}
