package packages

import (
	"crypto/x509"
	"debug/elf"
	"encoding/pem"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

// TestImageDigests: every layer, configuration and manifest in the archive is what its digest says.
func TestImageDigests(t *testing.T) {
	if err := validate.Index(imageIndex(t)); err != nil {
		t.Error(err)
	}
}

// TestImageConfig: a runtime starts the collector as a user who is nobody, with the configuration in the image. Who
// looks at the image finds out where it comes from.
func TestImageConfig(t *testing.T) {
	release := release(t)
	for platform, image := range imageByPlatform(t) {
		file, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		config := file.Config
		user, group, both := strings.Cut(config.User, ":")
		for _, number := range []string{user, group} {
			if n, err := strconv.Atoi(number); err != nil || n < 1 || !both {
				t.Errorf("%s runs as %q, want two numbers other than 0", platform, config.User)
			}
		}
		if got := strings.Join(append(config.Entrypoint, config.Cmd...), " "); got !=
			"/usr/bin/otelcol-river --config=river:/etc/otelcol-river/config.river" {
			t.Errorf("%s starts %q", platform, got)
		}
		for _, port := range []string{"4317/tcp", "4318/tcp"} {
			if _, exposed := config.ExposedPorts[port]; !exposed {
				t.Errorf("%s does not expose %s", platform, port)
			}
		}
		for label, want := range map[string]string{
			"title":    "otelcol-river",
			"version":  release.Version,
			"revision": release.Commit,
			"source":   "https://github.com/otelcol-river/otelcol-river",
			"licenses": "Apache-2.0",
		} {
			if got := config.Labels["org.opencontainers.image."+label]; got != want {
				t.Errorf("%s has the label %s %q, want %q", platform, label, got, want)
			}
		}
		for _, label := range []string{"description", "url", "documentation", "created", "vendor"} {
			if config.Labels["org.opencontainers.image."+label] == "" {
				t.Errorf("%s has no label %s", platform, label)
			}
		}
	}
}

// TestImageFiles: what is in the image is for its platform, needs nothing that is not in it, and is what the repository
// has.
func TestImageFiles(t *testing.T) {
	machines := map[string]elf.Machine{"linux/amd64": elf.EM_X86_64, "linux/arm64": elf.EM_AARCH64}
	for platform, image := range imageByPlatform(t) {
		t.Run(platform, func(t *testing.T) {
			unpacked := imageUnpack(t, image)
			for _, program := range []string{"otelcol-river", "riverconv"} {
				imageRunsAlone(t, filepath.Join(unpacked, "usr/bin", program), machines[platform])
			}
			for inside, source := range map[string]string{
				"etc/otelcol-river/config.river":      "packaging/config.river",
				"usr/share/doc/otelcol-river/LICENSE": "LICENSE",
				"usr/share/doc/otelcol-river/NOTICE":  "NOTICE",
			} {
				if readFile(t, filepath.Join(unpacked, inside)) != readFile(t, filepath.Join(root(t), source)) {
					t.Errorf("/%s is not %s", inside, source)
				}
			}
			imageTrusts(t, filepath.Join(unpacked, "etc/ssl/certs/ca-certificates.crt"))
		})
	}
}

// imageRunsAlone: a program is for a machine and asks for no other file to start.
func imageRunsAlone(t *testing.T, path string, machine elf.Machine) {
	t.Helper()
	program, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = program.Close() }()
	if program.Machine != machine {
		t.Errorf("%s is for %s, want %s", path, program.Machine, machine)
	}
	for _, part := range program.Progs {
		if part.Type == elf.PT_INTERP {
			t.Errorf("%s asks for a loader, and there is none", path)
		}
	}
}

// imageTrusts: the file, which is where Go looks first, holds the certificates of the known authorities, and one whose
// certificates everybody meets.
func imageTrusts(t *testing.T, path string) {
	t.Helper()
	authorities := map[string]bool{}
	for block, rest := pem.Decode([]byte(readFile(t, path))); block != nil; block, rest = pem.Decode(rest) {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		authorities[certificate.Subject.CommonName] = true
	}
	if len(authorities) <= 100 || !authorities["ISRG Root X1"] {
		t.Errorf("%d authorities, among them that of Let's Encrypt: %v", len(authorities), authorities["ISRG Root X1"])
	}
}

// imageUser is the user and the group that the image runs as.
func imageUser(t *testing.T, config v1.Config) (user, group int) {
	t.Helper()
	first, second, _ := strings.Cut(config.User, ":")
	user, userErr := strconv.Atoi(first)
	group, groupErr := strconv.Atoi(second)
	if userErr != nil || groupErr != nil {
		t.Fatalf("the image runs as %q", config.User)
	}
	return user, group
}
