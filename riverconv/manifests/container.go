package manifests

import (
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/yamltext"
)

// changeContainer notes what changes where a container runs River.
func (m *migration) changeContainer(r *run) {
	o := r.pod.object
	m.set(o, yamltext.Get(r.container, "image"), m.opts.Image)
	m.changeArguments(r, m.argumentsOf(r))
	m.dropMode(r)
	m.changeProbes(r)
	for _, p := range yamltext.Items(yamltext.Get(r.container, "ports")) {
		if port := yamltext.Get(p, "containerPort"); valueOf(port) == r.port {
			m.diags.Warnf(o.at(port), diag.NoCounterpart, "take it out, with the Services and monitors that use it",
				"%s: nothing listens on port %s any more", r, r.port)
		}
	}
}

// argumentsOf returns the arguments of the collector.
func (m *migration) argumentsOf(r *run) []string {
	if !m.opts.KeepRiver {
		return []string{"--config=" + renamed(r.call.path)}
	}
	arguments := []string{"--config=" + m.riverURI(r)}
	if len(r.probes) == 0 || r.config == nil {
		return arguments
	}
	// A list replaces the one that the River makes, so it has to hold that, too.
	return append(arguments,
		"--config=yaml:extensions::health_check::endpoint: 0.0.0.0:"+healthPort,
		"--config=yaml:service::extensions: ["+strings.Join(extensionsOf(r.config), ", ")+"]")
}

// extensionsOf returns the extensions of a converted configuration.
func extensionsOf(c *config) (ids []string) {
	service, _ := c.convertedMap()["service"].(map[string]any)
	list, _ := service["extensions"].([]any)
	for _, id := range list {
		if text, ok := id.(string); ok {
			ids = append(ids, text)
		}
	}
	return ids
}

// changeArguments puts the arguments in place of those of River. The command goes: the image knows its own.
func (m *migration) changeArguments(r *run, arguments []string) {
	o := r.pod.object
	commandKey, command := yamltext.Lookup(r.container, "command")
	argsKey, args := yamltext.Lookup(r.container, "args")
	old := yamltext.Items(args)
	switch {
	case len(old) > 0:
		if commandKey != nil {
			m.remove(o, commandKey)
		}
	case len(yamltext.Items(command)) > 0:
		old = yamltext.Items(command)
		m.set(o, commandKey, "args")
		if argsKey != nil {
			m.remove(o, argsKey)
		}
	default:
		image, _ := yamltext.Lookup(r.container, "image")
		m.insert(o, image, yamltext.Map(yamltext.Entry{Key: "args", Value: yamltext.Words(arguments...)}))
		return
	}
	m.set(o, old[0], arguments[0])
	for _, argument := range arguments[1:] {
		m.insert(o, old[0], yamltext.Word(argument))
	}
	for _, word := range old[1:] {
		m.remove(o, word)
	}
}

// dropMode removes the variable that chooses between the modes of Grafana Agent.
func (m *migration) dropMode(r *run) {
	key, env := yamltext.Lookup(r.container, "env")
	variables := yamltext.Items(env)
	for i, v := range variables {
		if yamltext.Text(v, "name") != "AGENT_MODE" {
			continue
		}
		if len(variables) == 1 {
			m.remove(r.pod.object, key)
			return
		}
		m.remove(r.pod.object, yamltext.Resolve(env).Content[i])
	}
}

// changeProbes lets the probes that asked River's server ask the health_check extension.
func (m *migration) changeProbes(r *run) {
	o := r.pod.object
	for i, p := range r.probes {
		m.setInt(o, yamltext.Get(p.action, "port"), healthPort)
		if where := yamltext.Get(p.action, "path"); where != nil {
			m.set(o, where, "/")
		}
		if scheme := yamltext.Get(p.action, "scheme"); scheme != nil {
			m.set(o, scheme, "HTTP")
		}
		if i > 0 {
			continue
		}
		detail := "the extension stands in the converted configuration; it answers as soon as the collector runs"
		if m.opts.KeepRiver {
			detail = "the extension stands in the arguments; an extension that comes to the River later has to be added there"
		}
		m.diags.Warnf(o.at(p.action), diag.ChangedBehavior, detail,
			"%s: probes ask the health_check extension of the collector on port %s", r, healthPort)
	}
	if len(r.probes) > 0 && r.config == nil {
		m.diags.Errorf(o.at(r.probes[0].action), diag.UnknownReference,
			"pass the file with its ConfigMap, too, so that the extension can be added to the configuration",
			"%s: there is no configuration that could hold the health_check extension", r)
	}
}
