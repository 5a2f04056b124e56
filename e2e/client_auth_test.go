package e2e

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/metadata"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestClientAuth: what the handlers of otelcol.auth components put on the wire.
func TestClientAuth(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		authority := newAuthority(t, "of the backends")
		trusted := trustFile(t, authority.PEM)
		secured := harness.WatchOptions{TLS: serving(issue(t, authority, "backend", backendHosts...))}
		basic := `
			otelcol.auth.basic "NAME" {
				username = "walter"
				password = "p:ss wörd"
			}`
		cases := []struct {
			name, component, want string
		}{
			{"basic", basic, "Basic " + base64.StdEncoding.EncodeToString([]byte("walter:p:ss wörd"))},
			{"bearer", `otelcol.auth.bearer "NAME" { token = "secret" }`, "Bearer secret"},
			{"bearer_scheme", `
				otelcol.auth.bearer "NAME" {
					scheme = "Token"
					token  = "secret"
				}`, "Token secret"},
			{"headers", `
				otelcol.auth.headers "NAME" {
					header {
						key   = "authorization"
						value = "by hand"
					}
				}`, "by hand"},
		}
		var variants []variant
		for _, c := range cases {
			variants = append(variants, withHandler(variant{name: c.name, backend: secured}, c.component))
		}
		open := map[string]string{
			"open_basic":  basic,
			"open_bearer": `otelcol.auth.bearer "NAME" { token = "secret" }`,
			"open_oauth2": `
				otelcol.auth.oauth2 "NAME" {
					client_id     = "collector"
					client_secret = "s3cret"
					token_url     = "http://127.4.0.1/token"
				}`,
		}
		for name, component := range open {
			variants = append(variants, withHandler(variant{name: name, client: plain}, component))
		}
		b := startBench(ctx, t, []string{trusted}, variants...)
		for _, c := range cases {
			b.all[c.name].delivers(ctx, t)
			for _, request := range b.all[c.name].backend.Requests() {
				hasHeader(t, c.name, request, "authorization", c.want)
			}
		}
		// What is secret goes over TLS, or not at all.
		for name := range open {
			b.all[name].says(ctx, t, "failed to start new exporter", "credentials require transport level security")
			b.all[name].refuses(ctx, t, "couldn't find the exporter for the endpoint")
		}
		b.settle(t)
	})
}

// withHandler is the variant with a handler of a component NAME, which gets the variant's name.
func withHandler(v variant, component string) variant {
	kind := regexp.MustCompile(`otelcol\.auth\.\w+`).FindString(component)
	v.component = strings.ReplaceAll(component, "NAME", v.name)
	v.client = "auth = " + kind + "." + v.name + ".handler\n" + v.client
	return v
}

// TestClientAuthHeaders: otelcol.auth.headers takes values from the request that came in, if the receiver keeps them.
// Its actions know nothing of the headers argument beside it.
func TestClientAuthHeaders(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		const header = `
			otelcol.auth.headers "NAME" {
				header {
					key          = "x-tenant"
					from_context = "x-from"
				}
			}`
		const included = "include_metadata = true"
		action := func(name string) string {
			return `
				otelcol.auth.headers "NAME" {
					header {
						key    = "x-tenant"
						value  = "green"
						action = "` + name + `"
					}
				}`
		}
		red := plain + "\n" + `headers = { "x-tenant" = "red" }`
		cases := []struct {
			variant
			component string
			want      []string
		}{
			{variant{name: "context", client: plain, receiver: included}, header, []string{"blue"}},
			{variant{name: "no_context", client: plain}, header, []string{""}},
			{variant{name: "upsert", client: plain}, action("upsert"), []string{"green"}},
			{variant{name: "insert", client: plain}, action("insert"), []string{"green"}},
			{variant{name: "update", client: plain}, action("update"), nil},
			{variant{name: "upsert_both", client: red}, action("upsert"), []string{"red", "green"}},
			{variant{name: "insert_both", client: red}, action("insert"), []string{"red", "green"}},
			{variant{name: "update_both", client: red}, action("update"), []string{"red"}},
			{variant{name: "delete_both", client: red}, action("delete"), []string{"red"}},
		}
		var variants []variant
		for _, c := range cases {
			variants = append(variants, withHandler(c.variant, c.component))
		}
		b := startBench(ctx, t, nil, variants...)
		for _, c := range cases {
			one := b.all[c.name]
			one.delivers(metadata.AppendToOutgoingContext(ctx, "x-from", "blue"), t)
			got := one.last(t).Metadata.Get("x-tenant")
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: x-tenant is %q, want %q", c.name, got, c.want)
			}
		}
		b.settle(t)
	})
}

// TestClientOAuth2 runs otelcol.auth.oauth2 against token endpoints.
func TestClientOAuth2(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		authority := newAuthority(t, "of the backends")
		secured := harness.WatchOptions{TLS: serving(issue(t, authority, "backend", backendHosts...))}
		client := harness.TokenOptions{ID: "collector", Secret: "s3cret", Lifetime: time.Hour}
		lasting := startTokens(t, "127.4.0.1:80", client)
		shortLived := client
		shortLived.Lifetime = 5 * time.Second
		fleeting := startTokens(t, "127.4.0.2:80", shortLived)
		elsewhere := newAuthority(t, "of the token endpoint")
		encrypted := client
		encrypted.TLS = serving(issue(t, elsewhere, "tokens", "127.4.0.3"))
		secure := startTokens(t, "127.4.0.3:443", encrypted)
		silence := client
		silence.After = make(chan struct{})
		silent := startTokens(t, "127.4.0.4:80", silence)

		handler := func(tokens *harness.TokenServer, more string) string {
			return fmt.Sprintf(`
				otelcol.auth.oauth2 "NAME" {
					token_url = %q
					%s
				}`, tokens.URL(), more)
		}
		credentials := `
			client_id     = "collector"
			client_secret = "s3cret"`
		files := fmt.Sprintf(`
			client_id_file     = %q
			client_secret_file = %q`, writeFile(t, "id", "collector"), writeFile(t, "secret", "s3cret"))
		var variants []variant
		for name, component := range map[string]string{
			"lasting": handler(lasting, credentials+`
				scopes          = ["traces.write", "more"]
				endpoint_params = { audience = ["tempo", "two"] }`),
			"fleeting":  handler(fleeting, files),
			"secure":    handler(secure, credentials+fmt.Sprintf("\ntls { ca_pem = %q }", elsewhere.PEM)),
			"untrusted": handler(secure, credentials),
			"wrong":     handler(lasting, `client_id = "collector"`+"\n"+`client_secret = "guess"`),
			"silent":    handler(silent, credentials+"\n"+`timeout = "50ms"`),
		} {
			variants = append(variants, withHandler(variant{name: name, backend: secured}, component))
		}
		b := startBench(ctx, t, []string{trustFile(t, authority.PEM)}, variants...)

		b.all["lasting"].delivers(ctx, t)
		if used := b.all["lasting"].authorizations(); !maps.Equal(used, map[string]int{"Bearer token-1": 4}) {
			t.Errorf("a token that lasts: %v", used)
		}
		asked := lasting.Requests()[0]
		for key, want := range map[string][]string{
			"grant_type": {"client_credentials"}, "scope": {"traces.write more"}, "audience": {"tempo", "two"},
		} {
			if !slices.Equal(asked[key], want) {
				t.Errorf("the token endpoint was asked with %s %q, want %q", key, asked[key], want)
			}
		}
		// A token that ends within ten seconds is not used a second time.
		b.all["fleeting"].delivers(ctx, t)
		if used := b.all["fleeting"].authorizations(); len(used) != 4 || len(fleeting.Requests()) != 4 {
			t.Errorf("a token that does not last: %v, %d requests", used, len(fleeting.Requests()))
		}
		b.all["secure"].delivers(ctx, t)
		const dropped, noToken = "Exporting failed. Dropping data.", "failed to get security token from token endpoint"
		b.all["untrusted"].fails(ctx, t, dropped, noToken, "x509: certificate signed by unknown authority")
		b.all["wrong"].fails(ctx, t, dropped, noToken, "invalid_client")
		b.all["silent"].fails(ctx, t, dropped, noToken, "Client.Timeout exceeded")
		b.settle(t)
	})
}

// authorizations counts the requests that reached the backend by what they say in their authorization header.
func (b *benchBalancer) authorizations() map[string]int {
	used := map[string]int{}
	for _, request := range b.backend.Requests() {
		used[strings.Join(request.Metadata.Get("authorization"), ", ")]++
	}
	return used
}

func startTokens(t *testing.T, addr string, o harness.TokenOptions) *harness.TokenServer {
	t.Helper()
	tokens, err := harness.StartTokenServer(addr, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := tokens.Stop(); err != nil {
			t.Error(err)
		}
	})
	return tokens
}

// writeFile writes a file into a folder of the test and returns its path.
func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
