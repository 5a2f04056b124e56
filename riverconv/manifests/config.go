package manifests

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/yamltext"
)

// config is a configuration in a ConfigMap.
type config struct {
	parts []mounted // one, or the files of a folder
	// dialect is empty for River that no workload uses: then its name tells.
	dialect string
	users   []*run
	diags   diag.List
	result  *riverconv.Result // nil after an error
}

// String returns how diagnostics call the configuration.
func (c *config) String() string { return c.parts[0].String() }

// String returns how diagnostics call the key.
func (k mounted) String() string { return k.object.String() + ", key " + k.key.Value }

// healthPort is where the health_check extension of the collector answers.
const healthPort = "13133"

// findConfigs finds what each container reads.
func (m *migration) findConfigs() {
	byValue := map[*yaml.Node]*config{}
	for _, r := range m.runs {
		parts := m.partsOf(r)
		if len(parts) == 0 {
			continue
		}
		c := byValue[parts[0].value]
		if c == nil {
			c = &config{parts: parts, dialect: r.dialect.String()}
			byValue[parts[0].value] = c
			m.configs = append(m.configs, c)
		} else if c.dialect != r.dialect.String() {
			m.diags.Errorf(parts[0].object.at(parts[0].key), diag.OtherDialect,
				"give each its own key, or pass -dialect for both",
				"%s: %s reads it as %s, %s as %s", c, c.users[0], c.dialect, r, r.dialect)
			continue
		}
		r.config = c
		c.users = append(c.users, r)
	}
}

// partsOf finds the keys that hold the configuration of one container. There is none if it is not among the files.
func (m *migration) partsOf(r *run) (parts []mounted) {
	ending := endingOf(r.dialect.Name)
	for _, k := range m.mountedKeys(r) {
		inFolder := path.Dir(k.path) == r.call.path && path.Ext(k.path) == ending
		if k.path == r.call.path || inFolder {
			parts = append(parts, k)
			r.folder = inFolder
		}
	}
	o := r.pod.object
	switch {
	case len(parts) == 0 && m.opts.KeepRiver:
		m.diags.Warnf(o.at(r.call.at), diag.UnknownReference, "try it with riverconv convert",
			"%s: %s is in no ConfigMap of these files, and was not read", r, r.call.path)
	case len(parts) == 0:
		m.diags.Errorf(o.at(r.call.at), diag.UnknownReference,
			"pass the file with its ConfigMap, too, or let the collector read River with -keep-river",
			"%s: %s is in no ConfigMap of these files", r, r.call.path)
	case len(parts) > 1 && !m.opts.KeepRiver:
		m.diags.Errorf(o.at(r.call.at), diag.InvalidValue, "put them into one key, or keep them with -keep-river",
			"%s: %s holds several River files, which make one configuration", r, r.call.path)
		return nil
	case r.folder && !m.opts.KeepRiver:
		r.call.path = parts[0].path
	}
	return parts
}

// endingOf returns what the names of files end in that are read of a folder.
func endingOf(name dialect.Name) string {
	if name == dialect.Alloy {
		return ".alloy"
	}
	return ".river"
}

// findUnused finds River that no workload among the files reads, neither itself nor as a module.
func (m *migration) findUnused() (unused []*config) {
	used := m.modules
	for _, c := range m.configs {
		for _, part := range c.parts {
			used[part.value] = true
		}
	}
	for _, o := range m.objects {
		if o.kind != "ConfigMap" {
			continue
		}
		for _, e := range dataOf(o) {
			if !used[e.value] && isRiverName(e.key.Value) {
				part := mounted{e.key.Value, o, e.key, e.value}
				unused = append(unused, &config{parts: []mounted{part}, dialect: m.opts.Dialect})
			}
		}
	}
	return unused
}

// convertConfig converts a configuration and notes the change of its ConfigMap.
func (m *migration) convertConfig(c *config) {
	for _, part := range c.parts {
		if m.findTemplates(part.object, part.value) {
			return
		}
	}
	read := newReading(m, c)
	sources := read.sources()
	options := riverconv.Options{
		Dialect: c.dialect, Partial: m.opts.Partial, LookupEnv: read.lookupEnv, ReadModule: read.module,
	}
	for _, r := range c.users {
		if len(r.probes) > 0 {
			options.HealthCheck = "0.0.0.0:" + healthPort
		}
	}
	result, found := riverconv.Convert(sources, options)
	for _, d := range found {
		c.diags = append(c.diags, read.placed(d))
	}
	if found.HasErrors() {
		return
	}
	c.result = &result
	if m.opts.KeepRiver {
		return
	}
	text, err := result.YAML()
	part := c.parts[0]
	if err != nil {
		m.diags.Errorf(part.object.at(part.key), diag.InvalidValue, "report it", "%s: %v", c, err)
		return
	}
	m.setLines(part.object, part.value, string(text))
	m.rename(part)
	if len(c.users) == 0 {
		m.diags.Warnf(part.object.at(part.key), diag.AssumedDialect,
			"pass the workload that mounts it, too, or change by hand what names the key",
			"%s: no workload of these files reads it, so that only its name tells the dialect", c)
	}
}

// convertedMap returns the converted configuration as maps, or nil if there is none.
func (c *config) convertedMap() map[string]any {
	if c == nil || c.result == nil {
		return nil
	}
	return c.result.Map()
}

// exporters returns the settings of each exporter of a type in the converted configuration.
func (c *config) exporters(kind string) (all []map[string]any) {
	section, _ := c.convertedMap()["exporters"].(map[string]any)
	for id, body := range section {
		if name, _, _ := strings.Cut(id, "/"); name == kind {
			if settings, ok := body.(map[string]any); ok {
				all = append(all, settings)
			}
		}
	}
	return all
}

// riverURI returns the value of --config with which the collector reads the River of a container itself. The dialect
// stands in it where the names of the files do not tell it, or where an older release differs from the last.
func (m *migration) riverURI(r *run) string {
	uri := "river:" + r.call.path
	if r.config != nil && !r.folder && !strings.Contains(uri, "?") && m.sameWithoutDialect(r.config) {
		return uri
	}
	return uri + "?dialect=" + r.dialect.String()
}

// sameWithoutDialect reports whether a configuration converts to the same when only the names of its files tell the
// dialect.
func (m *migration) sameWithoutDialect(c *config) bool {
	read := newReading(m, c)
	sources := read.sources()
	for _, src := range sources {
		if !isRiverName(src.Name) {
			return false
		}
	}
	options := riverconv.Options{Partial: m.opts.Partial, LookupEnv: read.lookupEnv, ReadModule: read.module}
	byName, found := riverconv.Convert(sources, options)
	if found.HasErrors() {
		return false
	}
	options.Dialect = c.dialect
	told, found := riverconv.Convert(sources, options)
	if found.HasErrors() {
		return false
	}
	a, errA := byName.YAML()
	b, errB := told.YAML()
	return errA == nil && errB == nil && bytes.Equal(a, b)
}

// reading is the River of a configuration and its modules by the paths in the container, as the converter sees them.
type reading struct {
	migration *migration
	config    *config
	files     map[string]mounted
}

func newReading(m *migration, c *config) *reading {
	return &reading{m, c, map[string]mounted{}}
}

func (r *reading) sources() (all []riverconv.Source) {
	for _, part := range r.config.parts {
		all = append(all, r.source(part))
	}
	return all
}

func (r *reading) source(k mounted) riverconv.Source {
	r.files[k.path] = k
	return riverconv.Source{Name: k.path, Text: []byte(k.value.Value)}
}

// lookupEnv reads a variable that the container sets itself.
func (r *reading) lookupEnv(name string) (string, bool) {
	for _, user := range r.config.users {
		for _, v := range yamltext.Items(yamltext.Get(user.container, "env")) {
			if value := yamltext.Get(v, "value"); value != nil && yamltext.Text(v, "name") == name {
				return value.Value, true
			}
		}
	}
	return "", false
}

// module reads what the configuration imports: a key that the container sees, or those of a folder.
func (r *reading) module(name, of string) (found []riverconv.Source, err error) {
	ending := endingOf(dialect.Name(of))
	for _, user := range r.config.users {
		for _, k := range r.migration.mountedKeys(user) {
			if k.path == path.Clean(name) || path.Dir(k.path) == path.Clean(name) && path.Ext(k.path) == ending {
				r.migration.modules[k.value] = true
				found = append(found, r.source(k))
			}
		}
	}
	if len(found) == 0 {
		return nil, fs.ErrNotExist
	}
	return found, nil
}

// placed takes a diagnostic to its place in the manifest, and names the object and the key.
func (r *reading) placed(d diag.Diagnostic) diag.Diagnostic {
	k, ok := r.files[d.Range.File]
	if !ok {
		k = r.config.parts[0]
	}
	where := k.String()
	start, exact := k.object.inside(k.value, d.Range.Start)
	if !exact {
		where += fmt.Sprintf(", line %d", d.Range.Start.Line)
	}
	end, _ := k.object.inside(k.value, d.Range.End)
	d.Range = diag.Range{File: start.File, Start: start.Start, End: end.End}
	d.Summary = where + ": " + r.withPlaces(d.Summary, k)
	d.Detail = r.withPlaces(d.Detail, k)
	return d
}

// otherPlace matches a place that a diagnostic names beside its own, with or without the file.
var otherPlace = regexp.MustCompile(`\bat (?:(\S+):)?([0-9]+):([0-9]+)\b`)

// withPlaces takes the places that a text names to the manifest.
func (r *reading) withPlaces(text string, own mounted) string {
	return otherPlace.ReplaceAllStringFunc(text, func(found string) string {
		m := otherPlace.FindStringSubmatch(found)
		k, ok := r.files[m[1]]
		switch {
		case m[1] == "":
			k = own
		case !ok:
			return found
		}
		line, errLine := strconv.Atoi(m[2])
		column, errColumn := strconv.Atoi(m[3])
		if errLine != nil || errColumn != nil {
			return found
		}
		where, _ := k.object.inside(k.value, diag.Point{Line: line, Column: column})
		return "at " + where.String()
	})
}
