package delivery

import (
	"context"
	"errors"
	"slices"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"google.golang.org/grpc/codes"
)

const scopeName = "github.com/otelcol-river/otelcol-river/balancer"

// telemetry is what the balancer counts, in records: spans, log records, data points.
type telemetry struct {
	common []attribute.KeyValue // of all that is counted
	plain  labels

	accepted, refused, dropped                counter
	sent, failed, rejected, rerouted, retried counter
	backendChanges                            counter

	registration metric.Registration
}

// labels are attributes, prepared once because they are used for each call.
type labels []metric.AddOption

func (t *telemetry) labels(more ...attribute.KeyValue) labels {
	return labels{metric.WithAttributeSet(t.set(more...))}
}

func (t *telemetry) set(more ...attribute.KeyValue) attribute.Set {
	return attribute.NewSet(slices.Concat(t.common, more)...)
}

// counter is a counter of the SDK.
type counter struct{ metric.Int64Counter }

func (c counter) add(n int, of labels) {
	if n != 0 {
		c.Add(context.Background(), int64(n), of...)
	}
}

func newTelemetry(set Settings, b *Balancer) (*telemetry, error) {
	t := &telemetry{common: []attribute.KeyValue{set.Owner, attribute.String("signal", set.Signal.String())}}
	t.plain = t.labels()
	meter := set.Telemetry.MeterProvider.Meter(scopeName)
	var errs error
	for _, c := range []struct {
		to                      *counter
		name, unit, description string
	}{
		{&t.accepted, "accepted", "{records}", "Records taken from senders."},
		{&t.refused, "refused", "{records}", "Records that senders were asked to keep, as there was no room for them."},
		{&t.sent, "sent", "{records}", "Records that a backend answered to have taken."},
		{&t.failed, "failed", "{records}", "Records given up: refused for good, or for too long, or by their sender."},
		{&t.rejected, "rejected", "{records}", "Records that a backend did not take of a call that succeeded."},
		{&t.rerouted, "rerouted", "{records}", "Records that were for this backend and went to another one."},
		{&t.retried, "retried", "{records}", "Records of calls that failed and are made again."},
		{&t.dropped, "dropped", "{records}", "Records lost: in memory when it stopped, or unreadable on the storage."},
		{&t.backendChanges, "backend_changes", "{changes}", "How often the list of backends changed."},
	} {
		made, err := meter.Int64Counter("otelcol_otlp_balancer_"+c.name,
			metric.WithUnit(c.unit), metric.WithDescription(c.description))
		c.to.Int64Counter, errs = made, errors.Join(errs, err)
	}
	return t, errors.Join(errs, t.observe(meter, b))
}

// observe has the state of the balancer read when somebody looks.
func (t *telemetry) observe(meter metric.Meter, b *Balancer) error {
	var gauges [4]metric.Int64ObservableGauge
	var errs error
	for i, g := range [...]struct{ name, unit, description string }{
		{"queue_bytes", "By", "Size of what is accepted and not answered."},
		{"queue_records", "{records}", "Records that are accepted and not answered."},
		{"backends", "{backends}", "Backends that there are."},
		{"backend_healthy", "1", "1 while a backend gets data, 0 while others get it in its place."},
	} {
		made, err := meter.Int64ObservableGauge("otelcol_otlp_balancer_"+g.name,
			metric.WithUnit(g.unit), metric.WithDescription(g.description))
		gauges[i], errs = made, errors.Join(errs, err)
	}
	if errs != nil {
		return errs
	}
	of := metric.WithAttributeSet(t.set())
	var err error
	t.registration, err = meter.RegisterCallback(func(_ context.Context, to metric.Observer) error {
		state := b.state()
		to.ObserveInt64(gauges[0], int64(state.bytes), of)
		to.ObserveInt64(gauges[1], int64(state.records), of)
		to.ObserveInt64(gauges[2], int64(len(state.healthy)), of)
		for endpoint, healthy := range state.healthy {
			value := int64(0)
			if healthy {
				value = 1
			}
			to.ObserveInt64(gauges[3], value, metric.WithAttributeSet(t.set(attribute.String("backend", endpoint))))
		}
		return nil
	}, gauges[0], gauges[1], gauges[2], gauges[3])
	return err
}

func (t *telemetry) ofBackend(endpoint string) labels {
	return t.labels(attribute.String("backend", endpoint))
}

// giveUp counts records that a backend, or nobody in particular, refused for good.
func (t *telemetry) giveUp(records int, be *backend, c codes.Code) {
	attributes := []attribute.KeyValue{attribute.String("status", codeName(c))}
	if be != nil {
		attributes = append(attributes, attribute.String("backend", be.endpoint))
	}
	t.failed.add(records, t.labels(attributes...))
}

func (t *telemetry) close() error {
	if t.registration == nil {
		return nil
	}
	return t.registration.Unregister()
}

// state is what the gauges show.
type state struct {
	bytes, records int
	healthy        map[string]bool
}

func (b *Balancer) state() state {
	b.mu.Lock()
	defer b.mu.Unlock()
	backends := b.route.Load().backends
	s := state{bytes: b.bytes, records: b.records, healthy: make(map[string]bool, len(backends))}
	for _, be := range backends {
		s.healthy[be.endpoint] = be.usable()
	}
	return s
}
