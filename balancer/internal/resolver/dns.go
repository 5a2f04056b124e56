package resolver

import (
	"cmp"
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.uber.org/zap"
)

const (
	defaultInterval      = 5 * time.Second
	defaultLookupTimeout = time.Second
)

// lookups are what net.Resolver does.
type lookups interface {
	LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error)
	LookupSRV(ctx context.Context, service, proto, name string) (string, []*net.SRV, error)
}

// dnsResolver looks a name up again and again. A lookup that fails or finds nothing changes nothing: name servers that
// have lost their data say just that, and backends that are gone do not take data either. As with load_balancing, one
// that tells of only one of A and AAAA, and fails with the other, shortens the list: package net does not report that.
type dnsResolver struct {
	background
	config  DNS
	lookups lookups
	logger  *zap.Logger
	list    list
	failing condition
}

func newDNS(config DNS, from lookups, logger *zap.Logger, to list) *dnsResolver {
	config.Interval = cmp.Or(config.Interval, defaultInterval)
	config.Timeout = cmp.Or(config.Timeout, defaultLookupTimeout)
	logger = logger.With(zap.String("resolver", "dns"), zap.String("hostname", config.Hostname))
	return &dnsResolver{config: config, lookups: from, logger: logger, list: to}
}

// Start returns after the first lookup, whatever came of it.
func (r *dnsResolver) Start(ctx context.Context, _ component.Host) error {
	r.refresh(ctx)
	r.start(r.follow)
	return nil
}

func (r *dnsResolver) follow(ctx context.Context) {
	ticker := time.NewTicker(r.config.Interval)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			r.refresh(ctx)
		}
	}
}

func (r *dnsResolver) refresh(ctx context.Context) {
	backends, err := r.lookUp(ctx)
	if ctx.Err() != nil {
		return // it was not the lookup that failed
	}
	if err == nil && len(backends) == 0 {
		err = errors.New("the answer holds no backend")
	}
	turned := r.failing.turns(err != nil)
	if err != nil {
		if turned {
			r.logger.Warn("Cannot look the backends up, the last list stays", zap.Strings("backends", r.list.told),
				zap.Error(err))
		}
		return
	}
	if turned {
		r.logger.Info("The backends can be looked up again")
	}
	r.list.tell(backends)
}

func (r *dnsResolver) lookUp(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, r.config.Timeout)
	defer cancel()
	if isService(r.config.Hostname) {
		_, records, err := r.lookups.LookupSRV(ctx, "", "", r.config.Hostname)
		return ofService(records), err
	}
	addresses, err := r.lookups.LookupIPAddr(ctx, r.config.Hostname)
	return ofHost(addresses, r.config.Port), err
}

// isService tells `_service._proto.name` from names of hosts, which do not begin with an underscore.
func isService(hostname string) bool {
	service, rest, _ := strings.Cut(hostname, ".")
	return strings.HasPrefix(service, "_") && strings.HasPrefix(rest, "_")
}

// ofHost names backends by their addresses.
func ofHost(addresses []net.IPAddr, port string) []string {
	backends := make([]string, 0, len(addresses))
	for _, address := range addresses {
		name := address.String()
		if address.IP.To4() == nil {
			name = "[" + name + "]"
		}
		if port != "" {
			name += ":" + port
		}
		backends = append(backends, name)
	}
	return backends
}

// ofService names backends by the hosts and ports of their records, of which the first have the lowest priority number.
// Those of higher numbers are for clients that reach none of these; with failover among the backends there is no such
// case. Weights do not matter: placing gives all backends the same share.
func ofService(records []*net.SRV) []string {
	backends := make([]string, 0, len(records))
	for _, record := range records {
		// A dot says that there is no such service (RFC 2782).
		if record.Priority != records[0].Priority || record.Target == "." {
			continue
		}
		host := strings.ToLower(strings.TrimSuffix(record.Target, "."))
		backends = append(backends, net.JoinHostPort(host, strconv.Itoa(int(record.Port))))
	}
	return backends
}
