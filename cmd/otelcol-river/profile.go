//go:build profile

package main

import (
	"fmt"
	"net/http"
	_ "net/http/pprof" // what make profile asks
	"os"
)

// init lets make profile ask this build, and no other, for profiles of its CPU, at the address in OTELCOL_RIVER_PROFILE.
func init() {
	addr := os.Getenv("OTELCOL_RIVER_PROFILE")
	if addr == "" {
		return
	}
	go func() {
		fmt.Fprintln(os.Stderr, "otelcol-river: no profiles:", http.ListenAndServe(addr, nil)) //nolint:gosec // no service
	}()
}
