package packages

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// machine is a Debian of its own, in which tests install packages. It sees dist at distInside.
type machine struct{ *harness.Machine }

const distInside = "/mnt"

// onMachine runs the body of a test with a fresh machine, which is alone in its network.
func onMachine(t *testing.T, body func(ctx context.Context, t *testing.T, m machine)) {
	t.Helper()
	asRoot(t, func(ctx context.Context, t *testing.T) {
		pristine := filepath.Join(root(t), "bin", ".debian-root")
		if _, err := os.Stat(pristine); err != nil {
			t.Fatalf("%v: run make bin/.debian-root", err)
		}
		m, err := harness.NewMachine(pristine)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := m.Stop(); err != nil {
				t.Error(err)
			}
		})
		if err := m.Show(dist(t), distInside); err != nil {
			t.Fatal(err)
		}
		body(ctx, t, machine{m})
	})
}

// asRoot runs the body of a test as root, in a network of its own and with mounts of its own: outside it starts this
// test binary again for this one test, and reports what it says.
func asRoot(t *testing.T, body func(ctx context.Context, t *testing.T)) {
	t.Helper()
	if harness.Network() == t.Name() {
		if err := harness.LoopbackUp(); err != nil {
			t.Fatal(err)
		}
		body(beforeTimeout(t), t)
		return
	}
	t.Parallel()
	args := []string{"-test.v", "-test.count=1", "-test.run=^" + t.Name() + "$"}
	if deadline, limited := t.Deadline(); limited {
		args = append(args, "-test.timeout="+(time.Until(deadline)-margin).String())
	}
	var out bytes.Buffer
	err := harness.RunInNetworkAsRoot(beforeTimeout(t), t.Name(), args, &out)
	t.Logf("as root, in a network of its own:\n%s", &out)
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

// run runs a command of the machine, which has to succeed, and returns what it says.
func (m machine) run(ctx context.Context, t *testing.T, name string, args ...string) string {
	t.Helper()
	said, err := m.Command(ctx, name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, said)
	}
	return string(said)
}

// fails runs a command of the machine, which must not succeed, and returns what it says.
func (m machine) fails(ctx context.Context, t *testing.T, name string, args ...string) string {
	t.Helper()
	said, err := m.Command(ctx, name, args...).CombinedOutput()
	if err == nil {
		t.Fatalf("%s %s should have failed, and said:\n%s", name, strings.Join(args, " "), said)
	}
	return string(said)
}

// output runs a command of the machine, which has to succeed, and returns its standard output alone.
func (m machine) output(ctx context.Context, t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := m.Command(ctx, name, args...)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, &complaints)
	}
	return out
}

func (m machine) read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(m.Path(path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// write changes a file of the machine, whose mode stays as it is, or makes one that everyone can read.
func (m machine) write(t *testing.T, path, text string) {
	t.Helper()
	err := os.WriteFile(m.Path(path), []byte(text), 0o644) //nolint:gosec // as an administrator's editor does
	if err != nil {
		t.Fatal(err)
	}
}

// has tells whether the machine has a file.
func (m machine) has(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Lstat(m.Path(path))
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return err == nil
}
