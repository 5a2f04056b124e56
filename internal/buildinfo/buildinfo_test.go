package buildinfo

import (
	"runtime/debug"
	"testing"
)

func TestVersion(t *testing.T) {
	git := []debug.BuildSetting{
		{Key: "vcs", Value: "git"},
		{Key: "vcs.revision", Value: "4f2a91c07b3e0d6a8f1b2c3d4e5f60718293a4b5"},
		{Key: "vcs.time", Value: "2026-12-01T13:00:00+01:00"},
	}
	for _, test := range []struct {
		name, module string
		settings     []debug.BuildSetting
		want         string
	}{
		{"release", "v0.1.0", git, "0.1.0+4f2a91c07b3e.20261201T120000Z"},
		{"candidate", "v0.1.0-rc.1", git, "0.1.0-rc.1+4f2a91c07b3e.20261201T120000Z"},
		{"release, changed", "v0.1.0+dirty", git, "0.1.0+dirty.4f2a91c07b3e.20261201T120000Z"},
		{"between releases", "v0.1.1-0.20261201120000-4f2a91c07b3e", git, "0.1.1-0.20261201120000-4f2a91c07b3e"},
		{"before the first", "v0.0.0-20261201120000-4f2a91c07b3e", git, "0.0.0-20261201120000-4f2a91c07b3e"},
		{"between, changed", "v0.1.1-0.20261201120000-4f2a91c07b3e+dirty", git,
			"0.1.1-0.20261201120000-4f2a91c07b3e+dirty"},
		{"go install", "v0.1.0", nil, "0.1.0"},
		{"without git", "(devel)", nil, "0.0.0-unknown"},
		{"go run of files", "", nil, "0.0.0-unknown"},
	} {
		info := &debug.BuildInfo{Settings: test.settings}
		info.Main.Version = test.module
		if got := version(info); got != test.want {
			t.Errorf("%s: version %q, want %q", test.name, got, test.want)
		}
	}
}
