// Package e2e starts the built binaries, sends them OTLP and checks which backend got what. It imports no package of
// the product: what it proves holds for bin/, as make build has left it.
package e2e

import (
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// Where a River receiver with empty grpc and http blocks listens, seen from the machine itself.
const (
	grpcAddr = "127.0.0.1:4317"
	httpAddr = "127.0.0.1:4318"
)

// form is one way to run a River file: a binary and its configurations.
type form struct {
	name    string
	binary  string
	configs []string
}

// with is the form with more configurations.
func (f form) with(configs ...string) form {
	f.configs = append(slices.Clone(f.configs), configs...)
	return f
}

// forms are the two ways that must behave alike: the YAML that riverconv writes, and the River file itself.
func forms(ctx context.Context, t *testing.T, dialect, river string) []form {
	t.Helper()
	return []form{
		{"yaml", harness.River, []string{"file:" + convert(ctx, t, dialect, river)}},
		{"river", harness.River, []string{"river:" + river + "?dialect=" + dialect}},
	}
}

// convert writes the YAML of a River file into the folder of the test and returns its path.
func convert(ctx context.Context, t *testing.T, dialect, river string) string {
	t.Helper()
	yaml := filepath.Join(t.TempDir(), "converted.yaml")
	if err := harness.Convert(ctx, dialect, river, yaml); err != nil {
		t.Fatal(err)
	}
	return yaml
}

// inRepository is the absolute path of a file that the repository holds.
func inRepository(t *testing.T, name string) string {
	t.Helper()
	root, err := harness.Root()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, name)
	if _, err := os.Stat(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// startBackends serves at every endpoint, with TLS when there is a certificate, until the test ends.
func startBackends(t *testing.T, cert *tls.Certificate, endpoints ...string) harness.Backends {
	t.Helper()
	var backends harness.Backends
	for _, endpoint := range endpoints {
		b, err := harness.StartBackend(endpoint, endpoint, cert)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(b.Stop)
		backends = append(backends, b)
	}
	return backends
}

// startLoadBalancer runs a load balancer until the test ends; a failed test shows its log.
func startLoadBalancer(ctx context.Context, t *testing.T, f form, listens []string, env ...string) *harness.Collector {
	t.Helper()
	lb := launchLoadBalancer(t, f, listens, env...)
	if err := lb.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	return lb
}

// launchLoadBalancer is startLoadBalancer, but does not wait until the load balancer is ready.
func launchLoadBalancer(t *testing.T, f form, listens []string, env ...string) *harness.Collector {
	t.Helper()
	return launchCollector(t, "the load balancer", f, listens, env...)
}

// launchCollector runs a collector until the test ends, and does not wait until it is ready; a failed test shows its
// log.
func launchCollector(t *testing.T, name string, f form, listens []string, env ...string) *harness.Collector {
	t.Helper()
	c, err := harness.LaunchCollector(harness.CollectorOptions{
		Name: name, Binary: f.binary, Configs: f.configs, Env: env, Listens: listens,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Kill(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of %s:\n%s", name, c.Log())
		}
	})
	return c
}

// newClient makes a client until the test ends.
func newClient(t *testing.T, dial func(string) (harness.Client, error), addr string) harness.Client {
	t.Helper()
	client, err := dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	return client
}

// send sends a load and returns when all of it is acknowledged and as many records have arrived.
func send(ctx context.Context, t *testing.T, load harness.Load, to harness.Backends, clients ...harness.Client) {
	t.Helper()
	if err := load.Send(ctx, nil, clients...); err != nil {
		t.Fatal(err)
	}
	arrived(ctx, t, to, len(load.Spans), len(load.Logs))
}

// arrived waits until at least so many records have reached the backends since they were last emptied.
func arrived(ctx context.Context, t *testing.T, backends harness.Backends, wantSpans, wantLogs int) {
	t.Helper()
	err := harness.Until(ctx, "everything to arrive", func() (bool, string) {
		spans, logs := backends.Count()
		return spans >= wantSpans && logs >= wantLogs,
			fmt.Sprintf("%d of %d spans, %d of %d log records", spans, wantSpans, logs, wantLogs)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// trustFile is the setting that has a collector trust these certificates.
func trustFile(t *testing.T, certificates []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trusted.pem")
	if err := os.WriteFile(path, certificates, 0o600); err != nil {
		t.Fatal(err)
	}
	return "SSL_CERT_FILE=" + path
}
