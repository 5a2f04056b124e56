package balancer

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/otel/attribute"

	"github.com/otelcol-river/otelcol-river/balancer/internal/delivery"
	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
)

// An origin is whose lane it is, for storage and telemetry.
type origin struct {
	kind      component.Kind
	id        component.ID
	telemetry component.TelemetrySettings
}

// attribute tells the component in metrics, as the collector's own metrics do: receiver="otlp_balancer/samplers".
func (o origin) attribute() attribute.KeyValue {
	return attribute.String(strings.ToLower(o.kind.String()), o.id.String())
}

// A lane takes the requests of one signal to the backends.
type lane struct {
	signal   otlpwire.Signal
	config   *Config
	from     origin
	balancer *delivery.Balancer
	status   statusRelay

	caller caller // since the start

	stopping sync.Once
	stopErr  error
}

func newLane(config *Config, signal otlpwire.Signal, from origin) (*lane, error) {
	splitter, err := otlpwire.NewSplitter(signal, config.keys())
	if err != nil {
		return nil, fmt.Errorf("routing_key: %w", err)
	}
	l := &lane{signal: signal, config: config, from: from}
	l.balancer, err = delivery.New(delivery.Settings{
		Signal:    signal,
		Splitter:  splitter,
		Table:     config.table,
		Dial:      l.dial,
		Config:    config.Delivery,
		Telemetry: from.telemetry,
		Owner:     from.attribute(),
		Status:    l.status.report,
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", signal, err)
	}
	return l, nil
}

// dial is called when a backend is new. Its connection outlives any start or request, hence the context.
func (l *lane) dial(backend string) (delivery.Conn, error) {
	connection, err := l.caller.dial(context.Background(), l.signal, backend)
	if err != nil {
		return nil, err
	}
	return connection, nil
}

// start makes the lane accept requests; backends come afterwards.
func (l *lane) start(ctx context.Context, host component.Host) error {
	l.caller = caller{
		client: l.config.Protocol.OTLP, extensions: host.GetExtensions(), telemetry: l.from.telemetry,
	}
	if err := l.caller.rehearse(ctx); err != nil {
		return fmt.Errorf("protocol::otlp: %w", err)
	}
	client, err := l.storage(ctx, host)
	if err != nil {
		return err
	}
	return l.balancer.Start(ctx, client)
}

// storage opens the storage of the queue, which the balancer closes; nil: the queue is in memory.
func (l *lane) storage(ctx context.Context, host component.Host) (storage.Client, error) {
	queue := l.config.Delivery.SendingQueue
	if !queue.Enabled || queue.Storage == nil {
		return nil, nil
	}
	return storageClient(ctx, host, *queue.Storage, l.from, l.signal)
}

// stop sends what is held for as long as the configuration allows. A lane that has not started holds nothing, but has
// telemetry that must end, too. Only the first call does so.
func (l *lane) stop(ctx context.Context) error {
	l.stopping.Do(func() { l.stopErr = l.balancer.Shutdown(ctx) })
	return l.stopErr
}

// A statusRelay passes what a lane reports of its backends to the collector. Lanes start together, before some of their
// components do: what is reported until then, the latest of it, is reported at the start.
type statusRelay struct {
	mu     sync.Mutex
	host   component.Host
	latest *componentstatus.Event
}

func (r *statusRelay) report(event *componentstatus.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.host == nil {
		r.latest = event
		return
	}
	componentstatus.ReportStatus(r.host, event)
}

func (r *statusRelay) connect(host component.Host) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.host = host
	if r.latest != nil {
		componentstatus.ReportStatus(host, r.latest)
		r.latest = nil
	}
}
