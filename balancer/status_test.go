package balancer

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.uber.org/zap"

	"github.com/otelcol-river/otelcol-river/balancer/internal/resolver"
)

// A watcher is a collector that notes what is reported to it.
type watcher struct {
	host
	mu       sync.Mutex
	reported []componentstatus.Status
}

func (w *watcher) Report(event *componentstatus.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reported = append(w.reported, event.Status())
}

func (w *watcher) last() componentstatus.Status {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.reported) == 0 {
		return componentstatus.StatusNone
	}
	return w.reported[len(w.reported)-1]
}

// TestStatus: each signal tells the collector how it stands with the backends, also one that starts after its lane did.
func TestStatus(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := &sink{address: listener.Addr().String()}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	config := receiverConfig(gone)
	config.Config.Delivery.SendingQueue.Enabled = true
	config.Config.Delivery.RetryOnFailure.FailoverAfter = time.Millisecond
	config.Config.Delivery.DrainTimeout = time.Millisecond
	receivers := newReceivers(t, config, receiverSettings(zap.NewNop()))
	t.Cleanup(func() {
		for _, r := range receivers {
			if err := r.Shutdown(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		}
	})
	traces, logs := &watcher{}, &watcher{}
	if err := receivers[0].Start(t.Context(), traces); err != nil {
		t.Fatal(err)
	}
	records, err := plogotlp.NewExportRequestFromLogs(someLogs(1)).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	for i, body := range [][]byte{encodedTraces(t, 1), records} {
		if err := receivers[i].(*member).lane.take(t.Context(), body); err != nil {
			t.Fatal(err)
		}
	}
	until(t, "traces to be in trouble", func() bool {
		return traces.last() == componentstatus.StatusRecoverableError
	})
	if err := receivers[1].Start(t.Context(), logs); err != nil {
		t.Fatal(err)
	}
	until(t, "logs to be in trouble", func() bool {
		return logs.last() == componentstatus.StatusRecoverableError
	})
}

// TestStatusOfNobody: that a resolver finds nobody when it starts is news to the collector, too.
func TestStatusOfNobody(t *testing.T) {
	config := exporterConfig(startSinks(t, 1)...)
	config.Config.Resolver = resolver.Config{DNS: configoptional.Some(resolver.DNS{Hostname: "nobody.invalid"})}
	traces, err := NewExporterFactory().CreateTraces(t.Context(), exporterSettings(), config)
	if err != nil {
		t.Fatal(err)
	}
	w := &watcher{}
	if err := traces.Start(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	if w.last() != componentstatus.StatusRecoverableError {
		t.Errorf("reported at the start: %v", w.reported)
	}
	if err := traces.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestStatusRelay(t *testing.T) {
	var relay statusRelay
	relay.report(componentstatus.NewEvent(componentstatus.StatusRecoverableError))
	relay.report(componentstatus.NewEvent(componentstatus.StatusOK))
	w := &watcher{}
	relay.connect(w)
	if len(w.reported) != 1 || w.last() != componentstatus.StatusOK {
		t.Errorf("reported at the start: %v", w.reported)
	}
	relay.report(componentstatus.NewEvent(componentstatus.StatusRecoverableError))
	if w.last() != componentstatus.StatusRecoverableError {
		t.Errorf("reported later: %v", w.reported)
	}
}

var _ component.Host = (*watcher)(nil)
