package e2e

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestReceiverAuthentication: the receiver serves who shows the right credentials, and nobody else.
func TestReceiverAuthentication(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		basic := func(password string) string {
			return "Basic " + base64.StdEncoding.EncodeToString([]byte("agent:"+password))
		}
		backends := startBackends(t, nil, receiverBackend)
		r := &receiver{backends: backends}
		f := form{"river", harness.River, []string{riverFile(t, "authenticated.alloy")}}
		r.collector = startLoadBalancer(ctx, t, f, []string{grpcAddr, httpAddr},
			"E2E_TOKEN=the-right-token", "E2E_PASSWORD=the-right-password")

		for _, wrong := range []string{"", "Bearer another-token", "the-right-token", basic("the-right-password")} {
			client := newClient(t, harness.Credentials{Authorization: wrong}.GRPCClient, grpcAddr)
			if err := r.nextLoad().SendOnce(ctx, client); status.Code(err) != codes.Unauthenticated {
				t.Errorf("gRPC with %q: %v, expected Unauthenticated", wrong, err)
			}
		}
		for _, wrong := range []string{"", basic("another-password"), basic(""), "Bearer the-right-token"} {
			client := newClient(t, harness.Credentials{Authorization: wrong}.HTTPClient, httpAddr)
			err := r.nextLoad().SendOnce(ctx, client)
			if err == nil || !strings.Contains(err.Error(), http.StatusText(http.StatusUnauthorized)) {
				t.Errorf("HTTP with %q: %v, expected 401", wrong, err)
			}
		}
		r.nothingArrived(ctx, t,
			newClient(t, harness.Credentials{Authorization: "Bearer the-right-token"}.GRPCClient, grpcAddr),
			newClient(t, harness.Credentials{Authorization: basic("the-right-password")}.HTTPClient, httpAddr))
		for _, secret := range []string{"the-right-token", "the-right-password", "another-token", "another-password"} {
			if strings.Contains(r.collector.Log(), secret) {
				t.Errorf("the log holds %q", secret)
			}
		}
	})
}

// TestReceiverMutualTLS: with client_ca_file the receiver serves clients with a certificate of that authority, and
// nobody else.
func TestReceiverMutualTLS(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		folder := t.TempDir()
		servers, clients, others := newAuthority(t, "servers"), newAuthority(t, "clients"), newAuthority(t, "others")
		const host = "127.0.0.1"
		server := issue(t, servers, "server", host)
		for name, text := range map[string][]byte{
			"cert.pem": server.CertPEM, "key.pem": server.KeyPEM, "clients.pem": clients.PEM,
		} {
			if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		r := &receiver{backends: startBackends(t, nil, receiverBackend)}
		f := form{"river", harness.River, []string{riverFile(t, "mutual.river")}}
		r.collector = startLoadBalancer(ctx, t, f, []string{grpcAddr, httpAddr}, "E2E_FOLDER="+folder)

		without := &tls.Config{RootCAs: servers.Pool(), MinVersion: tls.VersionTLS13}
		from := func(authority *harness.Authority) *tls.Config {
			own, config := issue(t, authority, "client", host).Certificate, without.Clone()
			// Among Certificates it would look for one of an authority that the server asks for.
			config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &own, nil }
			return config
		}
		for _, wrong := range []struct {
			shows  string
			config *tls.Config
			alert  string
		}{
			{"no certificate", without, "certificate required"},
			{"another authority's certificate", from(others), "unknown certificate authority"},
			{"a certificate of the server's authority", from(servers), "unknown certificate authority"},
		} {
			for _, addr := range []string{grpcAddr, httpAddr} {
				refusedByTLS(ctx, t, addr, wrong.config, wrong.shows, wrong.alert)
			}
			identity := harness.Credentials{TLS: wrong.config}
			if err := r.nextLoad().SendOnce(ctx, newClient(t, identity.GRPCClient, grpcAddr)); err == nil {
				t.Errorf("gRPC serves who shows %s", wrong.shows)
			}
			if err := r.nextLoad().SendOnce(ctx, newClient(t, identity.HTTPClient, httpAddr)); err == nil {
				t.Errorf("HTTP serves who shows %s", wrong.shows)
			}
		}
		if err := r.nextLoad().SendOnce(ctx, newClient(t, harness.NewHTTPClient, httpAddr)); err == nil {
			t.Error("HTTP serves who speaks no TLS")
		}
		right := harness.Credentials{TLS: from(clients)}
		r.nothingArrived(ctx, t,
			newClient(t, right.GRPCClient, grpcAddr), newClient(t, right.HTTPClient, httpAddr))
	})
}

// refusedByTLS checks what a client is told that sends nothing: TLS 1.3 refuses it when it first reads.
func refusedByTLS(ctx context.Context, t *testing.T, addr string, config *tls.Config, shows, alert string) {
	t.Helper()
	config = config.Clone()
	config.ServerName, config.NextProtos = "127.0.0.1", []string{"h2"}
	conn := tls.Client(connect(ctx, t, addr, 1)[0], config)
	if err := conn.HandshakeContext(ctx); err != nil {
		t.Errorf("%s does not end the handshake with who shows %s: %v", addr, shows, err)
		return
	}
	if _, err := conn.Read(make([]byte, 1)); err == nil || !strings.Contains(err.Error(), alert) {
		t.Errorf("%s tells who shows %s: %v, expected %q", addr, shows, err, alert)
	}
}
