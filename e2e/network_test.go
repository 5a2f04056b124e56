package e2e

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// inOwnNetwork runs the body of a test in a network namespace made for it: fixed ports are free there, so tests run in
// parallel and beside each other. Outside it starts this test binary again for this one test and reports what it says.
func inOwnNetwork(t *testing.T, body func(ctx context.Context, t *testing.T)) {
	t.Helper()
	if harness.Network() == t.Name() {
		if err := harness.LoopbackUp(); err != nil {
			t.Fatal(err)
		}
		body(beforeTimeout(t), t)
		return
	}
	t.Parallel()
	args := []string{"-test.v", "-test.count=1", "-test.run=" + exactly(t.Name())}
	if deadline, limited := t.Deadline(); limited {
		args = append(args, "-test.timeout="+(time.Until(deadline)-margin).String())
	}
	var out bytes.Buffer
	err := harness.RunInNetwork(beforeTimeout(t), t.Name(), args, &out)
	t.Logf("in a network of its own:\n%s", &out)
	if err != nil {
		t.Fatal(err)
	}
	// A pattern that matches no test would pass, too.
	if !strings.Contains(out.String(), "--- PASS: "+t.Name()+" (") {
		t.Fatalf("%s did not run in its network", t.Name())
	}
}

// margin leaves a test time to clean up and to say what it waited for before the whole run times out.
const margin = 15 * time.Second

// beforeTimeout is a context that ends with the test, and shortly before the run does.
func beforeTimeout(t *testing.T) context.Context {
	deadline, limited := t.Deadline()
	if !limited {
		return t.Context()
	}
	ctx, cancel := context.WithDeadline(t.Context(), deadline.Add(-margin))
	t.Cleanup(cancel)
	return ctx
}

// exactly is the -test.run pattern for one test or subtest.
func exactly(name string) string {
	var levels []string
	for level := range strings.SplitSeq(name, "/") {
		levels = append(levels, "^"+regexp.QuoteMeta(level)+"$")
	}
	return strings.Join(levels, "/")
}
