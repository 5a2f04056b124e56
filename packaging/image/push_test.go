package main

import (
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// What is pushed is what was written, under every name.
func TestPush(t *testing.T) {
	host := startRegistry(t)
	inClone(t, "amd64", "arm64")
	said := makeImage(t, "-push", host+"/o/river:0.1.0", "-push", host+"/o/river:latest")

	want, err := written(t).Digest()
	if err != nil {
		t.Fatal(err)
	}
	if line := host + "/o/river@" + want.String() + "\n"; !strings.HasSuffix(said, line+line) {
		t.Errorf("it says %q, want twice %q at the end", said, line)
	}
	for _, tag := range []string{"0.1.0", "latest"} {
		reference, err := name.NewTag(host + "/o/river:" + tag)
		if err != nil {
			t.Fatal(err)
		}
		pulled, err := remote.Index(reference)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := pulled.Digest(); err != nil || got != want {
			t.Errorf("%s is %s, %v, want %s", reference, got, err, want)
		}
		if err := validate.Index(pulled); err != nil {
			t.Error(err)
		}
	}
}

// An index with one platform of two is not for others.
func TestPushOfHalf(t *testing.T) {
	host := startRegistry(t)
	inClone(t, "amd64")
	err := run(t.Context(), []string{"-push", host + "/o/river:0.1.0"}, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "only linux/amd64 is built, nothing is pushed") {
		t.Errorf("got the error %v", err)
	}
	reference, err := name.NewTag(host + "/o/river:0.1.0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := remote.Head(reference); err == nil || !strings.Contains(err.Error(), "404") {
		t.Errorf("%s is there, or cannot be asked for: %v", reference, err)
	}
}

// startRegistry serves a registry until the test ends, and returns its host and port. Credentials of this machine are
// out of sight.
func startRegistry(t *testing.T) string {
	t.Helper()
	t.Setenv("DOCKER_CONFIG", t.TempDir())
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}
