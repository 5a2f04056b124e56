package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/bench/cells"
	"github.com/otelcol-river/otelcol-river/e2e/bench/measure"
)

// profileLength is how long each cell is profiled: some hundred samples of whatever takes a percent of the time, over
// all cells.
const profileLength = 10 * time.Second

// profiled are the cells that tell what is hot: the core, and a cell of each way through otlp_balancer.
func profiled() ([]cells.Cell, error) {
	balancer, err := cells.Named("balancer/none-none/500/3", "balancer/gzip-gzip/500/100",
		"balancer-exporter/gzip-gzip/500/3", "balancer-logs/gzip-gzip/500/3")
	return append(cells.Core(), balancer...), err
}

// writeProfiles writes a CPU profile of our collector for each of these. All are as long, so that those who merge them
// give each cell the same weight.
func writeProfiles(ctx context.Context, folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	some, err := profiled()
	if err != nil {
		return err
	}
	for _, c := range some {
		fmt.Println("profile of", c.Name())
		profile, err := measure.Profile(ctx, c, profileLength)
		if err != nil {
			return err
		}
		file := filepath.Join(folder, strings.ReplaceAll(c.Name(), "/", "_")+".pprof")
		if err := os.WriteFile(file, profile, 0o600); err != nil {
			return err
		}
	}
	return nil
}
