package balancer

import (
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.yaml.in/yaml/v3"

	"github.com/otelcol-river/otelcol-river/balancer/internal/placement"
)

// complete names each key that this component has by itself, with another value than its default.
const complete = `
protocols:
  grpc: {endpoint: localhost:14317, max_recv_msg_size_mib: 8}
  http: {endpoint: localhost:14318, traces_url_path: /traces}
routing_key: attributes
routing_attributes: [tenant, span.name]
hashing: ring
ring_compat: v0.112
resolver:
  static: {hostnames: [a:4317, b]}
protocol:
  otlp:
    compression: zstd
    balancer_name: pick_first
    write_buffer_size: 1024
    tls: {insecure: true}
timeout: 6s
sending_queue:
  enabled: true
  queue_size: 134217728
  storage: file_storage/queue
  backend_size: 33554432
  batch: {flush_timeout: 6ms, min_size: 65536, max_size: 4194304}
retry_on_failure:
  initial_interval: 600ms
  max_interval: 6s
  failover_after: 11s
  max_elapsed_time: 1h0m0s
max_in_flight: 5
drain_timeout: 31s
`

func confOf(t *testing.T, text string) *confmap.Conf {
	t.Helper()
	var values map[string]any
	if err := yaml.Unmarshal([]byte(text), &values); err != nil {
		t.Fatal(err)
	}
	return confmap.NewFromStringMap(values)
}

// receiverConfigOf reads and validates as the collector does.
func receiverConfigOf(t *testing.T, text string) (*ReceiverConfig, error) {
	t.Helper()
	config := defaultReceiverConfig().(*ReceiverConfig)
	if err := confOf(t, text).Unmarshal(config); err != nil {
		return nil, err
	}
	return config, confmap.Validate(config)
}

func TestCompleteConfig(t *testing.T) {
	config, err := receiverConfigOf(t, complete)
	if err != nil {
		t.Fatal(err)
	}
	values := flat(written(t, config))
	asRead := flat(confOf(t, complete))
	if diff := cmp.Diff(asRead, onlyKeysOf(asRead, values)); diff != "" {
		t.Errorf("written again, values differ (-read +written):\n%s", diff)
	}
	again := defaultReceiverConfig().(*ReceiverConfig)
	if err := written(t, config).Unmarshal(again); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(config, again) {
		t.Error("read again, it is another configuration")
	}
}

// flat has a text for each key.
func flat(conf *confmap.Conf) map[string]string {
	values := map[string]string{}
	for _, key := range conf.AllKeys() {
		text, _ := yaml.Marshal(conf.Get(key)) // of what was read from YAML
		values[key] = strings.TrimSpace(strings.NewReplacer("\n", "", "'", "", `"`, "").Replace(string(text)))
	}
	return values
}

func onlyKeysOf(of, values map[string]string) map[string]string {
	only := map[string]string{}
	for key := range of {
		if value, ok := values[key]; ok {
			only[key] = value
		}
	}
	return only
}

// TestDocumentedDefaults: docs/balancer.md shows all keys in a block, with their defaults.
func TestDocumentedDefaults(t *testing.T) {
	document, err := os.ReadFile("../docs/balancer.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, _ := strings.Cut(string(document), "```yaml\n# all keys\n")
	block, _, found := strings.Cut(block, "```")
	if !found {
		t.Fatal("docs/balancer.md shows no defaults")
	}
	shown, err := confOf(t, block).Sub("otlp_balancer")
	if err != nil {
		t.Fatal(err)
	}
	documented := defaultReceiverConfig().(*ReceiverConfig)
	if err := shown.Unmarshal(documented); err != nil {
		t.Fatal(err)
	}
	if err := confmap.Validate(documented); err != nil {
		t.Error(err)
	}
	defaults := defaultReceiverConfig().(*ReceiverConfig)
	defaults.Protocols.GRPC.GetOrInsertDefault()
	defaults.Protocols.HTTP.GetOrInsertDefault()
	defaults.Config.RoutingAttributes = []string{}
	defaults.Config.Resolver = documented.Config.Resolver
	if diff := cmp.Diff(flat(written(t, defaults)), flat(written(t, documented))); diff != "" {
		t.Errorf("the document shows other defaults (-real +shown):\n%s", diff)
	}
	for key := range flat(written(t, defaults)) {
		top, _, _ := strings.Cut(key, "::")
		if top != "protocols" && top != "protocol" && top != "resolver" && !shown.IsSet(key) {
			t.Errorf("the document does not show %s", key)
		}
	}
}

// TestReadyMadeConfigs reads the component's part of configs/balancer.
func TestReadyMadeConfigs(t *testing.T) {
	for file, part := range map[string]struct {
		of     string
		config component.Config
	}{
		"receiver.yaml": {"receivers::otlp_balancer/samplers", defaultReceiverConfig()},
		"exporter.yaml": {"exporters::otlp_balancer/samplers", defaultExporterConfig()},
	} {
		text, err := os.ReadFile("../configs/balancer/" + file)
		if err != nil {
			t.Fatal(err)
		}
		conf, err := confOf(t, string(text)).Sub(part.of)
		if err != nil {
			t.Fatal(err)
		}
		if err := conf.Unmarshal(part.config); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if err := confmap.Validate(part.config); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func written(t *testing.T, config *ReceiverConfig) *confmap.Conf {
	t.Helper()
	conf := confmap.New()
	if err := conf.Marshal(config); err != nil {
		t.Fatal(err)
	}
	return conf
}

func TestConfigMistakes(t *testing.T) {
	const right = "resolver: {static: {hostnames: [a]}}\nprotocols: {grpc: {}}\n"
	for _, c := range []struct{ name, text, want string }{
		{"no protocol", "resolver: {static: {hostnames: [a]}}", "protocols: name at least one of grpc, http"},
		{"no resolver", "protocols: {grpc: {}}", "resolver"},
		{"routing key", right + "routing_key: traceid",
			`routing_key: "traceid" is none of attributes, metric, resource, service, streamID, traceID`},
		{"no attributes", right + "routing_key: attributes", "routing_attributes: "},
		{"attributes alone", right + "routing_attributes: [tenant]",
			`routing_attributes: only routing_key "attributes" has them, not ""`},
		{"hashing", right + "hashing: rings", `hashing: "rings" is neither rendezvous nor ring`},
		{"ring_compat alone", right + "ring_compat: v0.158", `ring_compat: only hashing "ring" has it, not "rendezvous"`},
		{"release", right + "hashing: ring\nring_compat: v0.99",
			`ring_compat: "v0.99" is none of v0.112, v0.152, v0.158, v0.87`},
		{"endpoint", right + "protocol: {otlp: {endpoint: b:4317}}",
			`protocol::otlp::endpoint: "b:4317" must go to resolver, which names the backends`},
		{"balancer", right + "protocol: {otlp: {balancer_name: none}}", "balancer_name"},
		{"in flight", right + "max_in_flight: 0", "max_in_flight"},
		{"unknown key", right + "queue: {}", "queue"},
		{"unknown key of the client", right + "protocol: {otlp: {sending_queue: {}}}", "sending_queue"},
		{"unknown key of the queue", right + "sending_queue: {num_consumers: 5}", "num_consumers"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := receiverConfigOf(t, c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is\n%v\nwant\n%s", err, c.want)
			}
		})
	}
}

func TestRingRelease(t *testing.T) {
	for _, c := range []struct{ hashing, compat, want string }{
		{rendezvous, "", ""},
		{ring, "", "v0.158"},
		{ring, "v0.87", "v0.87"},
	} {
		config := Config{Hashing: c.hashing, RingCompat: c.compat}
		if got := config.ringRelease(); got != c.want {
			t.Errorf("%s, %q: %q, want %q", c.hashing, c.compat, got, c.want)
		}
	}
}

func TestTable(t *testing.T) {
	backends := []string{"a:4317", "b:4317", "c:4317"}
	for _, c := range []struct {
		config Config
		want   placement.Hashing
	}{
		{Config{Hashing: rendezvous}, placement.Rendezvous},
		{Config{Hashing: ring}, placement.RingV158},
		{Config{Hashing: ring, RingCompat: "v0.112"}, placement.RingV112},
	} {
		got, err := c.config.table(backends)
		if err != nil {
			t.Fatal(err)
		}
		want, err := placement.New(c.want, backends)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 100 {
			if key := []byte{byte(i), 1, 2, 3}; got.Place(key) != want.Place(key) {
				t.Fatalf("%+v places %v at %d, %s at %d", c.config, key, got.Place(key), c.want, want.Place(key))
			}
		}
	}
}

func TestFactories(t *testing.T) {
	for _, factory := range []component.Factory{NewReceiverFactory(), NewExporterFactory()} {
		if factory.Type().String() != "otlp_balancer" {
			t.Errorf("the type is %s", factory.Type())
		}
		if err := componenttest.CheckConfigStruct(factory.CreateDefaultConfig()); err != nil {
			t.Error(err)
		}
	}
}

// TestImpossibleKeys: what a signal cannot be routed by is said when it gets into a pipeline.
func TestImpossibleKeys(t *testing.T) {
	config := exporterConfig(&sink{address: "a:4317"})
	config.Config.RoutingKey = "metric"
	factory := NewExporterFactory()
	if _, err := factory.CreateMetrics(t.Context(), exporterSettings(), config); err != nil {
		t.Error(err)
	}
	_, err := factory.CreateTraces(t.Context(), exporterSettings(), config)
	if err == nil || !strings.Contains(err.Error(), `"metric"`) || !strings.Contains(err.Error(), "traceID") {
		t.Errorf("metric for traces: %v", err)
	}
}
