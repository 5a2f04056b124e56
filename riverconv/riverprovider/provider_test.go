package riverprovider

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/confmap/confmaptest"
	"go.opentelemetry.io/collector/confmap/provider/envprovider"
	"go.opentelemetry.io/collector/confmap/provider/yamlprovider"
	"go.opentelemetry.io/collector/exporter/otlpexporter"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

const good = `
otelcol.receiver.otlp "default" {
	grpc {}
	output {
		traces = [otelcol.exporter.otlp.default.input]
	}
}
otelcol.exporter.otlp "default" {
	client {
		endpoint = "ENDPOINT"
	}
}
`

func newProvider(t *testing.T) (confmap.Provider, *observer.ObservedLogs) {
	t.Helper()
	core, logs := observer.New(zapcore.DebugLevel)
	p := NewFactory().Create(confmap.ProviderSettings{Logger: zap.New(core)})
	t.Cleanup(func() {
		if err := p.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p, logs
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// endpoint retrieves a URI and returns what distinguishes its configuration.
func endpoint(t *testing.T, p confmap.Provider, uri string) any {
	t.Helper()
	ret, err := p.Retrieve(context.Background(), uri, nil)
	if err != nil {
		t.Fatal(err)
	}
	conf, err := ret.AsConf()
	if err != nil {
		t.Fatal(err)
	}
	return conf.Get("exporters::otlp_grpc/default::endpoint")
}

func TestScheme(t *testing.T) {
	p, _ := newProvider(t)
	if err := confmaptest.ValidateProviderScheme(p); err != nil {
		t.Error(err)
	}
}

func TestRetrieve(t *testing.T) {
	p, _ := newProvider(t)
	file := filepath.Join(t.TempDir(), "lb.river")
	write(t, file, good)
	if got := endpoint(t, p, "river:"+file); got != "ENDPOINT" {
		t.Errorf("the endpoint is %v", got)
	}
	p, _ = newProvider(t)
	if got := endpoint(t, p, "river:"+filepath.Dir(file)+"?dialect=flow@0.40"); got != "ENDPOINT" {
		t.Errorf("of the folder, the endpoint is %v", got)
	}
}

func TestDialectOption(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lb.txt")
	write(t, file, good)
	for dialect, want := range map[string]any{"flow": "pick_first", "alloy": nil} {
		p, _ := newProvider(t)
		ret, err := p.Retrieve(context.Background(), "river:"+file+"?dialect="+dialect, nil)
		if err != nil {
			t.Fatal(err)
		}
		conf, err := ret.AsConf()
		if err != nil {
			t.Fatal(err)
		}
		if got := conf.Get("exporters::otlp_grpc/default::balancer_name"); got != want {
			t.Errorf("as %s, balancer_name is %v, not %v", dialect, got, want)
		}
	}
}

func TestProfileOption(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lb.river")
	write(t, file, `
		otelcol.receiver.otlp "default" {
			grpc {}
			output { traces = [otelcol.exporter.loadbalancing.default.input] }
		}
		otelcol.exporter.loadbalancing "default" {
			resolver { static { hostnames = ["sampler:4317"] } }
			protocol { otlp { client {} } }
		}`)
	for option, want := range map[string]any{"": nil, "?profile=resilient": "file_storage/queue"} {
		p, _ := newProvider(t)
		ret, err := p.Retrieve(context.Background(), "river:"+file+option, nil)
		if err != nil {
			t.Fatal(err)
		}
		conf, err := ret.AsConf()
		if err != nil {
			t.Fatal(err)
		}
		if got := conf.Get("exporters::load_balancing/default::sending_queue::storage"); got != want {
			t.Errorf("with %q the storage is %v, not %v", option, got, want)
		}
	}
}

func TestTargetOption(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lb.river")
	write(t, file, `
		otelcol.receiver.otlp "default" {
			grpc {}
			output { traces = [otelcol.exporter.loadbalancing.default.input] }
		}
		otelcol.exporter.loadbalancing "default" {
			resolver { static { hostnames = ["sampler:4317"] } }
			protocol { otlp { client {} } }
		}`)
	const upstream, balancer = "exporters::load_balancing/default", "receivers::otlp_balancer/default"
	for option, want := range map[string]string{
		"": upstream, "?target=upstream": upstream, "?target=balancer": balancer,
		"?profile=resilient&target=balancer": balancer + "::sending_queue::storage",
	} {
		p, _ := newProvider(t)
		ret, err := p.Retrieve(context.Background(), "river:"+file+option, nil)
		if err != nil {
			t.Fatal(err)
		}
		conf, err := ret.AsConf()
		if err != nil {
			t.Fatal(err)
		}
		if !conf.IsSet(want) {
			t.Errorf("with %q there is no %s: %v", option, want, conf.ToStringMap())
		}
	}
}

func TestRejected(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "good.river"), good)
	file := filepath.Join(dir, "lb.river")
	write(t, file, strings.Replace(good, "grpc {}", "grcp {}", 1))
	write(t, filepath.Join(dir, "binary.river"), "a\x00b")
	for _, test := range []struct{ uri, want string }{
		{"file:" + file, `"river" provider`},
		{"river:", "names no file"},
		{"river:" + filepath.Join(dir, "missing.river"), "no such file"},
		{"river:" + filepath.Join(dir, "binary.river"), "not a text file"},
		{"river:" + file + "?dialect=cobol", "unknown dialect"},
		{"river:" + filepath.Join(dir, "good.river") + "?profile=strong", "is no profile"},
		{"river:" + filepath.Join(dir, "good.river") + "?target=contrib", "is no target"},
		{"river:" + file + "?strict=yes", `option "strict"`},
		{"river:" + file + "?dialect=flow&dialect=alloy", `option "dialect"`},
		{"river:" + file, file + `:3:2: unknown block "grcp"`},
	} {
		p, _ := newProvider(t)
		_, err := p.Retrieve(context.Background(), test.uri, nil)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: the error does not say %q: %v", test.uri, test.want, err)
		}
	}
}

// TestOneURI: of two configurations the collector would keep one pipeline of each name, so the second is refused.
func TestOneURI(t *testing.T) {
	p, _ := newProvider(t)
	dir := t.TempDir()
	for _, name := range []string{"a.river", "b.river"} {
		write(t, filepath.Join(dir, name), good)
	}
	endpoint(t, p, "river:"+filepath.Join(dir, "a.river"))
	_, err := p.Retrieve(context.Background(), "river:"+filepath.Join(dir, "b.river"), nil)
	if err == nil || !strings.Contains(err.Error(), "pass the folder") {
		t.Errorf("the second URI is not refused: %v", err)
	}
	endpoint(t, p, "river:"+filepath.Join(dir, "a.river"))
}

// TestLastGood: once a URI has been read, a broken file does not take its configuration away.
func TestLastGood(t *testing.T) {
	p, logs := newProvider(t)
	file := filepath.Join(t.TempDir(), "lb.river")
	uri := "river:" + file
	write(t, file, strings.Replace(good, "ENDPOINT", "first:4317", 1))
	first := endpoint(t, p, uri)

	write(t, file, "otelcol.receiver.otlp {")
	if got := endpoint(t, p, uri); got != first {
		t.Errorf("with a broken file the endpoint is %v, not %v", got, first)
	}
	entries := logs.FilterLevelExact(zapcore.ErrorLevel).All()
	if len(entries) != 1 {
		t.Fatalf("%d errors were logged, not 1", len(entries))
	}
	if text := entries[0].ContextMap()["error"]; !strings.Contains(text.(string), file+":1:") {
		t.Errorf("the logged error names no place: %v", text)
	}

	write(t, file, strings.Replace(good, "ENDPOINT", "second:4317", 1))
	if got := endpoint(t, p, uri); got != "second:4317" {
		t.Errorf("with the file repaired the endpoint is %v", got)
	}
}

// TestVariables: a variable is read by the collector, keeps its text in a field of any type, and a literal $ survives.
func TestVariables(t *testing.T) {
	t.Setenv("RIVERCONV_TEST_ENDPOINT", "tempo:4317")
	t.Setenv("RIVERCONV_TEST_COUNT", "7")
	file := filepath.Join(t.TempDir(), "lb.river")
	text := strings.Replace(good, `"ENDPOINT"`, `env("RIVERCONV_TEST_ENDPOINT")
		headers = {price = "$5", both = "$$${x}", literal = "${env:RIVERCONV_TEST_COUNT}"}
		wait_for_ready = env("RIVERCONV_TEST_READY")
		}
		sending_queue {
		queue_size = env("RIVERCONV_TEST_COUNT")
		}
		retry_on_failure {
		max_interval = env("RIVERCONV_TEST_COUNT") + "s"
		`, 1)
	t.Setenv("RIVERCONV_TEST_READY", "true")
	for _, value := range []string{"007", "1.10", "true"} {
		write(t, file, text+`
otelcol.receiver.otlp "b" {
	http {}
	output {
		logs = [otelcol.processor.attributes.b.input]
	}
}
otelcol.processor.attributes "b" {
	action {
		key    = "version"
		value  = env("RIVERCONV_TEST_ANY")
		action = "insert"
	}
	output {
		logs = [otelcol.exporter.otlp.default.input]
	}
}
`)
		t.Setenv("RIVERCONV_TEST_ANY", value)
		resolver, err := confmap.NewResolver(confmap.ResolverSettings{
			URIs:              []string{"river:" + file},
			ProviderFactories: []confmap.ProviderFactory{NewFactory(), envprovider.NewFactory(), yamlprovider.NewFactory()},
		})
		if err != nil {
			t.Fatal(err)
		}
		conf, err := resolver.Resolve(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		exporter := otlpexporter.NewFactory().CreateDefaultConfig().(*otlpexporter.Config)
		sub, err := conf.Sub("exporters::otlp_grpc/default")
		if err != nil {
			t.Fatal(err)
		}
		if err := sub.Unmarshal(exporter); err != nil {
			t.Fatal(err)
		}
		client := exporter.ClientConfig
		if client.Endpoint != "tempo:4317" || !client.WaitForReady || exporter.QueueConfig.Get().QueueSize != 7 ||
			exporter.RetryConfig.MaxInterval != 7*time.Second {
			t.Errorf("variables did not arrive: %+v", exporter)
		}
		headers := map[string]string{}
		for name, secret := range client.Headers.Iter {
			headers[name] = string(secret)
		}
		want := map[string]string{"price": "$5", "both": "$$${x}", "literal": "${env:RIVERCONV_TEST_COUNT}"}
		if diff := cmp.Diff(want, headers); diff != "" {
			t.Errorf("literal dollars changed (-want +got):\n%s", diff)
		}
		actions := conf.Get("processors::attributes/b::actions").([]any)
		if got := actions[0].(map[string]any)["value"]; got != value {
			t.Errorf("the attribute's value is %T %v, not the text %q", got, got, value)
		}
		if err := resolver.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}
}
