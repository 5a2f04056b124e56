package e2e

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
)

// tempoName is the host that the page's sampling tier sends to.
const tempoName = "tempo-prod-06-prod-gb-south-0.grafana.net"

// TestKubernetesBases applies both kustomize bases, and runs a load balancer and a sampling collector with exactly the
// arguments, configuration, variables and permissions that it reads back. Sampled traces arrive, over TLS, at the Tempo
// host of the page.
func TestKubernetesBases(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		c := startCluster(ctx, t)
		c.addSecret(ctx, t)
		sampling, tempo := pods(1)[0], pods(200)[0]
		names.Set(agentName, nameserver.Answer{Addresses: []netip.Addr{sampling}})
		names.Set(tempoName, nameserver.Answer{Addresses: []netip.Addr{tempo}})
		c.serve(ctx, t, sampling)
		cert, text, err := harness.NewCertificate(tempoName)
		if err != nil {
			t.Fatal(err)
		}
		sink, err := harness.StartBackend("tempo", netip.AddrPortFrom(tempo, 443).String(), &cert)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(sink.Stop)
		var seed uint64
		for _, variant := range []string{"dns", "kubernetes"} {
			t.Run(variant, func(t *testing.T) {
				objects := filepath.Join(t.TempDir(), "objects.yaml")
				if err := harness.Kustomize(ctx, inRepository(t, "configs/kubernetes/"+variant), objects); err != nil {
					t.Fatal(err)
				}
				c.apply(ctx, t, objects)
				// Pods have networks of their own. Here two share one, and cannot listen on the same ports.
				f, env := c.container(ctx, t, "agent-traces-sampling")
				f = f.with("yaml:extensions::health_check::endpoint: 127.0.0.1:13134",
					"yaml:service::telemetry::metrics::level: none")
				startLoadBalancer(ctx, t, f, []string{netip.AddrPortFrom(sampling, 34621).String()},
					append(env, trustFile(t, text))...)
				lb, lbEnv := c.container(ctx, t, "agent-traces-lb")
				startLoadBalancer(ctx, t, lb, []string{agentAddr}, append(lbEnv, c.server.PodEnv()...)...)

				seed++
				load := harness.NewLoad(harness.Shape{Seed: seed, Traces: 2000, Spans: 4, Services: 8})
				if err := load.Send(ctx, nil, newClient(t, harness.NewGRPCClient, agentAddr)); err != nil {
					t.Fatal(err)
				}
				sampled(ctx, t, harness.Backends{sink}, load)
			})
		}
	})
}

// sampled waits until the traces that the tier keeps have arrived: whole ones, and not all. None of the load has an
// error or is slow, so that a tenth is what is left.
func sampled(ctx context.Context, t *testing.T, sink harness.Backends, load harness.Load) {
	t.Helper()
	const spansEach = 4
	got, traces := harness.Delivery{}, len(load.Spans)/spansEach
	spansOf := map[string]int{}
	err := harness.Until(ctx, "a tenth of the traces to arrive", func() (bool, string) {
		more, _ := sink.Take()
		got.Add(onlyOf(load.Spans, more))
		clear(spansOf)
		whole := 0
		for record := range got["tempo"] {
			trace := harness.ByTrace(record)
			if spansOf[trace]++; spansOf[trace] == spansEach {
				whole++
			}
		}
		return whole == len(spansOf) && whole > traces/20, fmt.Sprintf("%d whole traces of %d", whole, len(spansOf))
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(spansOf) > traces/5 {
		t.Errorf("%d of %d traces were sampled", len(spansOf), traces)
	}
	if repeated := got.Audit(load.Spans).Repeated; len(repeated) > 0 {
		t.Errorf("%d spans arrived twice", len(repeated))
	}
}

// addSecret makes the Secret that docs/kubernetes.md shows: what to log in to Tempo with.
func (c *cluster) addSecret(ctx context.Context, t *testing.T) {
	t.Helper()
	var secret corev1.Secret
	if err := yaml.UnmarshalStrict([]byte(shownYAML(t, "docs/kubernetes.md", "kind: Secret")), &secret); err != nil {
		t.Fatal(err)
	}
	if _, err := c.client.CoreV1().Secrets(kubeNamespace).Create(ctx, &secret, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// TestKubernetesBasesRiver: the River in the bases is the page's, but for the credentials, which come from variables,
// and for the tail sampling that its text promises.
func TestKubernetesBasesRiver(t *testing.T) {
	t.Parallel()
	const toTempo, toSampler = "[otelcol.exporter.otlp.default.input,", "[otelcol.processor.tail_sampling.default.input,"
	for _, variant := range []string{"dns", "kubernetes"} {
		page := "configs/" + variant + "_"
		base := "configs/kubernetes/" + variant + "/"
		if read(t, base+"agent_lb.river") != read(t, page+"agent_lb.river") {
			t.Errorf("%sagent_lb.river is not the page's", base)
		}
		want := strings.NewReplacer(toTempo, toSampler,
			`"111111"`, `env("TEMPO_USERNAME")`, `"pass"`, `env("TEMPO_PASSWORD")`).Replace(read(t, page+"agent_sampling.river"))
		const start, end = `otelcol.processor.tail_sampling "default" {`, "\n}\n\n"
		got := read(t, base+"agent_sampling.river")
		before, rest, found := strings.Cut(got, start)
		_, after, closed := strings.Cut(rest, end)
		if !found || !closed || before+after != want {
			t.Errorf("%sagent_sampling.river has other changes:\n%s", base, before+after)
		}
		for _, line := range []string{"status_code", "latency", "probabilistic"} {
			if !slices.Contains(strings.Split(got, "\n"), `    type = "`+line+`"`) {
				t.Errorf("%sagent_sampling.river has no policy of type %s", base, line)
			}
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(inRepository(t, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
