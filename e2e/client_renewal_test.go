package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestClientRenewal renews certificates under running load balancers. Whoever has to read its own again does so with
// reload_interval, at its next connection. ca_file is read once, whatever reload_interval says. A backend's certificate
// is a matter of the backend.
func TestClientRenewal(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		ours, next := newAuthority(t, "ours"), newAuthority(t, "next")
		folder := t.TempDir()
		caFile := filepath.Join(folder, "ca.pem")
		certFile, keyFile := filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
		renew(t, caFile, ours.PEM)
		become := func(name string) {
			client := issue(t, ours, name)
			renew(t, certFile, client.CertPEM)
			renew(t, keyFile, client.KeyPEM)
		}
		become("first")

		// A backend whose certificate is issued by whom the test says.
		var issuer atomic.Pointer[harness.Authority]
		issuer.Store(ours)
		byIssuer := serving(harness.Identity{})
		byIssuer.Certificates = nil
		byIssuer.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			identity, err := issuer.Load().Issue("backend", backendHosts...)
			return &identity.Certificate, err
		}
		strict := serving(issue(t, ours, "backend", backendHosts...))
		strict.ClientAuth, strict.ClientCAs = tls.RequireAndVerifyClientCert, ours.Pool()

		own := fmt.Sprintf("ca_file = %q\ncert_file = %q\nkey_file = %q\n", caFile, certFile, keyFile)
		const reload = `reload_interval = "1ms"`
		// A backend that is away for a moment is soon tried again.
		const soon = `retry { initial_interval = "50ms" }`
		b := startBench(ctx, t, nil,
			variant{name: "reload", client: "tls {\n" + own + reload + "\n}", otlp: soon,
				backend: harness.WatchOptions{TLS: strict}},
			variant{name: "unset", client: "tls {\n" + own + "}", otlp: soon, backend: harness.WatchOptions{TLS: strict}},
			variant{name: "authority", client: fmt.Sprintf("tls {\nca_file = %q\n%s\n}", caFile, reload), otlp: soon,
				backend: harness.WatchOptions{TLS: byIssuer}},
		)
		for _, one := range b.all {
			one.delivers(ctx, t)
		}
		become("second")
		reloading, unset, trusting := b.all["reload"], b.all["unset"], b.all["authority"]
		for _, one := range []*benchBalancer{reloading, unset} {
			one.knownAs(t, "first")
			one.delivers(ctx, t)
			one.knownAs(t, "first") // a connection outlives its certificate
			one.reconnects(ctx, t)
		}
		reloading.knownAs(t, "second")
		unset.knownAs(t, "first")

		trusting.reconnects(ctx, t) // with another certificate of the same authority
		issuer.Store(next)
		renew(t, caFile, append(append([]byte{}, ours.PEM...), next.PEM...))
		trusting.restarts(t)
		trusting.fails(ctx, t, "x509: certificate signed by unknown authority")
		b.settle(t)
	})
}

// renew replaces a file as a whole.
func renew(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// restarts has another backend take the place of the one that the load balancer is connected with.
func (b *benchBalancer) restarts(t *testing.T) {
	t.Helper()
	b.backend.Drain()
	b.remember()
	b.backend = watchBackend(t, b.backend.Addr(), b.variant.backend)
}

// reconnects delivers over a new connection.
func (b *benchBalancer) reconnects(ctx context.Context, t *testing.T) {
	t.Helper()
	b.restarts(t)
	b.delivers(ctx, t)
}

// knownAs checks as whom the backend knows the sender of the last request.
func (b *benchBalancer) knownAs(t *testing.T, name string) {
	t.Helper()
	if err := comesFrom(name)(b.last(t).TLS); err != nil {
		t.Errorf("%s: %v", b.name, err)
	}
}
