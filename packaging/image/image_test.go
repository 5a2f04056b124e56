package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

func TestIndex(t *testing.T) {
	inClone(t, "amd64", "arm64")
	said := makeImage(t)

	index := written(t)
	if err := validate.Index(index); err != nil {
		t.Error(err)
	}
	digest, err := index.Digest()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(said, digest.String()+" in dist/image and "+archive+"\n") {
		t.Errorf("it says %q of the index %s", said, digest)
	}
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	var platforms []string
	for _, of := range manifest.Manifests {
		platforms = append(platforms, of.Platform.String())
	}
	if diff := cmp.Diff([]string{"linux/amd64", "linux/arm64"}, platforms); diff != "" {
		t.Errorf("platforms, want -, got +:\n%s", diff)
	}
	if diff := cmp.Diff(wantLabels(t), manifest.Annotations); diff != "" {
		t.Errorf("annotations of the index, want -, got +:\n%s", diff)
	}
}

// What GoReleaser has built for one platform makes an index of one.
func TestOnePlatform(t *testing.T) {
	inClone(t, "arm64")
	makeImage(t)
	if images := images(t); len(images) != 1 || images["arm64"] == nil {
		t.Errorf("images for %v", slices.Collect(maps.Keys(images)))
	}
}

func TestConfig(t *testing.T) {
	inClone(t, "amd64", "arm64")
	makeImage(t)
	for architecture, image := range images(t) {
		got, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		want := &v1.ConfigFile{
			OS: "linux", Architecture: architecture, Created: v1.Time{Time: commitTime},
			Config: v1.Config{
				User:         "65532:65532",
				Entrypoint:   []string{"/usr/bin/otelcol-river"},
				Cmd:          []string{"--config=river:/etc/otelcol-river/config.river"},
				Env:          []string{"PATH=/usr/bin", "ZONEINFO=/usr/share/zoneinfo.zip", "GOGC=120"},
				WorkingDir:   "/",
				ExposedPorts: map[string]struct{}{"4317/tcp": {}, "4318/tcp": {}},
				Volumes:      map[string]struct{}{"/var/lib/otelcol-river": {}},
				Labels:       wantLabels(t),
			},
			RootFS: got.RootFS, // held to the layers by validate.Index
		}
		for _, what := range []string{
			"CA certificates, time zones, users and folders", "default configuration and licence",
			"binaries of " + headCommit(t),
		} {
			want.History = append(want.History,
				v1.History{Created: v1.Time{Time: commitTime}, CreatedBy: "packaging/image: " + what})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("configuration for %s, want -, got +:\n%s", architecture, diff)
		}
	}
}

// wantLabels are those of the release in inClone.
func wantLabels(t *testing.T) map[string]string {
	t.Helper()
	commit := headCommit(t)
	return map[string]string{
		"org.opencontainers.image.title": "otelcol-river",
		"org.opencontainers.image.description": "OpenTelemetry Collector for the load-balanced tail-sampling tier, " +
			"configured in YAML or River, with riverconv, which converts River",
		"org.opencontainers.image.source":        "https://github.com/otelcol-river/otelcol-river",
		"org.opencontainers.image.url":           "https://github.com/otelcol-river/otelcol-river",
		"org.opencontainers.image.documentation": "https://github.com/otelcol-river/otelcol-river/tree/" + commit + "/docs",
		"org.opencontainers.image.version":       "0.1.0",
		"org.opencontainers.image.revision":      commit,
		"org.opencontainers.image.created":       "2026-11-20T10:00:00Z",
		"org.opencontainers.image.licenses":      "Apache-2.0",
		"org.opencontainers.image.vendor":        "otelcol-river",
	}
}

func TestFiles(t *testing.T) {
	inClone(t, "amd64", "arm64")
	makeImage(t)
	for architecture, image := range images(t) {
		layers, err := image.Layers()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		bodies := map[string]string{}
		for i, layer := range layers {
			for _, f := range unpack(t, layer) {
				if !f.ModTime.Equal(commitTime) {
					t.Errorf("%s is of %s, not of the commit", f.Name, f.ModTime)
				}
				got = append(got, fmt.Sprintf("%d %04o %d:%d %s", i, f.Mode, f.Uid, f.Gid, f.Name))
				bodies[f.Name] = f.body
			}
		}
		want := []string{
			"0 0755 0:0 etc/",
			"0 0644 0:0 etc/group",
			"0 0644 0:0 etc/passwd",
			"0 0755 0:0 etc/ssl/",
			"0 0755 0:0 etc/ssl/certs/",
			"0 0644 0:0 etc/ssl/certs/ca-certificates.crt",
			"0 1777 0:0 tmp/",
			"0 0755 0:0 usr/",
			"0 0755 0:0 usr/share/",
			"0 0644 0:0 usr/share/zoneinfo.zip",
			"0 0755 0:0 var/",
			"0 0755 0:0 var/lib/",
			"0 0750 65532:65532 var/lib/otelcol-river/",
			"1 0755 0:0 etc/",
			"1 0755 0:0 etc/otelcol-river/",
			"1 0644 0:0 etc/otelcol-river/config.river",
			"1 0755 0:0 usr/",
			"1 0755 0:0 usr/share/",
			"1 0755 0:0 usr/share/doc/",
			"1 0755 0:0 usr/share/doc/otelcol-river/",
			"1 0644 0:0 usr/share/doc/otelcol-river/LICENSE",
			"1 0644 0:0 usr/share/doc/otelcol-river/NOTICE",
			"2 0755 0:0 usr/",
			"2 0755 0:0 usr/bin/",
			"2 0755 0:0 usr/bin/otelcol-river",
			"2 0755 0:0 usr/bin/riverconv",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("files for %s, want -, got +:\n%s", architecture, diff)
		}
		for file, body := range map[string]string{
			"etc/otelcol-river/config.river":      "// default\n",
			"usr/share/doc/otelcol-river/LICENSE": "licence\n",
			"usr/share/doc/otelcol-river/NOTICE":  "notice\n",
			"usr/bin/otelcol-river":               "otelcol-river for " + architecture,
			"usr/bin/riverconv":                   "riverconv for " + architecture,
			"etc/group":                           "root:x:0:\notelcol-river:x:65532:\n",
			"etc/passwd": "root:x:0:0:root:/:/sbin/nologin\n" +
				"otelcol-river:x:65532:65532:otelcol-river:/var/lib/otelcol-river:/sbin/nologin\n",
		} {
			if bodies[file] != body {
				t.Errorf("%s for %s is %q, want %q", file, architecture, bodies[file], body)
			}
		}
	}
}

// Two builds of a commit are the same, wherever and whenever they are made.
func TestSameBytes(t *testing.T) {
	var archives, said [2]string
	for i := range archives {
		clone := inClone(t, "amd64", "arm64")
		if i == 1 {
			unlike(t, clone)
		}
		said[i] = makeImage(t)
		body, err := os.ReadFile(archive)
		if err != nil {
			t.Fatal(err)
		}
		archives[i] = string(body)
	}
	if archives[0] != archives[1] || said[0] != said[1] {
		t.Errorf("the second build differs: first %q, second %q", said[0], said[1])
	}
}

// unlike changes about the files of a clone what two machines have different, and leaves an earlier image behind.
func unlike(t *testing.T, clone string) {
	t.Helper()
	err := filepath.WalkDir(clone, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return errors.Join(os.Chmod(path, 0o600), os.Chtimes(path, time.Time{}, time.Unix(1e9, 0)))
	})
	if err != nil {
		t.Fatal(err)
	}
	write(t, "dist/image/blobs/sha256/0123", "left behind")
	write(t, archive, strings.Repeat("left behind", 1<<20))
}

// The folder of one platform holds the image of the index and no other.
func TestPlatformFolders(t *testing.T) {
	inClone(t, "amd64", "arm64")
	makeImage(t)
	for architecture, image := range images(t) {
		want, err := image.Digest()
		if err != nil {
			t.Fatal(err)
		}
		index, err := layout.ImageIndexFromPath("dist/image-" + architecture)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Index(index); err != nil {
			t.Error(err)
		}
		manifest, err := index.IndexManifest()
		if err != nil {
			t.Fatal(err)
		}
		if len(manifest.Manifests) != 1 || manifest.Manifests[0].Digest != want {
			t.Errorf("the folder for %s holds %+v, want %s", architecture, manifest.Manifests, want)
		}
	}
}

// Docker's older store reads the archive by its manifest.json, one name per platform.
func TestArchiveForOlderDocker(t *testing.T) {
	inClone(t, "amd64", "arm64")
	makeImage(t)
	for architecture, want := range images(t) {
		tag, err := name.NewTag("ghcr.io/otelcol-river/otelcol-river:0.1.0-" + architecture)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tarball.ImageFromPath(archive, &tag)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate.Image(got); err != nil {
			t.Error(err)
		}
		wantConfig, wantErr := want.ConfigName()
		gotConfig, gotErr := got.ConfigName()
		if err := errors.Join(wantErr, gotErr); err != nil || gotConfig != wantConfig {
			t.Errorf("%s has the configuration %s, want %s (%v)", tag, gotConfig, wantConfig, err)
		}
	}
}

// The archive holds the folder and nothing else.
func TestArchive(t *testing.T) {
	inClone(t, "amd64", "arm64")
	makeImage(t)
	file, err := os.Open(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	entries := map[string]string{}
	for _, f := range read(t, file) {
		if !isFolder(f.Name) {
			entries[f.Name] = f.body
		}
	}
	folder := map[string]string{}
	err = filepath.WalkDir("dist/image", func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := os.ReadFile(path)
		folder[strings.TrimPrefix(filepath.ToSlash(path), "dist/image/")] = string(body)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(entries, folder) {
		t.Errorf("the archive holds %v, the folder %v", slices.Sorted(maps.Keys(entries)), slices.Sorted(maps.Keys(folder)))
	}
	// Two manifests, two configurations, two layers of binaries, two common layers, the index of both; beside these blobs
	// index.json, oci-layout and manifest.json.
	if len(folder) != 9+3 {
		t.Errorf("the folder holds %v", slices.Sorted(maps.Keys(folder)))
	}
}

// A plus sign, which a version may have and a tag may not, becomes a minus sign.
func TestImageName(t *testing.T) {
	tag, err := imageName("0.1.0+dirty")
	if want := "ghcr.io/otelcol-river/otelcol-river:0.1.0-dirty"; err != nil || tag.Name() != want {
		t.Errorf("got %s, %v, want %s", tag, err, want)
	}
}

// packed is an entry of a tar.
type packed struct {
	*tar.Header
	body string
}

func unpack(t *testing.T, layer v1.Layer) []packed {
	t.Helper()
	body, err := layer.Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	return read(t, body)
}

func read(t *testing.T, from io.Reader) (entries []packed) {
	t.Helper()
	archive := tar.NewReader(from)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return entries
		}
		if err != nil {
			t.Fatal(err)
		}
		var body bytes.Buffer
		if _, err := io.Copy(&body, archive); err != nil { //nolint:gosec // what the test itself has packed
			t.Fatal(err)
		}
		entries = append(entries, packed{header, body.String()})
	}
}

// written is the index in dist/image.
func written(t *testing.T) v1.ImageIndex {
	t.Helper()
	outer, err := layout.ImageIndexFromPath("dist/image")
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := outer.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	if len(manifest.Manifests) != 1 {
		t.Fatalf("dist/image has %d entries", len(manifest.Manifests))
	}
	want := map[string]string{
		"io.containerd.image.name":          "ghcr.io/otelcol-river/otelcol-river:0.1.0",
		"org.opencontainers.image.ref.name": "0.1.0",
	}
	if diff := cmp.Diff(want, manifest.Manifests[0].Annotations); diff != "" {
		t.Errorf("names of the index, want -, got +:\n%s", diff)
	}
	index, err := outer.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	return index
}

// images are those in dist/image by architecture.
func images(t *testing.T) map[string]v1.Image {
	t.Helper()
	index := written(t)
	manifest, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	images := map[string]v1.Image{}
	for _, of := range manifest.Manifests {
		if images[of.Platform.Architecture], err = index.Image(of.Digest); err != nil {
			t.Fatal(err)
		}
	}
	return images
}
