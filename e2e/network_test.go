package e2e

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
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
			noNetwork(t, err)
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
		noNetwork(t, err)
	}
	if strings.Contains(out.String(), "--- SKIP: "+t.Name()+" (") {
		noNetwork(t, harness.ErrNoNamespaces)
	}
	// A pattern that matches no test would pass, too.
	if !strings.Contains(out.String(), "--- PASS: "+t.Name()+" (") {
		t.Fatalf("%s did not run in its network", t.Name())
	}
}

// noNetwork ends a test that got no network of its own. Where the machine forbids it, that is no fault of the product,
// but in continuous integration it would go unseen.
func noNetwork(t *testing.T, err error) {
	t.Helper()
	if errors.Is(err, harness.ErrNoNamespaces) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	t.Fatal(err)
}

// Where the machine forbids namespaces, tests that need one say so and are skipped, but fail in continuous integration.
func TestForbiddenNamespaces(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		// The limit holds for the user namespace that the test is in, and goes with it.
		if err := os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0); err != nil {
			t.Fatal(err)
		}
		for ci, want := range map[string]string{"": "--- SKIP: TestStaticExample", "true": "--- FAIL: TestStaticExample"} {
			cmd := exec.CommandContext(ctx, os.Args[0], "-test.v", "-test.run=^TestStaticExample$")
			cmd.Env = append(os.Environ(), "CI="+ci)
			out, err := cmd.CombinedOutput()
			if failed := err != nil; failed != (ci != "") {
				t.Errorf("with CI=%q the run ended with %v", ci, err)
			}
			for _, words := range []string{want, "user.max_user_namespaces above 0"} {
				if !bytes.Contains(out, []byte(words)) {
					t.Errorf("with CI=%q the run does not say %q:\n%s", ci, words, out)
				}
			}
		}
	})
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
