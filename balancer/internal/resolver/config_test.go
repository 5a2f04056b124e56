package resolver

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/confmap"
)

// read reads a configuration as the collector does.
func read(t *testing.T, text string) (c Config, err error) {
	t.Helper()
	retrieved, err := confmap.NewRetrievedFromYAML([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	conf, err := retrieved.AsConf()
	if err != nil {
		t.Fatal(err)
	}
	if err := conf.Unmarshal(&c); err != nil {
		return c, err
	}
	return c, confmap.Validate(c)
}

func TestConfig(t *testing.T) {
	c, err := read(t, `static: {hostnames: ["a:4317", b]}`)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&Static{Hostnames: []string{"a:4317", "b"}}, c.Static.Get()); diff != "" {
		t.Errorf("static (-want +got):\n%s", diff)
	}
	c, err = read(t, `dns: {hostname: sampler, port: "4317", interval: 3s, timeout: 2s}`)
	if err != nil {
		t.Fatal(err)
	}
	wantDNS := &DNS{Hostname: "sampler", Port: "4317", Interval: 3 * time.Second, Timeout: 2 * time.Second}
	if diff := cmp.Diff(wantDNS, c.DNS.Get()); diff != "" {
		t.Errorf("dns (-want +got):\n%s", diff)
	}
	c, err = read(t, `k8s: {service: sampler.traces, ports: [4317, 4318], timeout: 2s, return_hostnames: true}`)
	if err != nil {
		t.Fatal(err)
	}
	wantK8s := &K8s{
		Service: "sampler.traces", Ports: []int32{4317, 4318}, Timeout: 2 * time.Second, ReturnHostnames: true,
	}
	if diff := cmp.Diff(wantK8s, c.K8s.Get()); diff != "" {
		t.Errorf("k8s (-want +got):\n%s", diff)
	}
}

func TestConfigAccepts(t *testing.T) {
	for _, text := range []string{
		`dns: {hostname: sampler}`,
		`dns: {hostname: sampler.traces.svc.cluster.local.}`,
		`dns: {hostname: _otlp._tcp.sampler}`,
		`dns: {hostname: "fd00::1"}`,
		`k8s: {service: sampler}`,
		`k8s: {service: sampler.}`,
		`k8s: {service: sampler.traces.svc.cluster.local}`,
	} {
		if _, err := read(t, text); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestConfigRefuses(t *testing.T) {
	for text, want := range map[string]string{
		`{}`: "no resolver is configured: static, dns or k8s says where the backends are",
		`{static: {hostnames: [a]}, dns: {hostname: a}}`: "static and dns are configured, but backends come from one " +
			"resolver only",
		`static: {}`:                       `static: hostnames is empty: name the backends, such as "sampler-1:4317"`,
		`static: {hostnames: [a, ""]}`:     `static: hostnames[1] is "", which is no backend`,
		`static: {hostnames: ["a, b"]}`:    `static: hostnames[0] is "a, b", which is no backend`,
		`static: {hostnames: [a:4317, a]}`: `static: hostnames has "a:4317" and "a", which are the same backend`,
		`dns: {}`:                          "dns: hostname is missing: it is the DNS name of the backends",
		`dns: {hostname: "http://a"}`:      `dns: hostname "http://a" is not a DNS name`,
		`dns: {hostname: "a:4317"}`: `dns: hostname "a:4317" holds a port: write hostname "a" and port ` +
			`"4317"`,
		`dns: {hostname: a, port: otlp}`:    `dns: port "otlp" is not a number from 1 to 65535`,
		`dns: {hostname: a, port: "0"}`:     `dns: port "0" is not a number from 1 to 65535`,
		`dns: {hostname: a, port: "65536"}`: `dns: port "65536" is not a number from 1 to 65535`,
		`dns: {hostname: _otlp._tcp.a, port: "4317"}`: `dns: port "4317" cannot be given with hostname ` +
			`"_otlp._tcp.a": SRV records hold the ports`,
		`dns: {hostname: a, interval: -1s, timeout: -2s}`: "dns: interval is -1s, but must not be negative\n" +
			"timeout is -2s, but must not be negative",
		`k8s: {}`: "k8s: service is missing: it is NAME or NAME.NAMESPACE",

		`k8s: {service: .a}`:  `k8s: service ".a" is not NAME, NAME.NAMESPACE or NAME.NAMESPACE.svc.DOMAIN`,
		`k8s: {service: a_b}`: `k8s: service "a_b" is not NAME, NAME.NAMESPACE or NAME.NAMESPACE.svc.DOMAIN`,
		`k8s: {service: a.b.c}`: `k8s: service "a.b.c" is not NAME, NAME.NAMESPACE or ` +
			`NAME.NAMESPACE.svc.DOMAIN`,
		`k8s: {service: a, ports: [0]}`:          "k8s: ports has 0, which is not a number from 1 to 65535",
		`k8s: {service: a, ports: [4317, 4317]}`: "k8s: ports has 4317 twice",
		`k8s: {service: a, timeout: -1s}`:        "k8s: timeout is -1s, but must not be negative",
		`aws_cloud_map: {namespace: a}`: "'' aws_cloud_map is not supported: take dns with the name of the service in " +
			"the DNS namespace of Cloud Map, or the load_balancing exporter",
	} {
		got := ""
		if _, err := read(t, text); err != nil {
			got = err.Error()
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
