// Package factories compares the components that the distribution otelcol-river does not hold with their real
// factories, as riverconv/internal/component does with the others, and checks converted configuration of them. It is a
// module of its own, so that what these components require stays out of the distribution's.
package factories

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/connector/countconnector"
	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/fileexporter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/kafkaexporter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/cumulativetodeltaprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/deltatocumulativeprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/groupbyattrsprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/intervalprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/metricstarttimeprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/redactionprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/resourcedetectionprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/filelogreceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/fluentforwardreceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/jaegerreceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/kafkareceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/syslogreceiver"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/zipkinreceiver"
	collector "go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"golang.org/x/tools/txtar"

	"github.com/otelcol-river/otelcol-river/riverconv/internal/component"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/tagcheck"
)

// outside holds the real components that the distribution does not hold.
var outside = tagcheck.Real{
	Factories: map[string]collector.Factory{
		"otelcol.connector.count":             countconnector.NewFactory(),
		"otelcol.exporter.file":               fileexporter.NewFactory(),
		"otelcol.exporter.kafka":              kafkaexporter.NewFactory(),
		"otelcol.processor.cumulativetodelta": cumulativetodeltaprocessor.NewFactory(),
		"otelcol.processor.deltatocumulative": deltatocumulativeprocessor.NewFactory(),
		"otelcol.processor.groupbyattrs":      groupbyattrsprocessor.NewFactory(),
		"otelcol.processor.interval":          intervalprocessor.NewFactory(),
		"otelcol.processor.metric_start_time": metricstarttimeprocessor.NewFactory(),
		"otelcol.processor.redaction":         redactionprocessor.NewFactory(),
		"otelcol.processor.resourcedetection": resourcedetectionprocessor.NewFactory(),
		"otelcol.receiver.filelog":            filelogreceiver.NewFactory(),
		"otelcol.receiver.fluentforward":      fluentforwardreceiver.NewFactory(),
		"otelcol.receiver.jaeger":             jaegerreceiver.NewFactory(),
		"otelcol.receiver.kafka":              kafkareceiver.NewFactory(),
		"otelcol.receiver.syslog":             syslogreceiver.NewFactory(),
		"otelcol.receiver.zipkin":             zipkinreceiver.NewFactory(),
	},
	FallBacks: map[string]bool{
		// A set sizer of a queue is also the default of its batch section.
		"kafka sending_queue.sizer": true,
		// UpdateDefaults of the package k8sapi, and NewDetector of the package system.
		"resource_detection k8snode.node_from_env_var": true,
		"resource_detection system.hostname_sources":   true,
		// Where these are unset, the processor takes them for true.
		"redaction url_sanitizer.sanitize_span_name": true,
		"redaction db_sanitizer.sanitize_span_name":  true,
		// The package stanza fills these in when it builds the receiver.
		"file_log ordering_criteria.top_n":  true,
		"syslog location":                   true,
		"syslog max_octets":                 true, // by the parser that it uses
		"syslog on_error":                   true,
		"syslog tcp.max_log_size":           true,
		"syslog udp.async.readers":          true,
		"syslog udp.async.processors":       true,
		"syslog udp.async.max_queue_length": true,
		"syslog udp.encoding":               true, // of a udp section without a tcp section beside it
	},
}

// unproven lists the components whose factories cannot be had: the public checksum database has no entry for their
// modules of v0.158.0, exporter/syslogexporter, extension/jaegerremotesampling, extension/sigv4authextension and
// receiver/tcplogreceiver, so that the go command refuses them. The third would look for credentials of AWS, too, when
// it validates.
var unproven = map[string]bool{
	"otelcol.auth.sigv4":                       true,
	"otelcol.exporter.syslog":                  true,
	"otelcol.extension.jaeger_remote_sampling": true,
	"otelcol.receiver.tcplog":                  true,
}

// components returns the components outside the distribution that can be compared with their factories.
func components() []*component.Component {
	return slices.DeleteFunc(component.All(), func(c *component.Component) bool { return !c.Outside || unproven[c.Name] })
}

// TestCollectorSide: the type, the keys and the collector's defaults that the tags state are those of the real
// components.
func TestCollectorSide(t *testing.T) { outside.CollectorSide(t, components()) }

// TestRiverDefaultsHold: converted components behave by River's defaults, in old and new versions.
func TestRiverDefaultsHold(t *testing.T) { outside.RiverDefaults(t, components()) }

// TestCasesAreAccepted: the factories read and accept what the golden cases of the converter expect. A case that sets
// what the collector does not take together says so in its title part: "rejected: " and words of the complaint.
func TestCasesAreAccepted(t *testing.T) {
	paths, err := filepath.Glob("../../riverconv/testdata/convert/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	seen := map[string]bool{}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range archive.Files {
			if file.Name != "out.yaml" {
				continue
			}
			names := held(t, file.Data)
			if len(names) == 0 {
				continue
			}
			for _, name := range names {
				seen[name] = true
			}
			t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
				for _, line := range options(archive, "env") {
					name, value, _ := strings.Cut(line, "=")
					t.Setenv(name, value)
				}
				compare(t, check(resolved(t, file.Data)), options(archive, "rejected"))
			})
		}
	}
	for _, c := range components() {
		if !seen[c.Name] {
			t.Errorf("no case holds what %s becomes", c.Name)
		}
	}
}

// TestResourceAttributes: a resource attribute that the collector finds by default is known to River, or the converter
// turns it off. The case turns off all that River finds.
func TestResourceAttributes(t *testing.T) {
	const name = "otelcol.processor.resourcedetection"
	archive, err := txtar.ParseFile("../../riverconv/testdata/convert/processor_resourcedetection.txtar")
	if err != nil {
		t.Fatal(err)
	}
	out := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "out.yaml" })
	each(resolved(t, archive.Files[out].Data), func(c *component.Component, _ string, settings map[string]any) {
		if c.Name != name {
			return
		}
		config := outside.Factories[name].CreateDefaultConfig()
		initial := plain(t, config)
		if err := confmap.NewFromStringMap(settings).Unmarshal(&config); err != nil {
			t.Fatal(err)
		}
		converted := plain(t, config)
		for _, detector := range settings["detectors"].([]any) {
			section := detector.(string) + "::resource_attributes"
			attributes, _ := initial.Get(section).(map[string]any)
			for attribute := range attributes {
				key := section + "::" + attribute + "::enabled"
				if initial.Get(key) == true && converted.Get(key) == true {
					t.Errorf("%s is on by default in the collector, and River does not know it", key)
				}
			}
		}
	})
}

// plain returns a configuration as maps.
func plain(t *testing.T, config collector.Config) *confmap.Conf {
	t.Helper()
	conf := confmap.New()
	if err := conf.Marshal(config); err != nil {
		t.Fatal(err)
	}
	return conf
}

// compare demands that an error contains all complaints, and that there is none without them.
func compare(t *testing.T, err error, complaints []string) {
	t.Helper()
	if (err != nil) != (len(complaints) > 0) {
		t.Errorf("got %v, expected complaints: %q", err, complaints)
	}
	for _, words := range complaints {
		if err != nil && !strings.Contains(err.Error(), words) {
			t.Errorf("it is not said %q: %v", words, err)
		}
	}
}

// held names the components of River whose factories are here and that a configuration holds.
func held(t *testing.T, text []byte) (names []string) {
	t.Helper()
	retrieved, err := confmap.NewRetrievedFromYAML(text)
	if err != nil {
		t.Fatal(err)
	}
	conf, err := retrieved.AsConf()
	if err != nil {
		t.Fatal(err)
	}
	each(conf, func(c *component.Component, _ string, _ map[string]any) { names = append(names, c.Name) })
	return names
}

// resolved reads a configuration as the collector does.
func resolved(t *testing.T, text []byte) *confmap.Conf {
	t.Helper()
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs:              []string{"yaml:" + string(text)},
		ProviderFactories: []confmap.ProviderFactory{envprovider.NewFactory(), yamlprovider.NewFactory()},
		DefaultScheme:     "env",
	})
	if err != nil {
		t.Fatal(err)
	}
	conf, err := resolver.Resolve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return conf
}

// check reads and validates the components of a configuration that have factories here.
func check(conf *confmap.Conf) (all error) {
	each(conf, func(c *component.Component, id string, settings map[string]any) {
		if err := accepts(outside.Factories[c.Name], settings); err != nil {
			all = errors.Join(all, fmt.Errorf("%s::%s: %w", c.Section, id, err))
		}
	})
	return all
}

// each calls f with the components of a configuration that have factories here.
func each(conf *confmap.Conf, f func(c *component.Component, id string, settings map[string]any)) {
	for _, c := range components() {
		section, _ := conf.Get(string(c.Section)).(map[string]any)
		for id, settings := range section {
			if name, _, _ := strings.Cut(id, "/"); name == c.Type {
				plain, _ := settings.(map[string]any)
				f(c, id, plain)
			}
		}
	}
}

// accepts has a factory read and validate settings.
func accepts(factory collector.Factory, settings map[string]any) error {
	config := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(settings).Unmarshal(&config); err != nil {
		return err
	}
	return confmap.Validate(config)
}

// options returns the values of the lines of an archive's title part that begin with a name.
func options(archive *txtar.Archive, name string) (values []string) {
	for line := range strings.Lines(string(archive.Comment)) {
		if value, ok := strings.CutPrefix(strings.TrimSpace(line), name+": "); ok {
			values = append(values, value)
		}
	}
	return values
}
