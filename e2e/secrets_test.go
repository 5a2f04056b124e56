package e2e

import (
	"context"
	"io"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// Where the collector of TestSecretsStayInside shows what it is doing; its metrics stand there by default.
const (
	zpages      = "127.0.0.1:55679"
	metricsPage = "127.0.0.1:8888"
)

// TestSecretsStayInside: a collector whose River file holds secrets tells them neither in its log, at level debug and
// while all that it sends fails, nor on its pages, in its metrics or in the output of validate.
func TestSecretsStayInside(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		config := riverFile(t, "secrets.river")
		binary, err := harness.Binary(harness.River)
		if err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(ctx, binary, "validate", "--config="+config).CombinedOutput()
		if err != nil {
			t.Errorf("validate: %v\n%s", err, out)
		}
		holdsNoSecret(t, "the output of validate", string(out))

		f := form{"river", harness.River, []string{config,
			"yaml:extensions::zpages::endpoint: " + zpages,
			// The list takes the place of River's, so it repeats that.
			"yaml:service::extensions: [basicauth/one, bearertokenauth/one, oauth2client/one, headers_setter/one, " +
				"basicauth/default, zpages]",
		}}
		collector := startLoadBalancer(ctx, t, f, []string{grpcAddr})
		load := harness.NewLoad(harness.Shape{Traces: 1, Spans: 4, Services: 1})
		if err := load.Send(ctx, nil, newClient(t, harness.NewGRPCClient, grpcAddr)); err != nil {
			t.Fatal(err)
		}
		err = harness.Until(ctx, "every exporter to have failed", func() (bool, string) {
			log := collector.Log()
			for _, exporter := range []string{"otlp_grpc/basic", "otlp_grpc/bearer", "otlp_http/oauth2", "otlp_http/headers",
				"prometheus_remote_write/default"} {
				if !failed(log, exporter) {
					return false, exporter + " has not"
				}
			}
			return true, ""
		})
		if err != nil {
			t.Fatal(err)
		}
		holdsNoSecret(t, "the log", collector.Log())
		for _, page := range []string{"servicez", "pipelinez", "extensionz", "featurez"} {
			url := "http://" + zpages + "/debug/" + page
			holdsNoSecret(t, url, pageAt(ctx, t, url))
		}
		holdsNoSecret(t, "the metrics", pageAt(ctx, t, "http://"+metricsPage+"/metrics"))
	})
}

// failed reports whether an exporter has logged that it could not send.
func failed(log, exporter string) bool {
	for line := range strings.Lines(log) {
		if strings.Contains(line, `"`+exporter+`"`) && strings.Contains(line, "Exporting failed") {
			return true
		}
	}
	return false
}

// holdsNoSecret checks that what somebody may read holds none of the secrets in testdata/secrets.river.
func holdsNoSecret(t *testing.T, name, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if strings.Contains(line, "hunter2") {
			t.Errorf("%s tells a secret: %s", name, line)
		}
	}
}

// pageAt gets a page that must be there.
func pageAt(ctx context.Context, t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Errorf("%s: %s", url, resp.Status)
	}
	return string(text)
}
