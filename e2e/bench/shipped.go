package main

import (
	"os"
	"path/filepath"
	"strings"
)

// shipped are the settings of Go's runtime that packages and image have, NAME=VALUE, separated by spaces: what is
// measured is what users get.
func shipped(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, "packaging", "otelcol-river.env"))
	if err != nil {
		return "", err
	}
	var settings []string
	for line := range strings.Lines(string(text)) {
		name, value, found := strings.Cut(strings.TrimSpace(line), "=")
		if found && strings.HasPrefix(name, "GO") {
			settings = append(settings, name+"="+strings.Trim(value, `"`))
		}
	}
	return strings.Join(settings, " "), nil
}
