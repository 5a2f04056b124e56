package harness

import (
	"context"
	"fmt"
	"os/exec"
)

// Convert writes the collector YAML of a River file to out, as a user does with riverconv.
func Convert(ctx context.Context, dialect, river, out string) error {
	path, err := Binary(converter)
	if err != nil {
		return err
	}
	said, err := exec.CommandContext(ctx, path, "convert", "-dialect", dialect, "-o", out, river).CombinedOutput()
	if err != nil {
		return fmt.Errorf("riverconv convert %s: %w\n%s", river, err, said)
	}
	return nil
}
