package manifests

import (
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/nearest"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/yamltext"
)

// call is what the words of a container's command and args say.
type call struct {
	path string     // of the configuration
	at   *yaml.Node // the word that says so, or else what stands for it
	port string     // that River's own HTTP server listens on, if it is set
}

// defaultAlloyPath is what the image of Alloy reads when a container passes no arguments.
const defaultAlloyPath = "/etc/alloy/config.alloy"

// binaries are the names of the programs in the images.
var binaries = []string{"grafana-agent", "grafana-agent-flow", "agent", "alloy"}

// readCall reads command and args of a container. It returns false if these do not run River.
func (m *migration) readCall(r *run, product dialect.Name) bool {
	o := r.pod.object
	command := yamltext.Items(yamltext.Get(r.container, "command"))
	args := yamltext.Items(yamltext.Get(r.container, "args"))
	words := slices.Concat(command, args)
	if len(command) > 0 {
		if !slices.Contains(binaries, path.Base(valueOf(command[0]))) {
			m.diags.Errorf(o.at(command[0]), diag.InvalidValue,
				"call the program itself, with the file and the flags in args, or change this container by hand",
				"%s: the command %q is neither Grafana Agent nor Alloy", r, valueOf(command[0]))
			return false
		}
		words = words[1:]
	}
	image := yamltext.Get(r.container, "image")
	if len(words) == 0 && product == dialect.Alloy && len(command) == 0 {
		r.call = call{path: defaultAlloyPath, at: image}
		return true
	}
	if len(words) == 0 || valueOf(words[0]) != "run" {
		m.diags.Warnf(o.at(image), diag.NoCounterpart, "if it should run River, its arguments start with run",
			"%s: it does not run River, and was left as it is", r)
		return false
	}
	return m.readArguments(r, words[1:])
}

// readArguments reads what follows run: one path, and flags, which may stand on both sides of it.
func (m *migration) readArguments(r *run, words []*yaml.Node) bool {
	o := r.pod.object
	for i := 0; i < len(words); i++ {
		word := valueOf(words[i])
		name, value, hasValue := strings.Cut(word, "=")
		switch {
		case !strings.HasPrefix(word, "-") && r.call.at == nil:
			r.call.path, r.call.at = path.Clean(word), words[i]
			if !path.IsAbs(word) {
				r.call.path = path.Join(yamltext.Text(r.container, "workingDir"), word)
			}
			continue
		case !strings.HasPrefix(word, "-"):
			m.diags.Errorf(o.at(words[i]), diag.Duplicate, "pass one file or folder", "%s: there are two paths", r)
			continue
		}
		flag := strings.TrimLeft(name, "-")
		known, ok := flags[flag]
		if !ok {
			detail := "take it out, or correct it"
			if near := nearest.Name(flag, flagNames()); near != "" {
				detail = "did you mean \"--" + near + "\"?"
			}
			m.diags.Errorf(o.at(words[i]), diag.UnknownArgument, detail, "%s: unknown flag %q", r, name)
			continue
		}
		at := words[i]
		if !hasValue && !known.isSwitch && i+1 < len(words) {
			i++
			value = valueOf(words[i])
		}
		m.readFlag(r, flag, value, at)
	}
	switch {
	case r.call.at == nil:
		m.diags.Errorf(o.at(yamltext.Get(r.container, "image")), diag.MissingArgument, "pass the file behind run",
			"%s: the arguments name no configuration", r)
		return false
	case strings.Contains(r.call.path, "$("):
		m.diags.Errorf(o.at(r.call.at), diag.InvalidValue, "write the path out",
			"%s: the path %q depends on a variable", r, r.call.path)
		return false
	}
	return true
}

// readFlag takes note of a flag, and says that it was left out.
func (m *migration) readFlag(r *run, name, value string, at *yaml.Node) {
	o := r.pod.object
	switch name {
	case "config.format":
		if value != "flow" && value != "alloy" && value != "" {
			m.diags.Errorf(o.at(at), diag.InvalidValue, "convert it to River first, with the convert command of Alloy",
				"%s: the configuration is written for %q, not in River", r, value)
		}
		return // what is left is what the file is read as
	case "server.http.listen-addr":
		r.call.port = value[strings.LastIndexByte(value, ':')+1:]
	}
	m.diags.Warnf(o.at(at), diag.NoCounterpart, flags[name].instead, "%s: --%s was left out", r, name)
}

// runFlag is a flag of the run command.
type runFlag struct {
	isSwitch bool   // takes a value only behind =
	instead  string // what to do without it
}

const (
	noServer = "the collector has no such server: set service::telemetry::metrics for its metrics, " +
		"and the zpages extension to look inside"
	noCluster = "collectors do not form clusters; the load_balancing exporter finds its backends itself"
	noReports = "nothing is to be done: the collector sends no reports about itself"
	noStorage = "nothing is to be done, unless a component keeps data: the file_storage extension names its own folder"
	noLevel   = "nothing is to be done: the distribution decides which components there are"
	noFormat  = "nothing is to be done: the configuration is River"
	noFeature = "nothing is to be done: no component that is converted depends on it"
)

// flags are those of the run commands of Grafana Agent Flow and of Alloy, of all releases.
var flags = map[string]runFlag{
	"server.http.disable-support-bundle":          {true, noServer},
	"server.http.enable-graphql":                  {true, noServer},
	"server.http.enable-graphql-playground":       {true, noServer},
	"server.http.enable-pprof":                    {true, noServer},
	"server.http.listen-addr":                     {false, noServer},
	"server.http.memory-addr":                     {false, noServer},
	"server.http.ui-path-prefix":                  {false, noServer},
	"cluster.advertise-address":                   {false, noCluster},
	"cluster.advertise-interfaces":                {false, noCluster},
	"cluster.discover-peers":                      {false, noCluster},
	"cluster.enable-tls":                          {true, noCluster},
	"cluster.enabled":                             {true, noCluster},
	"cluster.join-addresses":                      {false, noCluster},
	"cluster.max-join-peers":                      {false, noCluster},
	"cluster.name":                                {false, noCluster},
	"cluster.node-name":                           {false, noCluster},
	"cluster.rejoin-interval":                     {false, noCluster},
	"cluster.tls-ca-path":                         {false, noCluster},
	"cluster.tls-cert-path":                       {false, noCluster},
	"cluster.tls-key-path":                        {false, noCluster},
	"cluster.tls-server-name":                     {false, noCluster},
	"cluster.use-discovery-v1":                    {true, noCluster},
	"cluster.wait-for-size":                       {false, noCluster},
	"cluster.wait-timeout":                        {false, noCluster},
	"config.bypass-conversion-errors":             {true, noFormat},
	"config.extra-args":                           {false, noFormat},
	"config.format":                               {false, noFormat},
	"disable-reporting":                           {true, noReports},
	"disable-support-bundle":                      {true, noServer},
	"feature.community-components.enabled":        {true, noLevel},
	"feature.component-shutdown-deadline":         {false, noFeature},
	"feature.prometheus.direct-fanout.enabled":    {true, noFeature},
	"feature.prometheus.metric-validation-scheme": {false, noFeature},
	"stability.level":                             {false, noLevel},
	"storage.path":                                {false, noStorage},
	"windows.priority":                            {false, noFeature},
}

func flagNames() (names []string) {
	for name := range flags {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
