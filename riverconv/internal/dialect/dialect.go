// Package dialect names the two configuration languages that riverconv reads, and their versions.
package dialect

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Name is the name of a configuration language.
type Name string

const (
	// Flow is River, the language of Grafana Agent Flow.
	Flow Name = "flow"
	// Alloy is the language of Grafana Alloy.
	Alloy Name = "alloy"
)

// newest holds the last version of each language whose defaults are known. Flow ended with Agent 0.44.
var newest = map[Name]Version{Flow: {0, 44}, Alloy: {1, 18}}

// Version is a release of Grafana Agent or Grafana Alloy.
type Version struct{ Major, Minor int }

// Less reports whether v came before w.
func (v Version) Less(w Version) bool {
	return v.Major < w.Major || v.Major == w.Major && v.Minor < w.Minor
}

// String returns "major.minor".
func (v Version) String() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// Dialect is a language at one version; defaults and arguments depend on both.
type Dialect struct {
	Name    Name
	Version Version
}

// String returns the form that Parse reads, such as "alloy@1.18".
func (d Dialect) String() string { return string(d.Name) + "@" + d.Version.String() }

// Product returns the name of the program that reads the dialect.
func (d Dialect) Product() string {
	if d.Name == Alloy {
		return "Grafana Alloy"
	}
	return "Grafana Agent Flow"
}

// Newest returns the dialect at the last version that is known.
func Newest(n Name) Dialect { return Dialect{n, newest[n]} }

// Names lists the languages, in order of names.
func Names() []Name { return slices.Sorted(maps.Keys(newest)) }

// Parse reads "flow", "alloy", or either with a version, as in "flow@0.40" and "alloy@1.9.2". A name alone means its
// newest version; a patch release is accepted and does not matter. Of versions older than those whose defaults are
// recorded, the oldest record is taken.
func Parse(s string) (Dialect, error) {
	name, version, versioned := strings.Cut(s, "@")
	last, known := newest[Name(name)]
	if !known {
		return Dialect{}, fmt.Errorf("unknown dialect %q: use flow or alloy, with a version if you like, as in flow@0.40", s)
	}
	if !versioned {
		return Dialect{Name(name), last}, nil
	}
	v, err := ParseVersion(version)
	if err != nil {
		return Dialect{}, fmt.Errorf("dialect %q: %w", s, err)
	}
	if last.Less(v) {
		return Dialect{}, fmt.Errorf("dialect %q: %s is known up to version %s; use %s@%s", s, name, last, name, last)
	}
	return Dialect{Name(name), v}, nil
}

// ParseVersion reads "1.18", "v1.18" or "1.18.2".
func ParseVersion(s string) (Version, error) {
	parts := strings.Split(strings.TrimPrefix(s, "v"), ".")
	if len(parts) < 2 || len(parts) > 3 {
		return Version{}, fmt.Errorf("version %q is not of the form MAJOR.MINOR", s)
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 16)
		if err != nil {
			return Version{}, fmt.Errorf("version %q is not of the form MAJOR.MINOR", s)
		}
		n[i] = int(v)
	}
	return Version{n[0], n[1]}, nil
}
