package main

import (
	"fmt"
	"os"

	"github.com/otelcol-river/otelcol-river/internal/grpcgzip"
)

// init chooses the gzip of gRPC. That of package main runs after those of all packages it imports, so whatever they
// register is replaced. Whoever mistypes the choice wants another gzip, and is not to find out under load.
func init() {
	if err := grpcgzip.Register(os.Getenv(grpcgzip.Variable)); err != nil {
		fmt.Fprintln(os.Stderr, "otelcol-river:", err)
		os.Exit(1)
	}
}
