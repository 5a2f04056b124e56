package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestBalancerTLS: the balancer serves and calls backends with TLS, and either side asks the other for a certificate.
func TestBalancerTLS(t *testing.T) {
	const host = "127.0.0.1"
	forEachDoor(t, func(ctx context.Context, t *testing.T, d door) {
		backends, servers, clients := newAuthority(t, "backends"), newAuthority(t, "servers"), newAuthority(t, "clients")
		folder := t.TempDir()
		server, caller := issue(t, servers, "server", host), issue(t, backends, "balancer", host)
		for name, text := range map[string][]byte{
			"backends.pem": backends.PEM, "clients.pem": clients.PEM, "server.pem": server.CertPEM, "server.key": server.KeyPEM,
			"caller.pem": caller.CertPEM, "caller.key": caller.KeyPEM,
		} {
			if err := os.WriteFile(filepath.Join(folder, name), text, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		backend := watchBackend(t, receiverBackend, harness.WatchOptions{TLS: &tls.Config{
			Certificates: []tls.Certificate{issue(t, backends, "backend", host).Certificate},
			ClientCAs:    backends.Pool(), ClientAuth: tls.RequireAndVerifyClientCert, MinVersion: tls.VersionTLS12,
		}})
		in := func(name string) string { return filepath.Join(folder, name) }
		serving := fmt.Sprintf("tls: {cert_file: %s, key_file: %s, client_ca_file: %s}",
			in("server.pem"), in("server.key"), in("clients.pem"))
		receiver := "otlp_balancer"
		if d == exporterDoor {
			receiver = "otlp"
		}
		f := d.formOf("traces", list(receiverBackend), fmt.Sprintf(
			"protocol: {otlp: {tls: {insecure: false, ca_file: %s, cert_file: %s, key_file: %s}}}",
			in("backends.pem"), in("caller.pem"), in("caller.key"))).with(
			"yaml:receivers::"+receiver+"::protocols::grpc: {"+serving+"}",
			"yaml:receivers::"+receiver+"::protocols::http: {"+serving+"}")
		startDoor(ctx, t, f)
		trusts := &tls.Config{RootCAs: servers.Pool(), MinVersion: tls.VersionTLS12}
		right := trusts.Clone()
		right.Certificates = []tls.Certificate{issue(t, clients, "client", host).Certificate}
		load := harness.NewLoad(harness.Shape{Seed: 52, Traces: 100, Spans: 4, Services: 3})
		if err := load.Send(ctx, nil, newClient(t, harness.Credentials{TLS: right}.GRPCClient, grpcAddr),
			newClient(t, harness.Credentials{TLS: right}.HTTPClient, httpAddr)); err != nil {
			t.Fatal(err)
		}
		nobody := harness.Credentials{TLS: trusts}
		if load.SendOnce(ctx, newClient(t, nobody.GRPCClient, grpcAddr)) == nil ||
			load.SendOnce(ctx, newClient(t, nobody.HTTPClient, httpAddr)) == nil {
			t.Error("who shows no certificate is served")
		}
		settles(ctx, t)
		exactlyOnce(t, harness.Backends{backend.Backend}, load)
		if last := backend.Requests()[0].TLS; last == nil || last.PeerCertificates[0].Subject.CommonName != "balancer" {
			t.Errorf("the backend saw %+v", last)
		}
	})
}

// TestBalancerAuthentication: the receiver serves who shows the right token, and nobody else.
func TestBalancerAuthentication(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		r := &receiver{backends: startBackends(t, nil, receiverBackend)}
		r.collector = startDoor(ctx, t, receiverDoor.formOf("traces", list(receiverBackend)).with(
			"yaml:extensions::bearertokenauth::token: ${env:E2E_TOKEN}", "yaml:service::extensions: [bearertokenauth]",
			"yaml:receivers::otlp_balancer::protocols::grpc::auth::authenticator: bearertokenauth",
			"yaml:receivers::otlp_balancer::protocols::http::auth::authenticator: bearertokenauth",
		), "E2E_TOKEN=the-right-token")
		for _, wrong := range []string{"", "Bearer another-token", "the-right-token"} {
			identity := harness.Credentials{Authorization: wrong}
			err := r.nextLoad().SendOnce(ctx, newClient(t, identity.GRPCClient, grpcAddr))
			if status.Code(err) != codes.Unauthenticated {
				t.Errorf("gRPC with %q: %v, expected Unauthenticated", wrong, err)
			}
			for _, way := range []harness.Form{{}, {JSON: true}} {
				identity.Form = way
				err := r.nextLoad().SendOnce(ctx, newClient(t, identity.HTTPClient, httpAddr))
				if err == nil || !strings.Contains(err.Error(), "401") {
					t.Errorf("HTTP with %q: %v, expected 401", wrong, err)
				}
			}
		}
		right := harness.Credentials{Authorization: "Bearer the-right-token"}
		r.nothingArrived(ctx, t, newClient(t, right.GRPCClient, grpcAddr), newClient(t, right.HTTPClient, httpAddr))
		if strings.Contains(r.collector.Log(), "the-right-token") {
			t.Error("the log holds the token")
		}
	})
}
