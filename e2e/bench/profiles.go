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

// writeProfiles writes a CPU profile of our collector for each cell of the core. All are as long, so that those who
// merge them give each cell the same weight.
func writeProfiles(ctx context.Context, folder string) error {
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	for _, c := range cells.Core() {
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
