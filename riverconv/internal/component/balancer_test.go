package component_test

import (
	"context"
	"strings"
	"testing"

	collector "go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"

	"github.com/otelcol-river/otelcol-river/balancer"
	"github.com/otelcol-river/otelcol-river/riverconv"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/golden"
)

// TestBalancerTakesCases: otlp_balancer itself, both doors, reads and accepts what cases with the target balancer
// expect. A case that sets what it does not take together says so in its title part: "rejected: " and words of the
// complaint.
func TestBalancerTakesCases(t *testing.T) {
	doors := map[string]collector.Factory{
		"receivers": balancer.NewReceiverFactory(),
		"exporters": balancer.NewExporterFactory(),
	}
	seen := map[string]int{}
	for _, c := range golden.Cases(t, "../../testdata/convert") {
		text, ok := forTarget(t, c, "balancer")
		if !ok {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			for name, value := range c.Env {
				t.Setenv(name, value)
			}
			config := resolved(t, text)
			for section, door := range doors {
				for id, settings := range sectionOf(t, config, section) {
					if strings.HasPrefix(id, door.Type().String()+"/") {
						seen[section]++
						checkAccepted(t, id, take(door, settings), c.Options["rejected"])
					}
				}
			}
		})
	}
	for section := range doors {
		if seen[section] == 0 {
			t.Errorf("no case has otlp_balancer among the %s", section)
		}
	}
}

// forTarget converts a case that is about a target. It is false if the case is not, or has no result.
func forTarget(t *testing.T, c golden.Case, target string) (text string, ok bool) {
	t.Helper()
	if c.Options["target"] != target {
		return "", false
	}
	var sources []riverconv.Source
	for _, in := range c.Inputs {
		sources = append(sources, riverconv.Source{Name: in.Name, Text: in.Data})
	}
	result, diags := riverconv.Convert(sources, riverconv.Options{
		Dialect: c.Dialect, Profile: c.Options["profile"], Target: target})
	if diags.HasErrors() {
		return "", false
	}
	out, err := result.YAML()
	if err != nil {
		t.Fatal(err)
	}
	return string(out), true
}

// resolved reads a configuration as a collector does, with variables.
func resolved(t *testing.T, text string) *confmap.Conf {
	t.Helper()
	resolver, err := confmap.NewResolver(confmap.ResolverSettings{
		URIs:              []string{"yaml:" + text},
		ProviderFactories: []confmap.ProviderFactory{envprovider.NewFactory(), yamlprovider.NewFactory()},
	})
	if err != nil {
		t.Fatal(err)
	}
	config, err := resolver.Resolve(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return config
}

// sectionOf returns the components of a section by their ids.
func sectionOf(t *testing.T, config *confmap.Conf, name string) map[string]*confmap.Conf {
	t.Helper()
	section, err := config.Sub(name)
	if err != nil {
		t.Fatal(err)
	}
	components := map[string]*confmap.Conf{}
	for id := range section.ToStringMap() {
		if components[id], err = section.Sub(id); err != nil {
			t.Fatal(err)
		}
	}
	return components
}

// take has a component read and validate its settings.
func take(factory collector.Factory, settings *confmap.Conf) error {
	config := factory.CreateDefaultConfig()
	if err := settings.Unmarshal(config); err != nil {
		return err
	}
	return confmap.Validate(config)
}

// checkAccepted demands that there is no error, or one that says what is expected.
func checkAccepted(t *testing.T, id string, err error, complaint string) {
	t.Helper()
	switch {
	case complaint == "" && err != nil:
		t.Errorf("%s is rejected: %v", id, err)
	case complaint != "" && (err == nil || !strings.Contains(err.Error(), complaint)):
		t.Errorf("%s: it is not said %q: %v", id, complaint, err)
	}
}
