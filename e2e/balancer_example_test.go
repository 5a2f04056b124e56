package e2e

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/ring"
)

// TestBalancerExamples runs the files of configs/balancer as they are, and there are no others.
func TestBalancerExamples(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(inRepository(t, "configs/balancer"), "*.yaml"))
	if err != nil || len(files) != len(doors) {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
				backends := startBackends(t, nil, balancerBackends...)
				queue := "OTELCOL_RIVER_QUEUE=" + filepath.Join(t.TempDir(), "queue")
				validated(t, "file:"+file, []string{"ADDRESS=" + balancerAddress, queue}, nil)
				lb := startAt(ctx, t, form{"yaml", harness.River, []string{"file:" + file}}, balancerAddress, queue)
				load := harness.NewLoad(harness.Shape{Seed: 53, Traces: 600, Spans: 6, Services: 9})
				web := newClient(t, harness.NewHTTPClient, httpAddr)
				if err := load.Send(ctx, nil, newClient(t, harness.NewGRPCClient, grpcAddr), web); err != nil {
					t.Fatal(err)
				}
				settles(ctx, t)
				if err := web.Close(); err != nil {
					t.Fatal(err)
				}
				if err := lb.Stop(); err != nil {
					t.Fatal(err)
				}
				spans, _, _ := exactlyOnce(t, backends, load)
				placed(t, "spans", spans, load.Spans, spansByRendezvous(ring.NewRendezvous(balancerBackends...)))
				noComplaints(t, lb)
			})
		})
	}
}
