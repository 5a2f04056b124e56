// Package packages looks at what a release hands out, as make packages has left it in dist: it installs and runs it. It
// imports no package of the product.
package packages

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
)

// imageIndex unpacks the archive and returns the index in it.
func imageIndex(t *testing.T) v1.ImageIndex {
	t.Helper()
	archive := filepath.Join(dist(t), fmt.Sprintf("otelcol-river_%s_image.tar", release(t).Version))
	file, err := os.Open(archive)
	if err != nil {
		t.Fatalf("%v: run make packages", err)
	}
	defer func() { _ = file.Close() }()
	folder := t.TempDir()
	imageUntar(t, file, folder)
	outer, err := layout.ImageIndexFromPath(folder)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := outer.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 {
		t.Fatalf("%s holds %d images, want one index", archive, len(manifest.Manifests))
	}
	index, err := outer.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// imageByPlatform are the images in the archive, at least one.
func imageByPlatform(t *testing.T) map[string]v1.Image {
	t.Helper()
	index := imageIndex(t)
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	images := map[string]v1.Image{}
	for _, of := range manifest.Manifests {
		image, err := index.Image(of.Digest)
		if err != nil {
			t.Fatal(err)
		}
		images[of.Platform.String()] = image
	}
	if len(images) == 0 {
		t.Fatal("the archive holds no image")
	}
	return images
}

// imageUnpack makes a folder of what an image holds, with owners if the test is root.
func imageUnpack(t *testing.T, image v1.Image) string {
	t.Helper()
	files := mutate.Extract(image)
	defer func() { _ = files.Close() }()
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil { //nolint:gosec // the user of the image has to get in
		t.Fatal(err)
	}
	imageUntar(t, files, folder)
	return folder
}

// imageUntar unpacks files and folders. The image has nothing else.
func imageUntar(t *testing.T, from io.Reader, folder string) {
	t.Helper()
	root, err := os.OpenRoot(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	packed := tar.NewReader(from)
	for {
		header, err := packed.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := imagePlace(root, header, packed); err != nil {
			t.Fatal(err)
		}
	}
}

// imagePlace puts one file or folder where it belongs.
func imagePlace(root *os.Root, header *tar.Header, body io.Reader) error {
	name := filepath.Clean(header.Name)
	switch header.Typeflag {
	case tar.TypeDir:
		if err := root.MkdirAll(name, 0o700); err != nil {
			return err
		}
	case tar.TypeReg:
		file, err := root.Create(name)
		if err != nil {
			return err
		}
		_, err = io.CopyN(file, body, header.Size)
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%s is neither a file nor a folder, but %q", name, header.Typeflag)
	}
	if os.Getuid() == 0 {
		if err := root.Lchown(name, header.Uid, header.Gid); err != nil {
			return err
		}
	}
	return root.Chmod(name, header.FileInfo().Mode())
}
