package e2e

import (
	"context"
	"slices"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestClientCompression: what compression writes on the wire. The page also names zlib and deflate, which gRPC does not
// have: v0.158.0 starts with them, and then refuses every span.
func TestClientCompression(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		cases := []struct{ name, argument, encoding string }{
			{"gzip", `compression = "gzip"`, "gzip"},
			{"unset", ``, "gzip"},
			{"snappy", `compression = "snappy"`, "snappy"},
			{"zstd", `compression = "zstd"`, "zstd"},
			{"none", `compression = "none"`, ""},
			{"empty", `compression = ""`, ""},
		}
		var variants []variant
		for _, c := range cases {
			variants = append(variants, variant{name: c.name, client: c.argument + "\n" + plain})
		}
		impossible := []string{"zlib", "deflate"}
		for _, name := range impossible {
			variants = append(variants, variant{name: name, client: `compression = "` + name + `"` + "\n" + plain})
		}
		b := startBench(ctx, t, nil, variants...)
		for _, c := range cases {
			one := b.all[c.name]
			one.delivers(ctx, t)
			for _, request := range one.backend.Requests() {
				if request.Encoding != c.encoding {
					t.Errorf("%s: grpc-encoding is %q, want %q", c.name, request.Encoding, c.encoding)
				}
				if smaller := request.Compressed < request.Message; smaller != (c.encoding != "") {
					t.Errorf("%s: %d bytes for a message of %d", c.name, request.Compressed, request.Message)
				}
			}
		}
		for _, name := range impossible {
			b.all[name].says(ctx, t, "failed to start new exporter for endpoint", `unsupported compression type \"`+name)
			b.all[name].refuses(ctx, t, "couldn't find the exporter for the endpoint")
		}
		b.settle(t)
	})
}

// TestClientHeaders: headers and authority, as the backend sees them.
func TestClientHeaders(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		b := startBench(ctx, t, []string{"TENANT=blue$green"},
			variant{name: "unset", client: plain},
			variant{name: "headers", client: plain + `
				headers = {
					"X-Scope-OrgID" = env("TENANT"),
					"x-two"         = "a, b",
					"authorization" = "Custom ${not} expanded",
				}`},
			variant{name: "authority", client: plain + `
				authority = "traces.example.com"`},
		)
		for _, one := range b.all {
			one.delivers(ctx, t)
		}
		for _, c := range []struct{ variant, key, want string }{
			{"unset", ":authority", backendAt(0)},
			{"unset", "x-scope-orgid", ""},
			{"headers", ":authority", backendAt(1)},
			{"headers", "x-scope-orgid", "blue$green"}, // gRPC writes the names of headers in lower case
			{"headers", "x-two", "a, b"},
			{"headers", "authorization", "Custom ${not} expanded"},
			{"authority", ":authority", "traces.example.com"},
		} {
			for _, request := range b.all[c.variant].backend.Requests() {
				hasHeader(t, c.variant, request, c.key, c.want)
			}
		}
		b.settle(t)
	})
}

// hasHeader checks that a request has a header exactly once, or not at all when none is wanted.
func hasHeader(t *testing.T, about string, request harness.Request, key, want string) {
	t.Helper()
	var wanted []string
	if want != "" {
		wanted = []string{want}
	}
	if got := request.Metadata.Get(key); !slices.Equal(got, wanted) {
		t.Errorf("%s: %s is %q, want %q", about, key, got, wanted)
	}
}
