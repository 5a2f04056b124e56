package e2e

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
)

// proxyAddr is where the proxy of a test serves. HTTPS_PROXY calls it by its name.
const (
	proxyAddr = "127.5.0.1:3128"
	proxyName = "proxy.example.org"
)

// destination is a backend for a test with a proxy, and how a load balancer calls it.
type destination struct {
	host    string // a name or an address
	address string // what the name stands for; not needed for an address
	proxied bool
	client  string      // what stands in the client block; plain when nothing does
	tls     *tls.Config // of the backend
}

// TestClientProxy: which backends are asked for by HTTPS_PROXY, and which NO_PROXY exempts. The proxy is asked for each
// backend as the load balancer's configuration calls it: names are for the proxy to resolve. Hence an address in
// NO_PROXY exempts no name.
func TestClientProxy(t *testing.T) {
	const outside = "10.1.0."
	for _, c := range []struct {
		name, noProxy string
		destinations  []destination
	}{
		{"unset", "", []destination{
			{host: "one.example.com", address: outside + "1", proxied: true},
			{host: outside + "2", proxied: true},
			// Go makes an exception for what is called by a loopback address, and for localhost.
			{host: "127.6.0.1"},
			{host: "localhost", address: "127.0.0.1"},
			{host: "loopback.example.com", address: "127.6.0.2", proxied: true},
		}},
		{"name", "one.example.com", []destination{
			{host: "one.example.com", address: outside + "1"},
			{host: "below.one.example.com", address: outside + "2"},
			{host: "another-one.example.com", address: outside + "3", proxied: true},
			{host: "example.com", address: outside + "4", proxied: true},
		}},
		{"leading_dot", " .example.com", []destination{
			{host: "one.example.com", address: outside + "1"},
			{host: "far.below.example.com", address: outside + "2"},
			{host: "example.com", address: outside + "3", proxied: true},
			{host: "example.net", address: outside + "4", proxied: true},
		}},
		{"asterisk_dot", "*.example.com", []destination{
			{host: "one.example.com", address: outside + "1"},
			{host: "example.com", address: outside + "2", proxied: true},
		}},
		{"address", outside + "1," + outside + "2", []destination{
			{host: outside + "1"},
			{host: "one.example.com", address: outside + "2", proxied: true},
			{host: outside + "3", proxied: true},
		}},
		{"network", "10.1.0.0/29,192.0.2.0/24", []destination{
			{host: outside + "1"},
			{host: outside + "7"},
			{host: outside + "8", proxied: true},
			{host: "one.example.com", address: outside + "2", proxied: true},
		}},
		{"port", "one.example.com:4317,two.example.com:4318," + outside + "3:4317," + outside + "4:4318", []destination{
			{host: "one.example.com", address: outside + "1"},
			{host: "two.example.com", address: outside + "2", proxied: true},
			{host: outside + "3"},
			{host: outside + "4", proxied: true},
		}},
		{"list", "one.example.com,two.example.com, " + outside + "3", []destination{
			{host: "one.example.com", address: outside + "1"},
			{host: "two.example.com", address: outside + "2"},
			{host: outside + "3"},
			{host: "four.example.com", address: outside + "4", proxied: true},
		}},
		{"asterisk", "*", []destination{
			{host: "one.example.com", address: outside + "1"},
			{host: outside + "2"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
				proxy := startProxy(t, always(http.StatusOK))
				b := startBeyondProxy(ctx, t, "http://"+proxyName+":3128", c.noProxy, c.destinations...)
				want := map[string]int{}
				for i, d := range c.destinations {
					b.all[destinationName(i)].delivers(ctx, t)
					if d.proxied {
						want[d.host+":4317"] = 1
					}
				}
				if got := targets(proxy); !maps.Equal(got, want) {
					t.Errorf("the proxy was asked for %v, want %v", got, want)
				}
				b.settle(t)
			})
		})
	}
}

// TestClientProxyAnswers: a proxy that wants a password, one that refuses, and one that is not there.
func TestClientProxyAnswers(t *testing.T) {
	backend := destination{host: "one.example.com", address: "10.1.0.1"}
	secret := "Basic " + base64.StdEncoding.EncodeToString([]byte("walter:s3cret"))
	withPassword := func(asked harness.Tunnel) int {
		if asked.Authorization != secret {
			return http.StatusProxyAuthRequired
		}
		return http.StatusOK
	}
	for _, c := range []struct {
		name, url string
		answer    func(harness.Tunnel) int
		fails     string
	}{
		{"password", "http://walter:s3cret@" + proxyAddr, withPassword, ""},
		{"no_scheme", "walter:s3cret@" + proxyAddr, withPassword, ""},
		{"wrong_password", "http://walter:guess@" + proxyAddr, withPassword, "407 Proxy Authentication Required"},
		{"refusal", "http://" + proxyAddr, always(http.StatusForbidden), "403 Forbidden"},
		{"gone", "http://127.5.0.2:3128", always(http.StatusOK), "connect: connection refused"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
				startProxy(t, c.answer)
				b := startBeyondProxy(ctx, t, c.url, "", backend)
				one := b.all[destinationName(0)]
				if c.fails != "" {
					one.fails(ctx, t, "Exporting failed.", c.fails)
				} else {
					one.delivers(ctx, t)
				}
				b.settle(t)
			})
		})
	}
}

// TestClientProxyAndTLS: TLS goes through the proxy to the backend, whose certificate has to hold its name.
func TestClientProxyAndTLS(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		authority := newAuthority(t, "ours")
		const name = "one.example.com"
		trust := fmt.Sprintf("tls { ca_pem = %q }", authority.PEM)
		named, other := serving(issue(t, authority, "one", name)), serving(issue(t, authority, "two", "two.example.com"))
		proxy := startProxy(t, always(http.StatusOK))
		b := startBeyondProxy(ctx, t, "http://"+proxyAddr, "",
			destination{host: name, address: "10.1.0.1", proxied: true, client: trust, tls: named},
			destination{host: "10.1.0.2", proxied: true, client: trust, tls: other},
		)
		right, wrong := b.all[destinationName(0)], b.all[destinationName(1)]
		right.delivers(ctx, t)
		if err := asksFor(name)(right.last(t).TLS); err != nil {
			t.Error(err)
		}
		wrong.fails(ctx, t, "x509: cannot validate certificate for 10.1.0.2")
		if asked := targets(proxy); asked[name+":4317"] != 1 || asked["10.1.0.2:4317"] == 0 {
			t.Errorf("the proxy was asked for %v", asked)
		}
		b.settle(t)
	})
}

// startBeyondProxy starts a bench behind HTTPS_PROXY and NO_PROXY with a load balancer for each destination.
func startBeyondProxy(
	ctx context.Context, t *testing.T, httpsProxy, noProxy string, destinations ...destination,
) *bench {
	t.Helper()
	if err := harness.AddLoopbackNetwork(netip.MustParsePrefix("10.1.0.0/16")); err != nil {
		t.Fatal(err)
	}
	names := startNameServer(t, "nameserver 127.0.0.1\n")
	names.Set(proxyName, nameserver.Answer{Addresses: []netip.Addr{netip.MustParseAddr("127.5.0.1")}})
	var variants []variant
	var backends []*harness.WatchedBackend
	for i, d := range destinations {
		address := cmp.Or(d.address, d.host)
		names.Set(d.host, nameserver.Answer{Addresses: []netip.Addr{netip.MustParseAddr(address)}})
		backends = append(backends, watchBackend(t, address+":4317", harness.WatchOptions{TLS: d.tls}))
		variants = append(variants, variant{
			name: destinationName(i), client: cmp.Or(d.client, plain), hosts: []string{d.host + ":4317"},
		})
	}
	env := []string{"HTTPS_PROXY=" + httpsProxy, "NO_PROXY=" + noProxy, "https_proxy=", "no_proxy="}
	return startBenchOf(ctx, t, env, backends, variants...)
}

func destinationName(position int) string { return fmt.Sprintf("destination_%d", position) }

func startProxy(t *testing.T, answer func(harness.Tunnel) int) *harness.Proxy {
	t.Helper()
	proxy, err := harness.StartProxy(proxyAddr, answer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := proxy.Stop(); err != nil {
			t.Error(err)
		}
	})
	return proxy
}

func always(status int) func(harness.Tunnel) int { return func(harness.Tunnel) int { return status } }

// targets counts what the proxy was asked for.
func targets(proxy *harness.Proxy) map[string]int {
	asked := map[string]int{}
	for _, tunnel := range proxy.Tunnels() {
		asked[tunnel.Target]++
	}
	return asked
}
