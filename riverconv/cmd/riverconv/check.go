package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
)

// collectorName is the collector that check looks for beside riverconv, and then in PATH.
const collectorName = "otelcol-river"

func runCheck(inv *invocation) int {
	c := newConversion(inv)
	collector := inv.flags.String("collector", "",
		"let the collector `FILE` validate the result (default: otelcol-river, beside riverconv or in PATH)")
	if code, ok := c.parse(); !ok {
		return code
	}
	binary, err := findCollector(*collector)
	if err != nil {
		return inv.badUsage("%v", err)
	}
	result, diags, ok := c.convert()
	if !ok {
		return exitErrors
	}
	complaints, err := validate(binary, result)
	if err != nil {
		c.print(diags)
		fmt.Fprintln(inv.stderr, "riverconv:", err)
		return exitErrors
	}
	diags = append(diags, complaints...)
	diags.Sort()
	c.print(diags)
	if diags.HasErrors() {
		return exitErrors
	}
	fmt.Fprintln(inv.stdout, "ok: the collector accepts the converted configuration")
	return exitOK
}

func findCollector(given string) (string, error) {
	if given != "" {
		return given, nil
	}
	if self, err := os.Executable(); err == nil {
		beside := filepath.Join(filepath.Dir(self), collectorName)
		if _, err := os.Stat(beside); err == nil {
			return beside, nil
		}
	}
	found, err := exec.LookPath(collectorName)
	if err != nil {
		return "", fmt.Errorf("%s is neither beside riverconv nor in PATH: pass -collector FILE", collectorName)
	}
	return found, nil
}

// validate runs the collector's own validation and returns its complaints as diagnostics at the River lines.
func validate(collector string, result riverconv.Result) (found diag.List, err error) {
	text, err := result.YAML()
	if err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp("", "riverconv")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	file := filepath.Join(folder, "config.yaml")
	if err := os.WriteFile(file, text, secretMode); err != nil {
		return nil, err
	}
	var stderr bytes.Buffer
	cmd := exec.Command(collector, "validate", "--config=file:"+file)
	cmd.Stderr = &stderr
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil, nil
	case !errors.As(err, &exit):
		return nil, fmt.Errorf("cannot run the collector: %w", err)
	}
	return complaints(stderr.String(), result), nil
}

// configPath matches the path that opens a line of the collector's complaints.
var configPath = regexp.MustCompile(`^(?:\* )?'?` +
	`((?:receivers|processors|exporters|connectors|extensions|service)(?:::[^:'\s]+)+)'?[: ]`)

// quotedComponent matches a component that a complaint without a path names.
var quotedComponent = regexp.MustCompile(`(receiver|processor|exporter|connector|extension)s? "([^"]+)"`)

// complaints turns each line of the collector's message into a diagnostic at the text that made what it complains of.
func complaints(message string, result riverconv.Result) (diags diag.List) {
	message = strings.TrimPrefix(strings.TrimSpace(message), "Error: ")
	for line := range strings.Lines(message) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		path := ""
		if m := configPath.FindStringSubmatch(line); m != nil {
			path = m[1]
		} else if m := quotedComponent.FindStringSubmatch(line); m != nil {
			path = m[1] + "s::" + m[2]
		}
		diags.Errorf(result.Source(path), diag.CollectorRejects,
			"correct what made it, or report it: a converted configuration should be valid", "%s", line)
	}
	return diags
}
