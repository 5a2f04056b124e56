package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/manifests"
)

func prepareManifests(inv *invocation) (run func() int) {
	c := newConversion(inv)
	c.declareFormat()
	c.readPath = readManifest
	folder := inv.flags.String("o", "", "write the files into `FOLDER` instead of standard output")
	inPlace := inv.flags.Bool("w", false, "write the files in place of those that were read")
	opts := manifests.Options{}
	inv.flags.BoolVar(&opts.KeepRiver, "keep-river", false, "leave the River in the ConfigMaps, for the collector to read")
	inv.flags.StringVar(&opts.Image, "image", manifests.DefaultImage, "run `IMAGE` in place of Grafana Agent and Alloy, "+
		"by default that of this release")
	return func() int { return c.runManifests(opts, *folder, *inPlace) }
}

func (c *conversion) runManifests(opts manifests.Options, folder string, inPlace bool) int {
	if code, ok := c.read(); !ok {
		return code
	}
	opts.Dialect, opts.Partial = c.dialect, c.partial
	if len(c.sources) == 1 && c.sources[0].Name == stdinName && manifests.IsResourceList(c.sources[0]) {
		return c.runFunction(opts)
	}
	targets, err := c.targets(folder, inPlace)
	if err != nil {
		return c.inv.badUsage("%v", err)
	}
	if code, ok := c.spares(c.sources, targets...); !ok && !inPlace {
		return code
	}
	diags := c.unread
	var result manifests.Result
	if !diags.HasErrors() {
		result, diags = manifests.Convert(c.sources, opts)
	}
	c.print(diags)
	if c.failsFor(diags) {
		return exitErrors
	}
	if targets == nil {
		_, err = c.inv.stdout.Write(joined(result.Files))
	} else {
		var outputs []output
		for i, f := range result.Files {
			outputs = append(outputs, output{targets[i], f.Text, result.HoldsSecret()})
		}
		err = replaceFiles(outputs)
	}
	if err != nil {
		fmt.Fprintln(c.inv.stderr, "riverconv:", err)
		return exitErrors
	}
	return exitOK
}

// readManifest reads one file.
func readManifest(path string) ([]riverconv.Source, diag.List) {
	var diags diag.List
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		diags.Errorf(diag.Range{File: path}, diag.NoInput, "pass the files in it", "it is a folder")
		return nil, diags
	}
	return riverconv.Read(path, "")
}

// targets returns where each source is to be written, or nil for standard output.
func (c *conversion) targets(folder string, inPlace bool) (paths []string, err error) {
	if folder == "" && !inPlace {
		return nil, nil
	}
	if folder != "" && inPlace {
		return nil, errors.New("-o and -w exclude each other")
	}
	taken := map[string]string{}
	for _, src := range c.sources {
		target := src.Name
		if folder != "" {
			target = filepath.Join(folder, filepath.Base(src.Name))
		}
		switch {
		case src.Name == stdinName:
			return nil, errors.New("standard input has no name to write to: pass files, or leave -o and -w out")
		case taken[target] != "":
			return nil, fmt.Errorf("%s and %s would both be written to %s", taken[target], src.Name, target)
		}
		taken[target] = src.Name
		paths = append(paths, target)
	}
	return paths, nil
}

// runFunction runs as a function of kustomize and kpt: whatever happens, a list goes to standard output, with the
// diagnostics as its results.
func (c *conversion) runFunction(opts manifests.Options) int {
	out, diags := manifests.Function(c.sources[0], opts)
	c.print(diags)
	if _, err := c.inv.stdout.Write(out); err != nil {
		fmt.Fprintln(c.inv.stderr, "riverconv:", err)
		return exitErrors
	}
	if c.failsFor(diags) {
		return exitErrors
	}
	return exitOK
}

// joined returns the files as one stream of documents.
func joined(files []manifests.File) []byte {
	var out bytes.Buffer
	for i, f := range files {
		if i > 0 && !bytes.HasPrefix(f.Text, []byte("---")) {
			out.WriteString("---\n")
		}
		out.Write(f.Text)
		if i+1 < len(files) && !bytes.HasSuffix(f.Text, []byte("\n")) {
			out.WriteString("\n")
		}
	}
	return out.Bytes()
}
