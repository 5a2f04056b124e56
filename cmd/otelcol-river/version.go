// Program otelcol-river is the collector. version.go, gzip.go, codec.go and profile.go are written,
// default.pgo is what make profile measured, the other files are generated.
package main

import "github.com/otelcol-river/otelcol-river/internal/buildinfo"

// version is what --version shows and what the collector's own metrics carry.
var version = buildinfo.Version()
