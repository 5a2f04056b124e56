// Package buildinfo tells what a program was built from. The go command writes that into each binary: the version from
// git's tags, the commit and its date. Nothing is set by the linker, so every build of a commit says the same.
package buildinfo

import (
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/mod/module"
)

// Version is the version of the running program in the form of semver.org, without a "v" in front: the release with its
// commit and date (UTC) behind a plus, as in 0.1.0+4f2a91c07b3e.20261201T120000Z; between releases what go makes of
// the commit, as in 0.1.1-0.20261203091500-9c1e55d0a7f2. Files that were not committed add "+dirty". Where the go
// command knew nothing it is 0.0.0-unknown.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return unknown
	}
	return version(info)
}

const unknown = "0.0.0-unknown"

// commitDigits is how much of a commit go shows, too.
const commitDigits = 12

func version(info *debug.BuildInfo) string {
	if !strings.HasPrefix(info.Main.Version, "v") { // (devel): built without git
		return unknown
	}
	release, metadata, _ := strings.Cut(strings.TrimPrefix(info.Main.Version, "v"), "+")
	var behind []string
	if metadata != "" {
		behind = append(behind, metadata)
	}
	if !module.IsPseudoVersion(info.Main.Version) { // one of those has commit and date in it
		behind = append(behind, commit(info)...)
	}
	if len(behind) == 0 {
		return release
	}
	return release + "+" + strings.Join(behind, ".")
}

// commit is the commit and its date. A program that was built from a module, as go install does, has neither.
func commit(info *debug.BuildInfo) (parts []string) {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if revision := settings["vcs.revision"]; revision != "" {
		parts = append(parts, revision[:min(commitDigits, len(revision))])
	}
	if at, err := time.Parse(time.RFC3339, settings["vcs.time"]); err == nil {
		parts = append(parts, at.UTC().Format("20060102T150405Z"))
	}
	return parts
}
