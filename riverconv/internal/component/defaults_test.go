package component

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/open-telemetry/opentelemetry-collector-contrib/connector/servicegraphconnector"
	"github.com/open-telemetry/opentelemetry-collector-contrib/connector/spanmetricsconnector"
	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/loadbalancingexporter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/prometheusremotewriteexporter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/basicauthextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/bearertokenauthextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/headerssetterextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/oauth2clientauthextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/attributesprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/filterprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/k8sattributesprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/probabilisticsamplerprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/spanprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/tailsamplingprocessor"
	"github.com/open-telemetry/opentelemetry-collector-contrib/processor/transformprocessor"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter/debugexporter"
	"go.opentelemetry.io/collector/exporter/otlpexporter"
	"go.opentelemetry.io/collector/exporter/otlphttpexporter"
	"go.opentelemetry.io/collector/processor/batchprocessor"
	"go.opentelemetry.io/collector/processor/memorylimiterprocessor"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// factories holds the real components behind River's, by River's name.
var factories = map[string]component.Factory{
	"otelcol.auth.basic":                      basicauthextension.NewFactory(),
	"otelcol.auth.bearer":                     bearertokenauthextension.NewFactory(),
	"otelcol.auth.headers":                    headerssetterextension.NewFactory(),
	"otelcol.auth.oauth2":                     oauth2clientauthextension.NewFactory(),
	"otelcol.connector.servicegraph":          servicegraphconnector.NewFactory(),
	"otelcol.connector.spanmetrics":           spanmetricsconnector.NewFactory(),
	"otelcol.exporter.loki":                   otlphttpexporter.NewFactory(),
	"otelcol.exporter.otlphttp":               otlphttpexporter.NewFactory(),
	"otelcol.exporter.prometheus":             prometheusremotewriteexporter.NewFactory(),
	"otelcol.processor.batch":                 batchprocessor.NewFactory(),
	"otelcol.processor.filter":                filterprocessor.NewFactory(),
	"otelcol.processor.k8sattributes":         k8sattributesprocessor.NewFactory(),
	"otelcol.processor.memory_limiter":        memorylimiterprocessor.NewFactory(),
	"otelcol.processor.probabilistic_sampler": probabilisticsamplerprocessor.NewFactory(),
	"otelcol.processor.span":                  spanprocessor.NewFactory(),
	"otelcol.processor.tail_sampling":         tailsamplingprocessor.NewFactory(),
	"otelcol.processor.transform":             transformprocessor.NewFactory(),
	"otelcol.exporter.debug":                  debugexporter.NewFactory(),
	"otelcol.exporter.loadbalancing":          loadbalancingexporter.NewFactory(),
	"otelcol.exporter.logging":                debugexporter.NewFactory(),
	"otelcol.exporter.otlp":                   otlpexporter.NewFactory(),
	"otelcol.processor.attributes":            attributesprocessor.NewFactory(),
	"otelcol.receiver.otlp":                   otlpreceiver.NewFactory(),
	"otelcol.storage.file":                    filestorage.NewFactory(),
}

// fallBacks lists keys, behind the component's type, whose default the component fills in when it runs, not in its
// default configuration: a zero value counts as the stated one.
var fallBacks = map[string]bool{
	"load_balancing resolver.dns.interval":           true,
	"load_balancing resolver.dns.timeout":            true,
	"load_balancing resolver.k8s.timeout":            true,
	"load_balancing resolver.aws_cloud_map.interval": true,
	"load_balancing resolver.aws_cloud_map.timeout":  true,
	"service_graph virtual_node_peer_attributes":     true,
	"service_graph metrics_flush_interval":           true,
	"service_graph database_name_attributes":         true,
	"span_metrics metric_timestamp_cache_size":       true,
	// A set sizer of a queue is also the default of its batch section.
	"load_balancing sending_queue.sizer":               true,
	"load_balancing protocol.otlp.sending_queue.sizer": true,
	"otlp_grpc sending_queue.sizer":                    true,
	"otlp_http sending_queue.sizer":                    true,
}

// TestCollectorSide: the type, the keys and the collector's defaults that the tags state are those of the real
// component. To set a key to its stated default must change nothing in the component's default configuration.
func TestCollectorSide(t *testing.T) {
	for _, c := range All() {
		if c.Outside || c.Section == Sink {
			continue // e2e/factories checks the former; the latter become part of other components
		}
		t.Run(c.Name, func(t *testing.T) {
			factory, ok := factories[c.Name]
			if !ok {
				t.Fatalf("no factory is listed for %s", c.Name)
			}
			if got := factory.Type().String(); got != c.Type {
				t.Errorf("the collector calls it %s, not %s", got, c.Type)
			}
			d := dialect.Newest(dialect.Alloy)
			if c.In != "" {
				d = dialect.Newest(c.In)
			}
			all := arguments.Describe(c.newArguments(), d)
			sections := sectionsOf(all)
			want := configured(t, factory, sections())
			for _, a := range all {
				if len(a.Key) == 0 || a.Block || inRepeated(all, a) {
					continue
				}
				settings := sections()
				set(settings, a.Key, statedDefault(t, a))
				got := configured(t, factory, settings)
				if !reflect.DeepEqual(got, want) && !fallBacks[c.Type+" "+strings.Join(a.Key, ".")] && a.CollectorDefault != "" {
					t.Errorf("%s: %q is not the collector's default of %s",
						strings.Join(a.Path, " > "), a.CollectorDefault, a.Key)
				}
			}
		})
	}
}

// sectionsOf returns a function that makes settings in which all optional sections are present and empty.
func sectionsOf(all []arguments.Description) func() map[string]any {
	return func() map[string]any {
		settings := map[string]any{}
		for _, a := range all {
			if a.Block && a.Optional && len(a.Key) > 0 && !inRepeated(all, a) {
				set(settings, a.Key, map[string]any{})
			}
		}
		return settings
	}
}

// configured returns a component's configuration with settings applied. An unknown key fails the test.
func configured(t *testing.T, factory component.Factory, settings map[string]any) component.Config {
	t.Helper()
	config := factory.CreateDefaultConfig()
	if err := confmap.NewFromStringMap(settings).Unmarshal(&config); err != nil {
		t.Fatalf("the collector cannot read %v: %v", settings, err)
	}
	return config
}

func set(m map[string]any, path []string, value any) {
	if len(path) == 1 {
		if _, ok := m[path[0]]; !ok || value == nil || reflect.TypeOf(value).Kind() != reflect.Map {
			m[path[0]] = value
		}
		return
	}
	child, ok := m[path[0]].(map[string]any)
	if !ok {
		child = map[string]any{}
		m[path[0]] = child
	}
	set(child, path[1:], value)
}

// inRepeated reports whether an argument stands in a block that may be repeated: it has no default until there is one.
func inRepeated(all []arguments.Description, a arguments.Description) bool {
	for _, outer := range all {
		if outer.Repeated && len(outer.Path) <= len(a.Path) &&
			strings.Join(outer.Path, ">") == strings.Join(a.Path[:len(outer.Path)], ">") {
			return true
		}
	}
	return false
}

// statedDefault returns the collector's default as the tags state it. If they state none it returns River's, or a zero
// value: something that the key can hold.
func statedDefault(t *testing.T, a arguments.Description) any {
	t.Helper()
	text := a.CollectorDefault
	if text == "" {
		text = a.Default
	}
	switch a.Type {
	case arguments.Client, arguments.Server:
		return "basicauth"
	case arguments.Storage:
		return "file_storage"
	}
	switch {
	case strings.HasPrefix(string(a.Type), "list("):
		return elementsOf(text)
	case strings.HasPrefix(string(a.Type), "map("):
		return map[string]any{}
	}
	if text == "" {
		return map[arguments.Type]any{
			arguments.Bool: false, arguments.Int: 0, arguments.Uint: 0, arguments.Float: 0.0, arguments.Bytes: 0,
			arguments.MiB: 0, arguments.Duration: "0s", arguments.Text: "", arguments.Secret: "",
		}[a.Type]
	}
	v, err := a.Type.Parse(text)
	if err != nil {
		t.Fatalf("%v: %v", a.Path, err)
	}
	switch v.Kind {
	case eval.Number:
		if v.Number.Integer {
			return int(v.Number.Int)
		}
		return v.Number.Float
	case eval.Bool:
		return v.Bool
	}
	return v.Text.Literal()
}

// TestRiverDefaultsHold: with every block present and every argument left out, the converted component behaves by
// River's defaults, in old and new versions. To state such a default must change nothing in the component's
// configuration.
func TestRiverDefaultsHold(t *testing.T) {
	for _, version := range []string{"flow@0.40", "flow", "alloy@1.0", "alloy@1.9", "alloy@1.17", "alloy"} {
		d, err := dialect.Parse(version)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range All() {
			if c.In != "" && c.In != d.Name || c.Outside || c.Section == Sink {
				continue
			}
			t.Run(version+"/"+c.Name, func(t *testing.T) {
				all := arguments.Describe(c.newArguments(), d)
				args := c.newArguments()
				var ignored diag.List // what is required is missing here
				arguments.Decode(emptyBlocks(all, nil), args, d, &ignored)
				settings := func() map[string]any {
					body := arguments.Encode(args, d, nil)
					config := otelcfg.Config{Components: []otelcfg.Component{
						{Section: c.Section, ID: &otelcfg.ID{Type: c.Type}, Body: body},
					}}
					return config.Map()[string(c.Section)].(map[string]any)[c.Type].(map[string]any)
				}
				want := configured(t, factories[c.Name], settings())
				for _, a := range all {
					if len(a.Key) == 0 || a.Block || a.Default == "" || fallBacks[c.Type+" "+strings.Join(a.Key, ".")] || inRepeated(all, a) {
						continue
					}
					stated := settings()
					set(stated, a.Key, plainDefault(t, a))
					if got := configured(t, factories[c.Name], stated); !reflect.DeepEqual(got, want) {
						t.Errorf("%s: left out, it is not %q in the collector", strings.Join(a.Path, " > "), a.Default)
					}
				}
			})
		}
	}
}

// emptyBlocks returns a block that holds all blocks of a component, and no argument.
func emptyBlocks(all []arguments.Description, path []string) eval.Block {
	block := eval.Block{NameRange: diag.Range{File: "in", Start: diag.Point{Line: 1, Column: 1}}}
	if len(path) > 0 {
		block.Name = path[len(path)-1]
	}
	for _, a := range all {
		if a.Block && len(a.Path) == len(path)+1 && slices.Equal(a.Path[:len(path)], path) {
			block.Body.Blocks = append(block.Body.Blocks, emptyBlocks(all, a.Path))
		}
	}
	return block
}

// plainDefault returns River's default as a plain value.
func plainDefault(t *testing.T, a arguments.Description) any {
	t.Helper()
	a.CollectorDefault = a.Default
	return statedDefault(t, a)
}

// elementsOf returns the elements of a default list as plain values.
func elementsOf(text string) []any {
	list := []any{}
	for element := range strings.SplitSeq(text, ",") {
		var item any = element
		if n, err := strconv.Atoi(element); err == nil {
			item = n
		}
		if text != "" {
			list = append(list, item)
		}
	}
	return list
}
