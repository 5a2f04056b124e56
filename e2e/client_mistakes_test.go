package e2e

import (
	"context"
	"fmt"
	"testing"
)

// TestClientRefusedArguments: mistakes of which a user hears before the collector starts.
func TestClientRefusedArguments(t *testing.T) {
	for _, c := range []struct{ name, client, complaint string }{
		{"balancer_name", `balancer_name = "nearest"`, `balancer_name cannot be "nearest"`},
		{"two_authorities", `tls {
			ca_pem  = "x"
			ca_file = "x"
		}`, "provide either a CA file or the PEM-encoded string, but not both"},
		{"two_certificates", `tls {
			cert_pem  = "x"
			cert_file = "x"
			key_file  = "x"
		}`, "provide either certificate file or PEM, but not both"},
		{"two_keys", `tls {
			cert_file = "x"
			key_pem   = "x"
			key_file  = "x"
		}`, "provide either key file or PEM, but not both"},
		{"no_key", `tls { cert_file = "x" }`, "TLS configuration must include both certificate and key"},
		{"no_certificate", `tls { key_file = "x" }`, "TLS configuration must include both certificate and key"},
		{"version", `tls { min_version = "1.4" }`, `unsupported TLS version: "1.4"`},
		{"versions", `tls {
			min_version = "1.3"
			max_version = "1.2"
		}`, "min_version cannot be greater than max_version"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			river := writeRiver(t, variant{name: c.name, client: c.client}.river(0))
			validated(t, "river:"+river, nil, []string{c.complaint})
		})
	}
	// The default of max_interval is thirty seconds, so that a shorter max_elapsed_time does not stand alone.
	t.Run("max_elapsed_time", func(t *testing.T) {
		t.Parallel()
		river := writeRiver(t, variant{name: "brief", otlp: `retry { max_elapsed_time = "10s" }`}.river(0))
		validated(t, "river:"+river, nil, []string{"'max_elapsed_time' must not be less than 'max_interval'"})
	})
}

// TestClientLateMistakes: mistakes that v0.158.0 notices only when it makes the connection to a backend. Its validate
// command accepts them, and it starts, says so, and refuses every span.
func TestClientLateMistakes(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		authority := newAuthority(t, "ours")
		missing := t.TempDir() + "/missing.pem"
		known, other := issue(t, authority, "known"), issue(t, authority, "other")
		cases := []struct{ name, client, why string }{
			{"no_ca_file", fmt.Sprintf(`tls { ca_file = %q }`, missing), "failed to load cert " + missing},
			{"no_certificate", `tls { ca_pem = "nothing" }`, "failed to parse cert"},
			{"wrong_key", fmt.Sprintf("tls {\ncert_pem = %q\nkey_pem = %q\n}", known.CertPEM, other.KeyPEM),
				"tls: private key does not match public key"},
			{"suite", `tls { cipher_suites = ["TLS_ROT13"] }`, `invalid TLS cipher suite: \"TLS_ROT13\"`},
			{"two_names", `
				authority = "one.example.com"
				tls { server_name = "two.example.com" }`,
				`transport creds \"two.example.com\" and dial option \"one.example.com\" don't match`},
			{"compression", `compression = "zlib"`, `unsupported compression type \"zlib\"`},
		}
		var variants []variant
		for _, c := range cases {
			variants = append(variants, variant{name: c.name, client: c.client})
		}
		b := startBench(ctx, t, nil, variants...)
		for _, c := range cases {
			validated(t, "river:"+writeRiver(t, b.all[c.name].river(0)), nil, nil)
			b.all[c.name].says(ctx, t, "failed to start new exporter for endpoint", c.why)
			b.all[c.name].refuses(ctx, t, "couldn't find the exporter for the endpoint")
		}
		b.settle(t)
	})
}
