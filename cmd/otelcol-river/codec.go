package main

import "github.com/otelcol-river/otelcol-river/internal/grpccodec"

// init chooses the codec of gRPC, after all packages that register one.
func init() { grpccodec.Register() }
