// Program otelcol-river is the collector. version.go and gzip.go are written, the other files are generated.
package main

import "github.com/otelcol-river/otelcol-river/internal/buildinfo"

// version is what --version shows and what the collector's own metrics carry.
var version = buildinfo.Version()
