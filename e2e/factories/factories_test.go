// Package factories checks converted configuration of components that the distribution otelcol-river does not hold. It
// is a module of its own, so that what these components require stays out of the distribution's.
package factories

import (
	"errors"
	"fmt"
	"path/filepath"
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
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"golang.org/x/tools/txtar"
)

// sections holds the factories by the section of the configuration and the type of the component. Four are missing: the
// public checksum database has no entry for exporter/syslogexporter, extension/jaegerremotesampling,
// extension/sigv4authextension and receiver/tcplogreceiver v0.158.0, so that the go command refuses them. The third
// would look for credentials of AWS, too, when it validates.
var sections = map[string]map[string]component.Factory{
	"receivers": byType(
		filelogreceiver.NewFactory(),
		fluentforwardreceiver.NewFactory(),
		jaegerreceiver.NewFactory(),
		kafkareceiver.NewFactory(),
		syslogreceiver.NewFactory(),
		zipkinreceiver.NewFactory(),
	),
	"processors": byType(
		cumulativetodeltaprocessor.NewFactory(),
		deltatocumulativeprocessor.NewFactory(),
		groupbyattrsprocessor.NewFactory(),
		intervalprocessor.NewFactory(),
		metricstarttimeprocessor.NewFactory(),
		redactionprocessor.NewFactory(),
		resourcedetectionprocessor.NewFactory(),
	),
	"connectors": byType(countconnector.NewFactory()),
	"exporters": byType(
		fileexporter.NewFactory(),
		kafkaexporter.NewFactory(),
	),
}

func byType[F component.Factory](factories ...F) map[string]component.Factory {
	named := map[string]component.Factory{}
	for _, f := range factories {
		named[f.Type().String()] = f
	}
	return named
}

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
	for section, factories := range sections {
		for name := range factories {
			if !seen[section+" "+name] {
				t.Errorf("no case holds one of the %s of type %s", section, name)
			}
		}
	}
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

// held names the components in a configuration that have factories here.
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
	each(conf, func(section, id string, _ component.Factory, _ map[string]any) {
		names = append(names, section+" "+typeOf(id))
	})
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
	each(conf, func(section, id string, factory component.Factory, settings map[string]any) {
		if err := accepts(factory, settings); err != nil {
			all = errors.Join(all, fmt.Errorf("%s::%s: %w", section, id, err))
		}
	})
	return all
}

// each calls f with the components of a configuration that have factories here.
func each(conf *confmap.Conf, f func(section, id string, factory component.Factory, settings map[string]any)) {
	for section, factories := range sections {
		components, _ := conf.Get(section).(map[string]any)
		for id, settings := range components {
			if factory, ok := factories[typeOf(id)]; ok {
				plain, _ := settings.(map[string]any)
				f(section, id, factory, plain)
			}
		}
	}
}

func typeOf(id string) string {
	name, _, _ := strings.Cut(id, "/")
	return name
}

// accepts has a factory read and validate settings.
func accepts(factory component.Factory, settings map[string]any) error {
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
