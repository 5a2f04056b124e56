package e2e

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
)

const troubleshooting = "docs/troubleshoot.md"

// dnsName is whom configs/dns.river looks up.
const dnsName = "grafana-agent-traces-sampling.grafana-cloud-monitoring.svc.cluster.local"

// ownMetricsAddr is where a collector shows its own metrics unless it is told otherwise.
const ownMetricsAddr = "localhost:8888"

// TestTroubleshooting starts each collector that the page on troubleshooting shows, and looks for what the page says
// that it logs or serves.
func TestTroubleshooting(t *testing.T) {
	checks := map[string]func(ctx context.Context, t *testing.T, c *harness.Collector){
		"metrics::level: none": nil, // it starts although the port is taken, which is what the page has it for
		"GODEBUG=netdns=2": func(ctx context.Context, t *testing.T, c *harness.Collector) {
			logs(ctx, t, c, "hostLookupOrder("+dnsName+") = files,dns")
		},
		"logs::level: debug": func(ctx context.Context, t *testing.T, c *harness.Collector) {
			logs(ctx, t, c, grpcDetail, "Resolver state updated", "CONNECTING", "TRANSIENT_FAILURE")
		},
		"GODEBUG=http2debug=2": func(ctx context.Context, t *testing.T, c *harness.Collector) {
			sendOne(ctx, t)
			logs(ctx, t, c, "http2: Framer", "wrote SETTINGS", "read HEADERS", `decoded hpack field header field "user-agent"`)
		},
		"zpages": func(ctx context.Context, t *testing.T, _ *harness.Collector) {
			for _, page := range []string{"servicez", "pipelinez", "extensionz", "featurez"} {
				serves(ctx, t, "http://localhost:55679/debug/"+page, "<html")
			}
			serves(ctx, t, "http://localhost:55679/debug/pipelinez", "load_balancing/default")
			serves(ctx, t, "http://localhost:13133", "Server available")
		},
	}
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		starts := shownStarts(t, troubleshooting)
		if len(starts) != len(checks) {
			t.Fatalf("%s starts %d collectors, of which %d are known", troubleshooting, len(starts), len(checks))
		}
		startNameServer(t, podResolvConf).Set(dnsName, nameserver.Answer{Addresses: loopback(1)})
		t.Chdir(inRepository(t, "."))
		for feature, check := range checks {
			t.Run(feature, func(t *testing.T) {
				if check == nil {
					defer occupy(t, ownMetricsAddr)()
				}
				f, variables := shownForm(t, starts, feature)
				c := startLoadBalancer(ctx, t, f, []string{grpcAddr}, variables...)
				if check != nil {
					check(ctx, t, c)
				}
				if err := c.Kill(); err != nil { // the next one listens at the same address
					t.Fatal(err)
				}
			})
		}
	})
}

// grpcDetail is a message of gRPC below its warnings.
const grpcDetail = "Channel created for target"

// TestGRPCVariables: gRPC's own variables change nothing in a collector, which takes its log over.
func TestGRPCVariables(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		f := form{"info", harness.River, []string{"river:" + inRepository(t, "e2e/testdata/insecure.river")}}
		c := startLoadBalancer(ctx, t, f, []string{grpcAddr},
			"GRPC_GO_LOG_SEVERITY_LEVEL=info", "GRPC_GO_LOG_VERBOSITY_LEVEL=99")
		// What it logs of a backend that is away comes after what it would log of the connection to it.
		logs(ctx, t, c, "grpc: addrConn.createTransport failed to connect")
		if strings.Contains(c.Log(), grpcDetail) {
			t.Errorf("the log says %q: tell of these variables in %s", grpcDetail, troubleshooting)
		}
	})
}

// TestOwnMetricsPortInUse: a second collector on a machine does not start while the first has the port for metrics.
func TestOwnMetricsPortInUse(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		defer occupy(t, ownMetricsAddr)()
		f := form{"second", harness.River, []string{"river:" + inRepository(t, "e2e/testdata/insecure.river")}}
		c := launchLoadBalancer(t, f, nil)
		code, err := c.Wait(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if code <= 0 {
			t.Errorf("exit code %d, expected a failure", code)
		}
		logs(ctx, t, c, "binding address "+ownMetricsAddr+" for Prometheus exporter", "address already in use")
	})
}

// shownStarts are the lines of a document that start a collector.
func shownStarts(t *testing.T, document string) (lines []string) {
	t.Helper()
	for _, block := range codeBlock.FindAllStringSubmatch(read(t, document), -1) {
		for line := range strings.Lines(strings.ReplaceAll(block[2], "\\\n", "")) {
			if collectorStart.MatchString(line) {
				lines = append(lines, strings.TrimSpace(line))
			}
		}
	}
	return lines
}

// shownForm is the form, and the variables, of the one line that holds certain words.
func shownForm(t *testing.T, lines []string, words string) (form, []string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(line, words) {
			continue
		}
		variables, configs := shownArguments(line)
		return form{words, harness.River, configs}, variables
	}
	t.Fatalf("no command with %q is shown", words)
	return form{}, nil
}

// logs waits until a collector has logged all these words.
func logs(ctx context.Context, t *testing.T, c *harness.Collector, words ...string) {
	t.Helper()
	for _, w := range words {
		err := harness.Until(ctx, "the log to say "+w, func() (bool, string) {
			return strings.Contains(c.Log(), w), "it does not"
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// serves fetches a page that is there, with these words in it.
func serves(ctx context.Context, t *testing.T, url, words string) {
	t.Helper()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	page, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusOK || !strings.Contains(string(page), words) {
		t.Errorf("%s answers %s, without %q:\n%s", url, answer.Status, words, page)
	}
}

// occupy listens at an address until the function that it returns is called.
func occupy(t *testing.T, addr string) (release func()) {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
}
