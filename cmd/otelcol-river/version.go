// Program otelcol-river is the collector. This file is the only one here that the builder does not generate.
package main

import "github.com/otelcol-river/otelcol-river/internal/buildinfo"

// version is what --version shows and what the collector's own metrics carry.
var version = buildinfo.Version()
