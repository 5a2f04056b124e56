package main

import "github.com/otelcol-river/otelcol-river/internal/buildinfo"

// version is what --version shows and what the collector's own metrics carry. The one file here that is not generated.
var version = buildinfo.Version()
