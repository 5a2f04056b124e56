package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
)

// collectorName is the collector that check looks for beside riverconv, and then in PATH.
const collectorName = "otelcol-river"

func prepareCheck(inv *invocation) (run func() int) {
	c := newConversion(inv)
	c.declareProfile()
	c.declareTarget()
	c.declareFormat()
	collector := inv.flags.String("collector", "",
		"let the collector `FILE` validate the result (default: otelcol-river, beside riverconv or in PATH)")
	return func() int { return c.runCheck(*collector) }
}

func (c *conversion) runCheck(collector string) int {
	if code, ok := c.read(); !ok {
		return code
	}
	binary, err := findCollector(collector)
	if err != nil {
		return c.inv.badUsage("%v", err)
	}
	result, diags, ok := c.convert()
	if !ok {
		return exitErrors
	}
	complaints, err := validate(binary, result)
	if err != nil {
		c.print(diags)
		fmt.Fprintln(c.inv.stderr, "riverconv:", err)
		return exitErrors
	}
	diags = append(diags, complaints...)
	diags.Sort()
	c.print(diags)
	if diags.HasErrors() {
		return exitErrors
	}
	fmt.Fprintln(c.inv.stdout, "ok: the collector accepts the converted configuration")
	return exitOK
}

func findCollector(given string) (string, error) {
	if given != "" {
		if _, err := exec.LookPath(given); err != nil {
			return "", fmt.Errorf("cannot run the collector: %w", err)
		}
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

// announcement ends a line that says where the errors on the lines below it are.
const announcement = "the following error(s):"

var (
	// section matches the start of an announcement that does not continue the last.
	section = regexp.MustCompile(`^'?(receivers|processors|exporters|connectors|extensions|service)\b`)
	word    = regexp.MustCompile(`[A-Za-z0-9_/]+`)
	// component and itsName match what a complaint without a path calls a component, in either order.
	component = regexp.MustCompile(`(receiver|processor|exporter|connector|extension)s? "([^"]+)"`)
	itsName   = regexp.MustCompile(`"([^"]+)" (receiver|processor|exporter|connector|extension)`)
)

// complaints turns the lines of the collector's message into diagnostics at the text that made what they complain of.
func complaints(message string, result riverconv.Result) (diags diag.List) {
	detail := "correct what made it, or report it: a converted configuration should be valid"
	if names := unset(result); len(names) > 0 {
		detail = "these variables are not set here: " + strings.Join(names, ", ") +
			"; set them as the collector will have them, and check again"
	}
	var context []string
	told := map[string]bool{}
	for line := range strings.Lines(strings.TrimPrefix(message, "Error: ")) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		words := word.FindAllString(line, -1)
		if strings.HasSuffix(line, announcement) {
			if section.MatchString(line) {
				context = nil
			}
			context = append(context, words...)
			continue
		}
		at := place(slices.Concat(context, words), result)
		if at.IsZero() {
			at = placeOfComponent(line, result)
		}
		path, reason, found := strings.Cut(line, ": ")
		if !found {
			reason = path
		}
		// The collector checks some settings twice, under two paths.
		if once := at.String() + " " + reason; !told[once] {
			told[once] = true
			diags.Errorf(at, diag.CollectorRejects, detail, "%s", line)
		}
	}
	if len(diags) == 0 {
		diags.Errorf(diag.Range{}, diag.CollectorRejects,
			"run the collector's validate command on the converted configuration",
			"the collector rejects the configuration and does not say why")
	}
	return diags
}

// variable matches a variable that the collector reads.
var variable = regexp.MustCompile(`\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}`)

// unset returns the variables of a configuration that are empty here.
func unset(result riverconv.Result) (names []string) {
	text, _ := result.YAML() // it has been written before
	for _, m := range variable.FindAllSubmatch(text, -1) {
		if name := string(m[1]); os.Getenv(name) == "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// placeOfComponent returns the text that made the component that a complaint names.
func placeOfComponent(line string, result riverconv.Result) diag.Range {
	if m := component.FindStringSubmatch(line); m != nil {
		return result.Source(m[1] + "s::" + m[2])
	}
	if m := itsName.FindStringSubmatch(line); m != nil {
		return result.Source(m[2] + "s::" + m[1])
	}
	return diag.Range{}
}

// place returns the text that made what a complaint names: it follows those words that are keys of the configuration,
// each below the last. The collector's paths also hold names of Go fields, which are no keys.
func place(words []string, result riverconv.Result) diag.Range {
	var node any = result.Map()
	var path []string
	for _, w := range words {
		var next any
		switch n := node.(type) {
		case map[string]any:
			next = n[w]
		case []any:
			if i, err := strconv.Atoi(w); err == nil && i >= 0 && i < len(n) {
				next = n[i]
			}
		}
		if next != nil {
			node, path = next, append(path, w)
		}
	}
	return result.Source(strings.Join(path, "::"))
}
