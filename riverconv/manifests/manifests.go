// Package manifests turns Kubernetes manifests that run Grafana Agent Flow or Grafana Alloy into manifests that run
// otelcol-river: image, arguments, the River in ConfigMaps, probes and the permission to read endpoints. What does not
// change stays as it was, byte for byte, with comments, blank lines and alignment.
//
// Nothing but the files that are passed is read; the result is the same for the same files and options.
package manifests

import (
	"cmp"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/yamltext"
)

// DefaultImage is the image that takes the place of Grafana Agent and Alloy.
const DefaultImage = "ghcr.io/otelcol-river/otelcol-river:0.1.0"

// Options change how manifests are converted.
type Options struct {
	// Image takes the place of the images of Grafana Agent and Alloy. It is DefaultImage when empty.
	Image string
	// KeepRiver leaves the River in the ConfigMaps as it is; the collector reads it with --config=river:PATH.
	KeepRiver bool
	// Dialect is the dialect of all River in the files. When it is empty, the tag of the image tells it.
	Dialect string
	// Partial leaves out components that are not converted, with a warning each, where they would be errors.
	Partial bool
}

// Edit puts New in place of the bytes of a file from Start up to End.
type Edit = yamltext.Edit

// File is one file after the conversion.
type File struct {
	Name string
	Text []byte
	// Edits lead from the text before to this one. They are in order and do not overlap.
	Edits []Edit
}

// Result is a set of converted files, in the order in which they were passed.
type Result struct {
	Files       []File
	holdsSecret bool
}

// HoldsSecret reports whether a password, key or header value stands in the converted configuration itself, in a
// ConfigMap. Such a file should be readable by its owner alone.
func (r Result) HoldsSecret() bool { return r.holdsSecret }

// Convert converts the manifests in files, which belong together: a workload in one may mount a ConfigMap of another.
// The diagnostics are sorted by place. If any of them is an error, there is no result.
func Convert(files []riverconv.Source, opts Options) (Result, diag.List) {
	m := &migration{opts: opts, modules: map[*yaml.Node]bool{}}
	m.opts.Image = cmp.Or(opts.Image, DefaultImage)
	result := m.convert(files)
	m.diags.Sort()
	return result, m.diags
}

// migration is a set of files while it is converted.
type migration struct {
	opts    Options
	diags   diag.List
	files   []*file
	objects []*object
	pods    []*pod
	runs    []*run
	configs []*config
	modules map[*yaml.Node]bool // the values that a configuration imports
}

// convert is the path of data. The files change in memory only, and all that is wrong is told at once.
func (m *migration) convert(files []riverconv.Source) Result {
	m.parse(files)
	if m.diags.HasErrors() {
		return Result{}
	}
	m.findRuns()
	m.findConfigs()
	for _, c := range m.configs {
		m.convertConfig(c)
	}
	for _, c := range m.findUnused() { // what is imported is known now
		m.convertConfig(c)
		m.configs = append(m.configs, c)
	}
	if len(m.runs)+len(m.configs) == 0 {
		m.reportNothing(files)
		return Result{}
	}
	for _, r := range m.runs {
		m.changeContainer(r)
	}
	m.grantPermissions()
	for _, c := range m.configs {
		m.diags = append(m.diags, c.diags...)
	}
	if m.diags.HasErrors() {
		return Result{}
	}
	return m.apply()
}

func (m *migration) reportNothing(files []riverconv.Source) {
	detail := "pass manifests with a workload that runs grafana/agent or grafana/alloy, or with River in a ConfigMap"
	for i, f := range m.files {
		if strings.Contains(string(files[i].Text), openTemplate) {
			detail = renderFirst
		}
		m.diags.Errorf(f.firstPlace(), diag.NoInput, detail, "the manifests hold no River")
	}
	if len(m.files) == 0 {
		m.diags.Errorf(diag.Range{}, diag.NoInput, detail, "there is nothing to convert")
	}
}

// apply writes the changes of all files.
func (m *migration) apply() (result Result) {
	for _, f := range m.files {
		text, edits, err := f.Apply()
		if err != nil {
			m.diags.Errorf(f.firstPlace(), diag.InvalidValue,
				"write what runs Grafana Agent or Alloy in the usual form, each key on a line of its own",
				"it cannot be changed in place: %v", err)
			continue
		}
		result.Files = append(result.Files, File{f.name, text, edits})
	}
	for _, c := range m.configs {
		result.holdsSecret = result.holdsSecret || !m.opts.KeepRiver && c.result.HoldsSecret()
	}
	if m.diags.HasErrors() {
		return Result{}
	}
	return result
}

// set, setInt, setLines, remove and insert note a change of a node of an object. A node that stands in several places
// through an anchor is not changed: what belongs to it in the other places is not known.
func (m *migration) set(o *object, n *yaml.Node, value string) {
	if m.mayChange(o, n) {
		m.refuse(o, n, o.file.Set(n, value))
	}
}

func (m *migration) setInt(o *object, n *yaml.Node, value string) {
	if m.mayChange(o, n) {
		m.refuse(o, n, o.file.SetInt(n, value))
	}
}

func (m *migration) setLines(o *object, n *yaml.Node, value string) {
	if m.mayChange(o, n) {
		m.refuse(o, n, o.file.SetLines(n, value))
	}
}

func (m *migration) remove(o *object, n *yaml.Node) {
	if m.mayChange(o, n) {
		o.file.Remove(n)
	}
}

func (m *migration) insert(o *object, after, added *yaml.Node) {
	if m.mayChange(o, after) {
		o.file.Insert(after, added)
	}
}

func (m *migration) mayChange(o *object, n *yaml.Node) bool {
	anchor := o.file.Shared(n)
	if anchor == "" {
		return true
	}
	m.refuse(o, n, fmt.Errorf("it stands in several places through the anchor %q", anchor))
	return false
}

func (m *migration) refuse(o *object, n *yaml.Node, err error) {
	if err != nil {
		m.diags.Errorf(o.at(n), diag.InvalidValue, "write it out where it is used", "%s: it cannot be changed: %v", o, err)
	}
}

// valueOf returns the value of a scalar that may be missing.
func valueOf(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	return n.Value
}

// values returns the values of a list of words.
func values(nodes []*yaml.Node) (all []string) {
	for _, n := range nodes {
		all = append(all, valueOf(n))
	}
	return all
}
