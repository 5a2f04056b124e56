package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestBalancerHealth: while no backend is usable, health_check says so, with the feature gate that docs/balancer.md
// names. With its settings alone the answer stays 200; with component_health it is 500.
func TestBalancerHealth(t *testing.T) {
	const gate, usual, strict = "extension.healthcheck.useComponentStatus", "127.0.0.1:13133", "127.0.0.1:13134"
	if !strings.Contains(read(t, "docs/balancer.md"), "`"+gate+"`") {
		t.Errorf("docs/balancer.md does not name %s", gate)
	}
	forEachDoor(t, func(ctx context.Context, t *testing.T, d door) {
		f := d.formOf("traces", list(receiverBackend), failsSoon).with(
			fmt.Sprintf("yaml:extensions::health_check: {endpoint: %q}", usual),
			fmt.Sprintf("yaml:extensions::health_check/strict: {endpoint: %q, "+
				"component_health: {include_recoverable_errors: true, recovery_duration: 1ms}}", strict),
			"yaml:service::extensions: [health_check, health_check/strict]")
		backend := watchBackend(t, receiverBackend, harness.WatchOptions{})
		lb, err := harness.StartCollector(ctx, harness.CollectorOptions{
			Name: "the balancer", Binary: f.binary, Configs: f.configs, Listens: []string{grpcAddr},
			Args: []string{"--feature-gates=" + gate},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := lb.Kill(); err != nil {
				t.Error(err)
			}
		})
		client := newClient(t, harness.NewGRPCClient, grpcAddr)
		shows(ctx, t, usual, http.StatusOK, "StatusOK")
		shows(ctx, t, strict, http.StatusOK, "StatusOK")

		backend.Stop()
		if err := client.SendTraces(ctx, oneSpan(1)); err != nil {
			t.Fatal(err)
		}
		shows(ctx, t, usual, http.StatusOK, "StatusRecoverableError")
		shows(ctx, t, strict, http.StatusInternalServerError, "StatusRecoverableError")

		backend = watchBackend(t, receiverBackend, harness.WatchOptions{})
		shows(ctx, t, usual, http.StatusOK, "StatusOK")
		shows(ctx, t, strict, http.StatusOK, "StatusOK")
		settles(ctx, t)
		exactlyOnce(t, harness.Backends{backend.Backend}, harness.Load{Spans: []harness.Record{oneRecord(1)}})
		for _, said := range []string{"no backend is usable", "a backend is usable again"} {
			if !strings.Contains(lb.Log(), said) {
				t.Errorf("the log does not say %q", said)
			}
		}
	})
}

// shows waits until health_check answers with a code and a status.
func shows(ctx context.Context, t *testing.T, addr string, code int, want string) {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	err := harness.Until(ctx, fmt.Sprintf("%s to show %d, %s", addr, code, want), func() (bool, string) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr, nil)
		if err != nil {
			return false, err.Error()
		}
		resp, err := client.Do(req)
		if err != nil {
			return false, err.Error()
		}
		defer func() { _ = resp.Body.Close() }()
		var said struct{ Status, Error string }
		if err := json.NewDecoder(resp.Body).Decode(&said); err != nil {
			return false, err.Error()
		}
		return resp.StatusCode == code && said.Status == want, fmt.Sprintf("%d %+v", resp.StatusCode, said)
	})
	if err != nil {
		t.Fatal(err)
	}
}
