package e2e

import (
	"crypto/tls"
	"fmt"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// backendHosts are the addresses of all backends of a bench.
var backendHosts = func() (hosts []string) {
	for i := range 40 {
		hosts = append(hosts, fmt.Sprintf("127.2.0.%d", i+1))
	}
	return hosts
}()

func newAuthority(t *testing.T, name string) *harness.Authority {
	t.Helper()
	authority, err := harness.NewAuthority(name)
	if err != nil {
		t.Fatal(err)
	}
	return authority
}

func issue(t *testing.T, authority *harness.Authority, name string, hosts ...string) harness.Identity {
	t.Helper()
	identity, err := authority.Issue(name, hosts...)
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

// serving is TLS with this identity.
func serving(identity harness.Identity) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{identity.Certificate}, MinVersion: tls.VersionTLS12}
}
