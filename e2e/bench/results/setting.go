package results

import (
	"cmp"
	"crypto/sha256"
	"debug/buildinfo"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// method counts up with each change of what is measured, and of the loads and configurations that it is measured with:
// results before and after cannot be compared.
const method = 2

// Setting is what results depend on. Only those of equal settings belong together.
type Setting struct {
	Method  int     `json:"method"`
	Machine Machine `json:"machine"`
	Ours    Build   `json:"ours"`
	Plain   Build   `json:"plain"`
	Env     string  `json:"env,omitempty"` // more environment of ours
}

// Machine says what a machine is.
type Machine struct {
	CPU      string `json:"cpu"`
	Cores    int    `json:"cores"`
	MemoryGB int    `json:"memory_gb"` // of 2^30 bytes, rounded
	Kernel   string `json:"kernel"`
}

// Build is a built collector.
type Build struct {
	Hash      string `json:"hash"` // SHA-256 of the binary
	Go        string `json:"go"`
	Collector string `json:"collector"` // release of the collector that it is made of
	Size      int64  `json:"size"`      // bytes
	Packed    int64  `json:"packed"`    // bytes of the binary as a layer of an image, which is compressed with gzip
}

// NewSetting looks at this machine and at two binaries.
func NewSetting(ours, plain string) (Setting, error) {
	s := Setting{Method: method}
	var errs [3]error
	s.Machine, errs[0] = thisMachine()
	s.Ours, errs[1] = readBuild(ours)
	s.Plain, errs[2] = readBuild(plain)
	return s, errors.Join(errs[:]...)
}

func thisMachine() (Machine, error) {
	var texts [3]string
	for i, file := range []string{"/proc/cpuinfo", "/proc/meminfo", "/proc/sys/kernel/osrelease"} {
		text, err := os.ReadFile(file)
		if err != nil {
			return Machine{}, fmt.Errorf("cannot tell what machine this is: %w", err)
		}
		texts[i] = string(text)
	}
	kilobytes := 0
	if _, err := fmt.Sscanf(field(texts[1], "MemTotal:"), "%d kB", &kilobytes); err != nil {
		return Machine{}, fmt.Errorf("cannot tell how much memory this machine has: %w", err)
	}
	return Machine{
		CPU: cmp.Or(field(texts[0], "model name\t:"), runtime.GOARCH), Cores: runtime.NumCPU(),
		MemoryGB: (kilobytes + 1<<19) >> 20, Kernel: strings.TrimSpace(texts[2]),
	}, nil
}

// field is what stands behind a name up to the end of its line; it is empty if there is no such name.
func field(text, name string) string {
	_, behind, _ := strings.Cut(text, name)
	line, _, _ := strings.Cut(behind, "\n")
	return strings.TrimSpace(line)
}

// collectorModule has the version of the collector's release.
const collectorModule = "go.opentelemetry.io/collector/otelcol"

func readBuild(path string) (Build, error) {
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return Build{}, err
	}
	b := Build{Go: info.GoVersion}
	for _, module := range info.Deps {
		if module.Path == collectorModule {
			b.Collector = module.Version
		}
	}
	file, err := os.Open(path)
	if err != nil {
		return Build{}, err
	}
	defer func() { _ = file.Close() }()
	var packed size
	hash, layer := sha256.New(), gzip.NewWriter(&packed)
	if b.Size, err = io.Copy(io.MultiWriter(hash, layer), file); err != nil {
		return Build{}, err
	}
	if err := layer.Close(); err != nil {
		return Build{}, err
	}
	b.Hash, b.Packed = hex.EncodeToString(hash.Sum(nil)), int64(packed)
	return b, nil
}

// size counts the bytes that are written to it.
type size int64

func (s *size) Write(part []byte) (int, error) {
	*s += size(len(part))
	return len(part), nil
}
