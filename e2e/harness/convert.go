package harness

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
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

// ConvertManifests writes the successor of Kubernetes manifests into a folder, as a user does with riverconv, and
// returns its path.
func ConvertManifests(ctx context.Context, file, folder string, options ...string) (string, error) {
	path, err := Binary(converter)
	if err != nil {
		return "", err
	}
	args := append(append([]string{"manifests", "-o", folder}, options...), file)
	said, err := exec.CommandContext(ctx, path, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("riverconv manifests %s: %w\n%s", file, err, said)
	}
	return filepath.Join(folder, filepath.Base(file)), nil
}

// kustomize is the binary that renders folders of Kubernetes objects.
const kustomize = "kustomize"

// Kustomize writes the objects of a kustomize base to out. Functions that the base names are run.
func Kustomize(ctx context.Context, folder, out string) error {
	path, err := Binary(kustomize)
	if err != nil {
		return err
	}
	args := []string{"build", "--enable-alpha-plugins", "--enable-exec", "--output", out, folder}
	said, err := exec.CommandContext(ctx, path, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("kustomize build %s: %w\n%s", folder, err, said)
	}
	return nil
}
