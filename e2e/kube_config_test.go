package e2e

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
)

// kubeServiceLine is the page's argument that names the service.
const kubeServiceLine = `service = "` + kubeService + `"`

// TestKubernetesExample runs the page's load balancer to the letter, and restarts its API server: while that is away
// the load balancer keeps the pods that it knows, and it follows changes again when that is back.
func TestKubernetesExample(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		c := startCluster(ctx, t)
		c.grant(ctx, t, kubeNamespace)
		backends := startBackends(t, nil, endpoints(pods(1, 2, 3)...)...)
		for _, f := range forms(ctx, t, "flow", inRepository(t, kubeRiver)) {
			t.Run(f.name, func(t *testing.T) {
				c.serve(ctx, t, pods(1, 2)...)
				tier := startTier(ctx, t, f, agentAddr, backends, c.server.PodEnv()...)
				tier.stays(ctx, t, endpoints(pods(1, 2)...)...)
				if err := c.server.Kill(); err != nil {
					t.Fatal(err)
				}
				tier.stays(ctx, t, endpoints(pods(1, 2)...)...)
				if err := c.server.Start(ctx); err != nil {
					t.Fatal(err)
				}
				tier.stays(ctx, t, endpoints(pods(1, 2)...)...)
				c.serve(ctx, t, pods(2, 3)...)
				tier.reaches(ctx, t, endpoints(pods(2, 3)...)...)
			})
		}
	})
}

// TestKubernetesPermission: without the right to see EndpointSlices, v0.158.0 waits in its start, serves nobody, is
// not ready, and says which right it lacks. It starts as soon as it is granted.
func TestKubernetesPermission(t *testing.T) {
	const lacks = `User "system:serviceaccount:` + kubeNamespace + `:` + kubeAccount + `" cannot list resource ` +
		`"endpointslices" in API group "discovery.k8s.io" in the namespace "` + kubeNamespace + `"`
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		c := startCluster(ctx, t)
		c.serve(ctx, t, pods(1)...)
		f := kubeForms(ctx, t)[0].with("yaml:extensions::health_check::endpoint: "+healthAddr,
			"yaml:service::extensions: [health_check]")
		lb := launchLoadBalancer(t, f, []string{agentAddr}, c.server.PodEnv()...)
		err := harness.Until(ctx, "it to say twice what it lacks", func() (bool, string) {
			return strings.Count(strings.ReplaceAll(lb.Log(), `\"`, `"`), lacks) >= 2, lb.Log()
		})
		if err != nil {
			t.Fatal(err)
		}
		if conn, err := net.Dial("tcp", agentAddr); err == nil {
			_ = conn.Close()
			t.Error("it takes spans that it cannot send to anybody")
		}
		if status := health(ctx, t); status != http.StatusServiceUnavailable {
			t.Errorf("its health check answers %d before it serves", status)
		}
		c.grant(ctx, t, kubeNamespace)
		if err := lb.Ready(ctx); err != nil {
			t.Fatal(err)
		}
		if status := health(ctx, t); status != http.StatusOK {
			t.Errorf("its health check answers %d when it serves", status)
		}
		backends := startBackends(t, nil, endpoints(pods(1)...)...)
		newTier(t, lb, agentAddr, backends).stays(ctx, t, endpoints(pods(1)...)...)
	})
}

// healthAddr is where the health_check extension answers.
const healthAddr = "127.0.0.1:13133"

// health returns the status with which the health check answers.
func health(ctx context.Context, t *testing.T) int {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+healthAddr, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode
}

// TestKubernetesNamespace: a service may be named with its namespace, and then another one than the pod's is meant.
func TestKubernetesNamespace(t *testing.T) {
	const other = "sampling"
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		c := startCluster(ctx, t)
		c.addNamespace(ctx, t, other)
		c.grant(ctx, t, other)
		c.serve(ctx, t, pods(1)...) // in the pod's own namespace
		c.writeSlice(ctx, t, other, kubeService+"-1", endpoint(pods(2)[0]))
		c.writeSlice(ctx, t, other, kubeService+"-2", endpoint(pods(3)[0])) // one service may have several slices
		backends := startBackends(t, nil, endpoints(pods(1, 2, 3)...)...)
		for _, name := range []string{kubeService + "." + other, kubeService + "." + other + ".svc.cluster.local"} {
			t.Run(name, func(t *testing.T) {
				f := kubeForms(ctx, t, kubeServiceLine, `service = "`+name+`"`)[0]
				startTier(ctx, t, f, agentAddr, backends, c.server.PodEnv()...).stays(ctx, t, endpoints(pods(2, 3)...)...)
			})
		}
	})
}

// TestKubernetesPorts: each port of each pod is a backend.
func TestKubernetesPorts(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		c := startCluster(ctx, t)
		c.grant(ctx, t, kubeNamespace)
		c.serve(ctx, t, pods(1, 2)...)
		var both []string
		for _, address := range pods(1, 2) {
			for _, port := range []uint16{34621, 34622} {
				both = append(both, netip.AddrPortFrom(address, port).String())
			}
		}
		backends := startBackends(t, nil, both...)
		for _, f := range kubeForms(ctx, t, `ports = ["34621"]`, `ports = [34621, 34622]`) {
			t.Run(f.name, func(t *testing.T) {
				startTier(ctx, t, f, agentAddr, backends, c.server.PodEnv()...).stays(ctx, t, both...)
			})
		}
	})
}

// TestKubernetesHostnames: with return_hostnames, which only Alloy has, backends are called by the names that pods of a
// StatefulSet keep. A pod without a name is none.
func TestKubernetesHostnames(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		names := startNameServer(t, podResolvConf)
		c := startCluster(ctx, t)
		c.grant(ctx, t, kubeNamespace)
		river := changed(t, kubeRiver, kubeServiceLine, kubeServiceLine+"\nreturn_hostnames = true",
			",otelcol.exporter.logging.default.input", "", `otelcol.exporter.logging "default"`,
			`otelcol.exporter.debug "unused"`, detailed, basic)
		var backends harness.Backends
		var called []string
		nameless := endpoint(pods(9)[0])
		slice := []discoveryv1.Endpoint{nameless}
		for i, address := range pods(1, 2) {
			host := "sampler-" + string(rune('0'+i))
			names.Set(host+"."+kubeService+"."+kubeNamespace+".svc.cluster.local",
				nameserver.Answer{Addresses: []netip.Addr{address}})
			pod := endpoint(address)
			pod.Hostname = &host
			slice = append(slice, pod)
			name := net.JoinHostPort(host+"."+kubeService+"."+kubeNamespace, "34621")
			called = append(called, name)
			backend, err := harness.StartBackend(name, netip.AddrPortFrom(address, 34621).String(), nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(backend.Stop)
			backends = append(backends, backend)
		}
		c.writeSlice(ctx, t, kubeNamespace, kubeService+"-1", slice...)
		for _, f := range forms(ctx, t, "alloy", river) {
			t.Run(f.name, func(t *testing.T) {
				tier := startTier(ctx, t, f, agentAddr, backends, c.server.PodEnv()...)
				tier.stays(ctx, t, called...)
			})
		}
	})
}
