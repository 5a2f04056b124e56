package resolver

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"go.opentelemetry.io/collector/config/configoptional"
	"go.opentelemetry.io/collector/confmap"
)

// Config says where the list of backends comes from. Its keys are those of the load_balancing exporter.
type Config struct {
	Static configoptional.Optional[Static] `mapstructure:"static"`
	DNS    configoptional.Optional[DNS]    `mapstructure:"dns"`
	K8s    configoptional.Optional[K8s]    `mapstructure:"k8s"`
}

// Static names the backends.
type Static struct {
	// Hostnames are called at DefaultPort where they hold no port. Their text as it is written decides which keys they
	// get: with another spelling a backend gets others.
	Hostnames []string `mapstructure:"hostnames"`
}

// DNS has the backends looked up.
type DNS struct {
	// Hostname has addresses, of IPv4 or IPv6, or is a service, `_service._proto.name`, whose SRV records name hosts and
	// ports. No host can be named like a service, so the name decides which records are asked for.
	Hostname string `mapstructure:"hostname"`
	// Port becomes part of the backends' names. It is empty for a service, whose records hold the ports.
	Port string `mapstructure:"port"`
	// Interval is the time between two lookups, 5 s when it is 0.
	Interval time.Duration `mapstructure:"interval"`
	// Timeout is how long a lookup may take, the first one too; 1 s when it is 0.
	Timeout time.Duration `mapstructure:"timeout"`
}

// K8s takes the ready endpoints of a Kubernetes service.
type K8s struct {
	// Service is NAME, in the pod's own namespace, NAME.NAMESPACE, or NAME.NAMESPACE.svc.DOMAIN.
	Service string `mapstructure:"service"`
	// Ports become part of the backends' names; an endpoint is a backend at each of them.
	Ports []int32 `mapstructure:"ports"`
	// Timeout is how long the API server may take for a list, and after which it ends a watch, to be asked again; 1 min
	// when it is 0.
	Timeout time.Duration `mapstructure:"timeout"`
	// ReturnHostnames calls backends HOSTNAME.NAME.NAMESPACE, not by their addresses. Pods without a host name are left
	// out.
	ReturnHostnames bool `mapstructure:"return_hostnames"`
}

// Unmarshal reads the keys. What is said about the one that load_balancing has, and this package has not, names the way
// out.
func (c *Config) Unmarshal(conf *confmap.Conf) error {
	if conf.IsSet("aws_cloud_map") {
		return errors.New("aws_cloud_map is not supported: take dns with the name of the service in the DNS namespace " +
			"of Cloud Map, or the load_balancing exporter")
	}
	return conf.Unmarshal(c)
}

// Validate finds out whether there is exactly one resolver. What the resolvers themselves hold is looked at by their
// own Validate, which the collector calls too.
func (c Config) Validate() error {
	var given []string
	for _, resolver := range []struct {
		key   string
		given bool
	}{{"static", c.Static.HasValue()}, {"dns", c.DNS.HasValue()}, {"k8s", c.K8s.HasValue()}} {
		if resolver.given {
			given = append(given, resolver.key)
		}
	}
	switch len(given) {
	case 0:
		return errors.New("no resolver is configured: static, dns or k8s says where the backends are")
	case 1:
		return nil
	default:
		return fmt.Errorf("%s are configured, but backends come from one resolver only", strings.Join(given, " and "))
	}
}

// Validate finds out whether the names are those of different backends. In the ring of the load_balancing exporter, one
// that is named twice has more keys than another; that is hardly ever meant, and nothing here does the same.
func (s Static) Validate() error {
	if len(s.Hostnames) == 0 {
		return errors.New(`hostnames is empty: name the backends, such as "sampler-1:4317"`)
	}
	names := map[string]string{}
	for i, hostname := range s.Hostnames {
		if hostname == "" || strings.ContainsAny(hostname, " \t\n") {
			return fmt.Errorf("hostnames[%d] is %q, which is no backend", i, hostname)
		}
		endpoint := Endpoint(hostname)
		if before, known := names[endpoint]; known {
			return fmt.Errorf("hostnames has %q and %q, which are the same backend", before, hostname)
		}
		names[endpoint] = hostname
	}
	return nil
}

// Validate finds out whether there is a name to look up, and whether the port is one.
func (d DNS) Validate() error {
	return errors.Join(d.validateHostname(), d.validatePort(),
		notNegative("interval", d.Interval), notNegative("timeout", d.Timeout))
}

func (d DNS) validateHostname() error {
	if d.Hostname == "" {
		return errors.New("hostname is missing: it is the DNS name of the backends")
	}
	if strings.ContainsAny(d.Hostname, "/ ") {
		return fmt.Errorf("hostname %q is not a DNS name", d.Hostname)
	}
	if host, port, err := net.SplitHostPort(d.Hostname); err == nil {
		return fmt.Errorf("hostname %q holds a port: write hostname %q and port %q", d.Hostname, host, port)
	}
	return nil
}

func (d DNS) validatePort() error {
	if d.Port == "" {
		return nil
	}
	if isService(d.Hostname) {
		return fmt.Errorf("port %q cannot be given with hostname %q: SRV records hold the ports", d.Port, d.Hostname)
	}
	if port, err := strconv.ParseUint(d.Port, 10, 16); err != nil || port == 0 {
		return fmt.Errorf("port %q is not a number from 1 to 65535", d.Port)
	}
	return nil
}

// Validate finds out whether a service is named, and whether the ports are some.
func (k K8s) Validate() error {
	_, _, err := splitService(k.Service)
	return errors.Join(err, k.validatePorts(), notNegative("timeout", k.Timeout))
}

func (k K8s) validatePorts() error {
	seen := map[int32]bool{}
	for _, port := range k.Ports {
		if port < 1 || port > 65535 {
			return fmt.Errorf("ports has %d, which is not a number from 1 to 65535", port)
		}
		if seen[port] {
			return fmt.Errorf("ports has %d twice", port)
		}
		seen[port] = true
	}
	return nil
}

func notNegative(key string, value time.Duration) error {
	if value < 0 {
		return fmt.Errorf("%s is %s, but must not be negative", key, value)
	}
	return nil
}
