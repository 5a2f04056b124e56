package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// tlsCase is a setting of the tls block and a backend for it. Either words of the log say why nothing arrives, or
// everything does, and seen, which may be nil, looks at the connection.
type tlsCase struct {
	name    string
	block   string
	outside string // arguments of the client block beside it
	backend *tls.Config
	host    string // by which the backend is called, 127.2.0.N by default
	fails   string
	seen    func(*tls.ConnectionState) error
}

// runTLS runs cases that trust what the file holds, by their operating system.
func runTLS(ctx context.Context, t *testing.T, trusted []byte, cases ...tlsCase) {
	t.Helper()
	var variants []variant
	var backends []*harness.WatchedBackend
	for i, c := range cases {
		// Where the first attempt fails before the backend's reason arrives, the next one is soon.
		v := variant{
			name: c.name, client: fmt.Sprintf("%s\ntls {\n%s\n}", c.outside, c.block),
			otlp: `retry { initial_interval = "100ms" }`,
		}
		addr := backendAt(i)
		if c.host != "" {
			addr = fmt.Sprintf("127.0.0.1:%d", 5000+i)
			v.hosts = []string{fmt.Sprintf("%s:%d", c.host, 5000+i)}
		}
		variants = append(variants, v)
		backends = append(backends, watchBackend(t, addr, harness.WatchOptions{TLS: c.backend}))
	}
	b := startBenchOf(ctx, t, []string{trustFile(t, trusted)}, backends, variants...)
	for _, c := range cases {
		one := b.all[c.name]
		if c.fails != "" {
			one.fails(ctx, t, "Exporting failed.", c.fails)
			continue
		}
		one.delivers(ctx, t)
		if c.seen == nil {
			continue
		}
		if err := c.seen(one.last(t).TLS); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	b.settle(t)
}

// TestClientTLSTrust: which certificates of a backend are accepted, and what the log says of the others.
func TestClientTLSTrust(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		ours, systems, others := newAuthority(t, "ours"), newAuthority(t, "the system's"), newAuthority(t, "others")
		byOurs := serving(issue(t, ours, "backend", backendHosts...))
		bySystems := serving(issue(t, systems, "backend", backendHosts...))
		named := serving(issue(t, ours, "backend", "named.example.com"))
		late, err := ours.IssueExpired("backend", backendHosts...)
		if err != nil {
			t.Fatal(err)
		}
		expired := serving(late)
		caFile := fmt.Sprintf("ca_file = %q", writeFile(t, "ca.pem", string(ours.PEM)))
		caPEM := fmt.Sprintf("ca_pem = %q", ours.PEM)
		otherCA := fmt.Sprintf("ca_pem = %q", others.PEM)
		const unknown = "x509: certificate signed by unknown authority"
		runTLS(ctx, t, systems.PEM,
			tlsCase{name: "system", backend: bySystems},
			tlsCase{name: "not_of_the_system", backend: byOurs, fails: unknown},
			tlsCase{name: "ca_file", block: caFile, backend: byOurs},
			tlsCase{name: "ca_pem", block: caPEM, backend: byOurs},
			tlsCase{name: "wrong_ca", block: otherCA, backend: byOurs, fails: unknown},
			tlsCase{name: "ca_alone", block: caFile, backend: bySystems, fails: unknown},
			tlsCase{name: "ca_and_system", block: caFile + "\ninclude_system_ca_certs_pool = true", backend: bySystems},
			tlsCase{name: "system_and_ca", block: caFile + "\ninclude_system_ca_certs_pool = true", backend: byOurs},
			tlsCase{name: "expired", block: caFile, backend: expired, fails: "x509: certificate has expired"},
			tlsCase{name: "unverified", block: "insecure_skip_verify = true", backend: expired, seen: encrypted},

			tlsCase{name: "wrong_name", block: caFile, backend: named, host: "localhost",
				fails: "x509: certificate is valid for named.example.com, not localhost"},
			tlsCase{name: "wrong_address", block: caFile, backend: named,
				fails: "because it doesn't contain any IP SANs"},
			tlsCase{name: "server_name", block: caFile + "\n" + `server_name = "named.example.com"`, backend: named,
				seen: asksFor("named.example.com")},
			tlsCase{name: "other_server_name", block: caFile + "\n" + `server_name = "other.example.com"`, backend: named,
				fails: "x509: certificate is valid for named.example.com, not other.example.com"},
			// Without server_name, authority is also the name that the certificate has to hold.
			tlsCase{name: "authority", block: caFile, outside: `authority = "named.example.com"`, backend: named,
				seen: asksFor("named.example.com")},

			tlsCase{name: "insecure", block: "insecure = true"},
			// Who is quicker decides on the rest of the message: the backend closes what it does not understand.
			tlsCase{name: "insecure_to_tls", block: "insecure = true", backend: byOurs, fails: "code = Unavailable"},
			tlsCase{name: "tls_to_plain", fails: "tls: first record does not look like a TLS handshake"},
			// With a certificate authority, insecure has no effect.
			tlsCase{name: "insecure_with_ca", block: caFile + "\ninsecure = true", backend: byOurs, seen: encrypted},
		)
	})
}

// TestClientTLSVersions: min_version, max_version and cipher_suites, against backends with limits of their own.
func TestClientTLSVersions(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		authority := newAuthority(t, "ours")
		identity := issue(t, authority, "backend", backendHosts...)
		newest, old, oldest := serving(identity), serving(identity), serving(identity)
		old.MaxVersion = tls.VersionTLS12
		oldest.MinVersion, oldest.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		oldest.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
		small := serving(identity)
		small.MaxVersion = tls.VersionTLS12
		small.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
		const (
			upToTLS12 = `max_version = "1.2"` + "\n"
			fromTLS11 = `min_version = "1.1"` + "\n"
			large     = `cipher_suites = ["TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"]`
			ancient   = `cipher_suites = ["TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA"]`
		)
		runTLS(ctx, t, authority.PEM,
			tlsCase{name: "unset", backend: newest, seen: speaks(tls.VersionTLS13)},
			tlsCase{name: "max_version", block: upToTLS12, backend: newest, seen: speaks(tls.VersionTLS12)},
			tlsCase{name: "unset_to_old", backend: old, seen: speaks(tls.VersionTLS12)},
			tlsCase{name: "min_version", block: `min_version = "1.3"`, backend: old,
				fails: "remote error: tls: protocol version not supported"},
			tlsCase{name: "unset_to_oldest", backend: oldest, fails: "remote error: tls: protocol version not supported"},
			tlsCase{name: "low_min_version", block: fromTLS11 + ancient, backend: oldest, seen: speaks(tls.VersionTLS11)},
			// gRPC itself asks for suites only that HTTP/2 allows, which TLS 1.1 does not have.
			tlsCase{name: "low_min_version_alone", block: fromTLS11, backend: oldest,
				fails: "remote error: tls: handshake failure"},
			tlsCase{name: "cipher_suites", block: upToTLS12 + large, backend: old,
				seen: uses(tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384)},
			tlsCase{name: "no_common_suite", block: upToTLS12 + large, backend: small,
				fails: "remote error: tls: handshake failure"},
			// TLS 1.3 has suites of its own, and the argument is not about them.
			tlsCase{name: "suites_of_tls13", block: large, backend: newest, seen: speaks(tls.VersionTLS13)},
		)
	})
}

// TestClientMutualTLS: backends that want to know who sends.
func TestClientMutualTLS(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		ours, others := newAuthority(t, "ours"), newAuthority(t, "others")
		strict := serving(issue(t, ours, "backend", backendHosts...))
		strict.ClientAuth, strict.ClientCAs = tls.RequireAndVerifyClientCert, ours.Pool()
		older := strict.Clone()
		older.MaxVersion = tls.VersionTLS12
		known, stranger := issue(t, ours, "known"), issue(t, others, "stranger")
		expired, err := ours.IssueExpired("expired")
		if err != nil {
			t.Fatal(err)
		}
		runTLS(ctx, t, ours.PEM,
			tlsCase{name: "files", block: fmt.Sprintf("cert_file = %q\nkey_file = %q", writeFile(t, "cert.pem",
				string(known.CertPEM)), writeFile(t, "key.pem", string(known.KeyPEM))), backend: strict, seen: comesFrom("known")},
			tlsCase{name: "pem", block: certificateOf(known), backend: strict, seen: comesFrom("known")},
			// With TLS 1.3 a client may write before it hears that it is not welcome: often the log knows no more than
			// "broken pipe". With TLS 1.2 the backend's reason comes in time.
			tlsCase{name: "none", backend: strict, fails: "code = Unavailable"},
			tlsCase{name: "none_tls12", backend: older, fails: "remote error: tls: handshake failure"},
			tlsCase{name: "stranger", block: certificateOf(stranger), backend: older,
				fails: "remote error: tls: unknown certificate authority"},
			tlsCase{name: "expired", block: certificateOf(expired), backend: older,
				fails: "remote error: tls: expired certificate"},
		)
	})
}

// certificateOf is an identity as arguments of the tls block.
func certificateOf(identity harness.Identity) string {
	return fmt.Sprintf("cert_pem = %q\nkey_pem = %q", identity.CertPEM, identity.KeyPEM)
}

func encrypted(state *tls.ConnectionState) error {
	if state == nil {
		return fmt.Errorf("the connection is not encrypted")
	}
	return nil
}

func speaks(version uint16) func(*tls.ConnectionState) error {
	return func(state *tls.ConnectionState) error {
		if state.Version != version {
			return fmt.Errorf("%s, want %s", tls.VersionName(state.Version), tls.VersionName(version))
		}
		return nil
	}
}

func uses(suite uint16) func(*tls.ConnectionState) error {
	return func(state *tls.ConnectionState) error {
		if state.CipherSuite != suite {
			return fmt.Errorf("%s, want %s", tls.CipherSuiteName(state.CipherSuite), tls.CipherSuiteName(suite))
		}
		return nil
	}
}

func asksFor(name string) func(*tls.ConnectionState) error {
	return func(state *tls.ConnectionState) error {
		if state.ServerName != name {
			return fmt.Errorf("it asks for %q, want %q", state.ServerName, name)
		}
		return nil
	}
}

func comesFrom(name string) func(*tls.ConnectionState) error {
	return func(state *tls.ConnectionState) error {
		if got := state.PeerCertificates[0].Subject.CommonName; got != name {
			return fmt.Errorf("it is %q, want %q", got, name)
		}
		return nil
	}
}
