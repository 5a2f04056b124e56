package manifests

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/yamltext"
)

// pod is the part of a workload that says what runs.
type pod struct {
	object     *object
	spec       *yaml.Node
	containers []*yaml.Node
}

// account returns the name of the service account.
func (p *pod) account() string {
	return cmp.Or(yamltext.Text(p.spec, "serviceAccountName"), yamltext.Text(p.spec, "serviceAccount"), "default")
}

// run is a container that runs Grafana Agent Flow or Grafana Alloy.
type run struct {
	pod       *pod
	container *yaml.Node
	dialect   dialect.Dialect
	call      call
	folder    bool    // call.path is one
	port      string  // of its own HTTP server
	probes    []probe // that ask this server
	config    *config // what it reads; nil if that is not known
	granted   *object // the role that lets it read the endpoints that it sends to
}

// String returns how diagnostics call the container.
func (r *run) String() string {
	if name := yamltext.Text(r.container, "name"); name != "" {
		return r.pod.object.String() + ", container " + name
	}
	return r.pod.object.String()
}

// podPaths say where each kind of workload keeps its pod.
var podPaths = map[string][]string{
	"Pod":                   {"spec"},
	"Deployment":            {"spec", "template", "spec"},
	"StatefulSet":           {"spec", "template", "spec"},
	"DaemonSet":             {"spec", "template", "spec"},
	"ReplicaSet":            {"spec", "template", "spec"},
	"ReplicationController": {"spec", "template", "spec"},
	"Job":                   {"spec", "template", "spec"},
	"CronJob":               {"spec", "jobTemplate", "spec", "template", "spec"},
}

// findRuns finds all pods, and the containers in them that run River.
func (m *migration) findRuns() {
	for _, o := range m.objects {
		where, ok := podPaths[o.kind]
		if !ok {
			continue
		}
		p := &pod{object: o, spec: yamltext.Get(o.root, where...)}
		for _, list := range []string{"containers", "initContainers"} {
			p.containers = append(p.containers, yamltext.Items(yamltext.Get(p.spec, list))...)
		}
		m.pods = append(m.pods, p)
		found := len(m.runs)
		for _, c := range p.containers {
			if r := m.runOf(p, c); r != nil {
				m.runs = append(m.runs, r)
			}
		}
		if len(m.runs) > found {
			m.findReloaders(p)
			m.findTemplates(o, o.root)
		}
	}
}

// runOf reads how a container runs River. It returns nil if it does not, or if that cannot be told, which is reported.
func (m *migration) runOf(p *pod, container *yaml.Node) *run {
	image := yamltext.Get(container, "image")
	product, tag, ok := productOf(valueOf(image))
	if !ok {
		return nil
	}
	r := &run{pod: p, container: container}
	if !m.readCall(r, product) {
		return nil
	}
	r.dialect = m.dialectOf(r, image, product, tag)
	r.port = cmp.Or(r.call.port, "12345")
	m.findProbes(r)
	return r
}

// productOf tells by an image whether it is Grafana Agent or Alloy, and its tag.
func productOf(image string) (product dialect.Name, tag string, ok bool) {
	image, _, _ = strings.Cut(image, "@")
	repository := image
	if i := strings.LastIndexByte(image, ':'); i > strings.LastIndexByte(image, '/') {
		repository, tag = image[:i], image[i+1:]
	}
	if path.Base(path.Dir(repository)) != "grafana" {
		return "", "", false
	}
	switch path.Base(repository) {
	case "agent":
		return dialect.Flow, tag, true
	case "alloy":
		return dialect.Alloy, tag, true
	}
	return "", "", false
}

// dialectOf tells by the tag of an image which release of the language it reads.
func (m *migration) dialectOf(r *run, image *yaml.Node, product dialect.Name, tag string) dialect.Dialect {
	o := r.pod.object
	if m.opts.Dialect != "" {
		d, err := dialect.Parse(m.opts.Dialect)
		if err != nil {
			m.diags.Errorf(o.at(image), diag.InvalidValue, "correct the option", "%v", err)
		}
		return d
	}
	version, _, _ := strings.Cut(tag, "-") // v1.9.0-boringcrypto
	d, err := dialect.Parse(string(product) + "@" + version)
	if err != nil {
		d = dialect.Newest(product)
		m.diags.Warnf(o.at(image), diag.AssumedDialect,
			"pass -dialect "+string(product)+"@VERSION if it was an older release",
			"%s: the tag of the image %q does not name a release that is known; %s %s is assumed", r, image.Value,
			d.Product(), d.Version)
	}
	return d
}

// probe asks a container whether it is alive or ready.
type probe struct {
	name   string
	action *yaml.Node // httpGet or tcpSocket
}

// findProbes finds the probes that ask River's own HTTP server.
func (m *migration) findProbes(r *run) {
	for _, name := range []string{"startupProbe", "livenessProbe", "readinessProbe"} {
		for _, kind := range []string{"httpGet", "tcpSocket"} {
			action := yamltext.Get(r.container, name, kind)
			if action != nil && r.isOwnPort(yamltext.Text(action, "port")) {
				r.probes = append(r.probes, probe{name, action})
			}
		}
		command := yamltext.Get(r.container, name, "exec", "command")
		asksOwnPort := func(word string) bool { return strings.Contains(word, ":"+r.port) }
		if slices.ContainsFunc(values(yamltext.Items(command)), asksOwnPort) {
			m.diags.Warnf(r.pod.object.at(command), diag.NoCounterpart, "write a probe with httpGet on port "+healthPort,
				"%s: nothing answers this %s on port %s any more", r, name, r.port)
		}
	}
}

// isOwnPort reports whether a number or the name of a port means River's own HTTP server.
func (r *run) isOwnPort(port string) bool {
	for _, p := range yamltext.Items(yamltext.Get(r.container, "ports")) {
		if yamltext.Text(p, "name") == port && port != "" {
			port = yamltext.Text(p, "containerPort")
		}
	}
	return port == r.port
}

// findReloaders warns of containers that tell River to read its files again: the collector has no such address.
func (m *migration) findReloaders(p *pod) {
	for _, c := range p.containers {
		for _, list := range []string{"command", "args"} {
			for _, word := range yamltext.Items(yamltext.Get(c, list)) {
				if strings.Contains(valueOf(word), "/-/reload") {
					m.diags.Warnf(p.object.at(word), diag.NoCounterpart,
						"take the container out, and restart the pods when the ConfigMap changes; SIGHUP reloads, too",
						"%s: the collector has no address to reload its configuration", p.object)
				}
			}
		}
	}
}
