package packages

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestArchive unpacks the archive for this machine as any user does, converts the configuration that is in it, and runs
// both, the River file and the YAML.
func TestArchive(t *testing.T) {
	asRoot(t, func(ctx context.Context, t *testing.T) {
		folder := t.TempDir()
		out, err := exec.CommandContext(ctx, "tar", "-xzf", ours(t, "tar.gz").path(), "-C", folder).CombinedOutput()
		if err != nil {
			t.Fatalf("cannot unpack the archive: %v\n%s", err, out)
		}
		tr := newTier(t)
		river, yaml := filepath.Join(folder, "config.river"), filepath.Join(folder, "config.yaml")
		edited := withOwnBackends(t, readFile(t, river), tr)
		if err := os.WriteFile(river, []byte(edited), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err = exec.CommandContext(ctx, filepath.Join(folder, "riverconv"), "convert", "-strict", "-o", yaml, river).
			CombinedOutput()
		if err != nil {
			t.Fatalf("riverconv convert: %v\n%s", err, out)
		}
		for _, config := range []string{"river:" + river, "file:" + yaml} {
			collector, err := harness.StartCollector(ctx, harness.CollectorOptions{
				Name: config, Binary: filepath.Join(folder, "otelcol-river"), Configs: []string{config},
				Listens: []string{grpcAddress, httpAddress},
			})
			if err != nil {
				t.Fatal(err)
			}
			tr.passes(ctx, t)
			if err := collector.Stop(); err != nil {
				t.Errorf("%v\n%s", err, collector.Log())
			}
		}
	})
}
