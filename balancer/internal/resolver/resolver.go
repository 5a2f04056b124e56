// Package resolver turns a configuration into a list of backends and keeps it up to date: names as they are written,
// what a DNS name leads to, or the ready endpoints of a Kubernetes service.
//
// The names in the list are those that the load_balancing exporter v0.158.0 has on its hash ring, so that both place
// alike: nothing is added to them, also no default port. Endpoint says where a name is called.
package resolver

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"go.opentelemetry.io/collector/component"
)

// DefaultPort is where a backend is called whose name holds no port.
const DefaultPort = "4317"

// Resolver keeps a list of backends up to date between its Start and its Shutdown.
type Resolver interface {
	// Start finds the first list, but does not wait long for it. That there is none yet is no error.
	Start(ctx context.Context, host component.Host) error
	// Shutdown returns when nothing runs any more; the list does not change after it.
	Shutdown(ctx context.Context) error
}

// New makes the resolver that a configuration asks for. It calls changed with the whole list, sorted and without
// duplicates, whenever it is another than before, at first than the empty list; never twice at the same time. The list
// belongs to whom it is given.
func New(c Config, set component.TelemetrySettings, changed func(backends []string)) (Resolver, error) {
	to := list{changed: changed}
	switch {
	case c.Static.HasValue():
		return &staticResolver{hostnames: c.Static.Get().Hostnames, list: to}, nil
	case c.DNS.HasValue():
		return newDNS(*c.DNS.Get(), &net.Resolver{}, set.Logger, to), nil
	case c.K8s.HasValue():
		return newK8s(*c.K8s.Get(), podNamespace(namespaceFile), apiClient, set.Logger, to)
	default:
		return nil, errors.New("no resolver is configured")
	}
}

// Endpoint is the address at which a backend is called: its name, and the default port where the name has none. Names
// that only a port is missing from are those without a colon, and addresses of IPv6, with or without brackets.
func Endpoint(backend string) string {
	host := strings.TrimSuffix(strings.TrimPrefix(backend, "["), "]")
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(backend, ":") {
		return net.JoinHostPort(host, DefaultPort)
	}
	return backend
}

// list is the list of backends as it was last told.
type list struct {
	changed func([]string)
	told    []string
}

// tell hands on a list that is not the one before. It keeps the given one.
func (l *list) tell(backends []string) {
	slices.Sort(backends)
	backends = slices.Compact(backends)
	if slices.Equal(backends, l.told) {
		return
	}
	l.told = backends
	l.changed(slices.Clone(backends))
}

// condition is something that is logged when it begins and when it ends, and not each time that it is found.
type condition bool

// turns takes down whether the condition holds now, and says whether that is new.
func (c *condition) turns(now bool) bool {
	turned := bool(*c) != now
	*c = condition(now)
	return turned
}

// background is what a resolver does from its Start to its Shutdown.
type background struct {
	stop    context.CancelFunc
	running sync.WaitGroup
}

func (b *background) start(do func(ctx context.Context)) {
	// Not the context of Start, which ends with it.
	ctx, cancel := context.WithCancel(context.Background())
	b.stop = cancel
	b.running.Go(func() { do(ctx) })
}

// Shutdown ends it. One that was never started has nothing to end.
func (b *background) Shutdown(context.Context) error {
	if b.stop != nil {
		b.stop()
	}
	b.running.Wait()
	return nil
}
