package resolver

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.uber.org/goleak"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

func TestMain(m *testing.M) {
	// One of them waits between errors by the clock, which starts anew in each bubble of synctest.
	utilruntime.ErrorHandlers = nil
	goleak.VerifyTestMain(m)
}

// told collects lists. It holds more of them than any test makes.
type told chan []string

func newTold() told { return make(told, 100) }

func (l told) list() list { return list{changed: func(backends []string) { l <- backends }} }

// wants looks at all lists that have been told since the last time.
func (l told) wants(t *testing.T, lists ...[]string) {
	t.Helper()
	var got [][]string
	for len(l) > 0 {
		got = append(got, <-l)
	}
	if diff := cmp.Diff(lists, got); diff != "" {
		t.Errorf("lists of backends (-want +got):\n%s", diff)
	}
}

// waits takes the next list, whenever it comes.
func (l told) waits(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, <-l); diff != "" {
		t.Errorf("backends (-want +got):\n%s", diff)
	}
}

// observed is a logger, and what it has logged.
func observed() (*zap.Logger, *observer.ObservedLogs) {
	core, logs := observer.New(zapcore.InfoLevel)
	return zap.New(core), logs
}

// wantsLog looks at all messages that have been logged since the last time.
func wantsLog(t *testing.T, logs *observer.ObservedLogs, messages ...string) {
	t.Helper()
	var got []string
	for _, entry := range logs.TakeAll() {
		got = append(got, entry.Message)
	}
	if diff := cmp.Diff(messages, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}

func start(t *testing.T, r Resolver) {
	t.Helper()
	if err := r.Start(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

func shutdown(t *testing.T, r Resolver) {
	t.Helper()
	if err := r.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestEndpoint(t *testing.T) {
	for backend, want := range map[string]string{
		"sampler":                   "sampler:4317",
		"sampler:5000":              "sampler:5000",
		"10.0.0.1":                  "10.0.0.1:4317",
		"10.0.0.1:5000":             "10.0.0.1:5000",
		"fd00::1":                   "[fd00::1]:4317",
		"[fd00::1]":                 "[fd00::1]:4317",
		"[fd00::1]:5000":            "[fd00::1]:5000",
		"fe80::1%eth0":              "[fe80::1%eth0]:4317",
		"dns:///sampler:5000":       "dns:///sampler:5000",
		"unix:/run/sampler":         "unix:/run/sampler",
		"pod-0.sampler.traces":      "pod-0.sampler.traces:4317",
		"pod-0.sampler.traces:4318": "pod-0.sampler.traces:4318",
	} {
		if got := Endpoint(backend); got != want {
			t.Errorf("Endpoint(%q) = %q, want %q", backend, got, want)
		}
	}
}

func TestStatic(t *testing.T) {
	hostnames := []string{"c:4317", "a", "B:4317"}
	got := newTold()
	c := Config{Static: configoptional.Some(Static{Hostnames: hostnames})}
	r, err := New(c, component.TelemetrySettings{Logger: zap.NewNop()}, got.list().changed)
	if err != nil {
		t.Fatal(err)
	}
	got.wants(t)
	start(t, r)
	shutdown(t, r)
	got.wants(t, []string{"B:4317", "a", "c:4317"})
	if diff := cmp.Diff([]string{"c:4317", "a", "B:4317"}, hostnames); diff != "" {
		t.Errorf("the configuration is another now:\n%s", diff)
	}
}

func TestNew(t *testing.T) {
	set := component.TelemetrySettings{Logger: zap.NewNop()}
	for name, c := range map[string]Config{
		"dns": {DNS: configoptional.Some(DNS{Hostname: "sampler"})},
		"k8s": {K8s: configoptional.Some(K8s{Service: "sampler"})},
	} {
		r, err := New(c, set, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		shutdown(t, r) // as the collector does when another component does not start
	}
	for name, c := range map[string]Config{
		"nothing": {}, "no service": {K8s: configoptional.Some(K8s{})},
	} {
		if _, err := New(c, set, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestList has lists that are equal but for order and duplicates told once, and no list shared with whom it is told to.
func TestList(t *testing.T) {
	got := newTold()
	l := got.list()
	l.tell(nil)
	l.tell([]string{"b", "a", "b"})
	first := <-got
	first[0] = "changed"
	l.tell([]string{"a", "b"})
	got.wants(t)
	l.tell([]string{})
	l.tell([]string{"a", "b"})
	got.wants(t, []string{}, []string{"a", "b"})
}
