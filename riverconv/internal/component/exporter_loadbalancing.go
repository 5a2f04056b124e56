package component

import (
	"regexp"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/nearest"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// loadBalancing holds the arguments of otelcol.exporter.loadbalancing.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.loadbalancing/
//
// Known gaps: the ring of v0.158.0 maps a trace to another backend than that of Agent Flow and of Alloy before 1.18,
// and its kubernetes resolver needs other permissions and lists other pods.
type loadBalancing struct {
	arguments.Block
	RoutingKey     arguments.Arg    `river:"routing_key" type:"string" default:"traceID" collector:""`
	Timeout        arguments.Arg    `river:"timeout" type:"duration" default:"0s" in:"alloy"`
	Resolver       balancerResolver `river:"resolver,block,required"`
	Protocol       balancerProtocol `river:"protocol,block"`
	SendingQueue   *queue           `river:"sending_queue,block" in:"alloy"`
	RetryOnFailure *balancerRetry   `river:"retry_on_failure,block" in:"alloy"`
	Retry          *balancerRetry   `river:"retry,block" in:"alloy" key:"retry_on_failure"`
	DebugMetrics   debugMetrics     `river:"debug_metrics,block"`
}

// balancerResolver is the resolver block. Exactly one of its blocks reaches the collector.
type balancerResolver struct {
	arguments.Block
	Static      *resolverStatic      `river:"static,block"`
	DNS         *resolverDNS         `river:"dns,block"`
	Kubernetes  *resolverKubernetes  `river:"kubernetes,block" key:"k8s"`
	AWSCloudMap *resolverAWSCloudMap `river:"aws_cloud_map,block" in:"alloy"`
}

// resolverStatic lists the backends.
type resolverStatic struct {
	arguments.Block
	Hostnames arguments.Arg `river:"hostnames,required" type:"list(string)"`
}

// resolverDNS looks the backends up. The port is part of a backend's name on the ring, so it is always written.
type resolverDNS struct {
	arguments.Block
	Hostname arguments.Arg `river:"hostname,required" type:"string"`
	Port     arguments.Arg `river:"port" type:"string" default:"4317" collector:""`
	Interval arguments.Arg `river:"interval" type:"duration" default:"5s"`
	Timeout  arguments.Arg `river:"timeout" type:"duration" default:"1s"`
}

// resolverKubernetes watches a service. Until Alloy 1.18 the timeout of its calls was 1s, in Agent Flow unchangeably.
type resolverKubernetes struct {
	arguments.Block
	Service         arguments.Arg `river:"service,required" type:"string"`
	Ports           arguments.Arg `river:"ports" type:"list(int)" default:"4317" collector:""`
	Timeout         arguments.Arg `river:"timeout" type:"duration" default:"1s" collector:"1m" in:"alloy"`
	ReturnHostnames arguments.Arg `river:"return_hostnames" type:"bool" default:"false" in:"alloy"`
}

// resolverAWSCloudMap asks AWS Cloud Map.
type resolverAWSCloudMap struct {
	arguments.Block
	Namespace    arguments.Arg `river:"namespace,required" type:"string"`
	ServiceName  arguments.Arg `river:"service_name,required" type:"string"`
	HealthStatus arguments.Arg `river:"health_status" type:"string" default:"HEALTHY" collector:"" oneof:"HEALTHY UNHEALTHY ALL HEALTHY_OR_ELSE_ALL"`
	Interval     arguments.Arg `river:"interval" type:"duration" default:"30s"`
	Timeout      arguments.Arg `river:"timeout" type:"duration" default:"5s"`
	Port         arguments.Arg `river:"port" type:"uint"`
	OwnerAccount arguments.Arg `river:"owner_account" type:"string"`
}

// balancerProtocol is the protocol block. The code of Agent Flow demands it and the two blocks in it, the page does
// not.
type balancerProtocol struct {
	arguments.Block
	OTLP balancerOTLP `river:"otlp,block"`
}

// balancerOTLP is the exporter that is made for each backend.
type balancerOTLP struct {
	arguments.Block
	Timeout arguments.Arg  `river:"timeout" type:"duration" default:"5s"`
	Client  balancerClient `river:"client,block" key:"."`
	Queue   queue          `river:"queue,block" key:"sending_queue"`
	Retry   retry          `river:"retry,block" key:"retry_on_failure"`
}

// balancerClient is the client block. It has no endpoint, unlike that of other exporters.
type balancerClient struct {
	arguments.Block
	Endpoint arguments.Arg `river:"endpoint" type:"string" never:"remove it: the endpoints come from the resolver block"`
	Client   grpcClient    `river:",squash"`
}

// balancerRetry is Alloy's retry in front of the backends' own. It is off in both programs without the block; within it
// the collector's values start from zero. Alloy's page calls the block retry, its code retry_on_failure.
type balancerRetry struct {
	arguments.Block
	Enabled             arguments.Arg `river:"enabled" type:"bool" default:"true" collector:"false"`
	InitialInterval     arguments.Arg `river:"initial_interval" type:"duration" default:"5s" collector:"0s"`
	RandomizationFactor arguments.Arg `river:"randomization_factor" type:"float" default:"0.5" collector:"0"`
	Multiplier          arguments.Arg `river:"multiplier" type:"float" default:"1.5" collector:"0"`
	MaxInterval         arguments.Arg `river:"max_interval" type:"duration" default:"30s" collector:"0s"`
	MaxElapsedTime      arguments.Arg `river:"max_elapsed_time" type:"duration" default:"5m" collector:"0s"`
}

func init() {
	register(Component{
		Name:    "otelcol.exporter.loadbalancing",
		Section: otelcfg.Exporters,
		Type:    "load_balancing",
		Signals: Signals,
		signals: func(args any, _ *Instance, d dialect.Dialect, diags *diag.List) []Signal {
			return balancedSignals(args.(*loadBalancing).RoutingKey, d, diags)
		},
		Doc: "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.loadbalancing/",
	}, convertLoadBalancing)
}

// routingKeys lists the routing keys with the signals that Alloy exports by each. Agent Flow has the first two, and
// exports traces and logs by both.
var routingKeys = []struct {
	name    string
	signals []Signal
}{
	{"traceID", []Signal{Traces, Logs}},
	{"service", []Signal{Traces, Logs, Metrics}},
	{"resource", []Signal{Metrics}},
	{"metric", []Signal{Metrics}},
	{"streamID", []Signal{Metrics}},
}

// balancedSignals returns the signals that River exports by a routing key.
func balancedSignals(key arguments.Arg, d dialect.Dialect, diags *diag.List) []Signal {
	known := routingKeys
	if d.Name == dialect.Flow {
		known = known[:2]
	}
	name := "traceID"
	if key.Set {
		name = key.Text()
	}
	var names []string
	for _, k := range known {
		switch {
		case k.name != name:
			names = append(names, k.name)
		case d.Name == dialect.Flow:
			return []Signal{Traces, Logs}
		default:
			return k.signals
		}
	}
	if !key.Value.Symbolic() {
		diags.Errorf(key.Value.Range, diag.InvalidValue,
			nearest.Hint(name, names, "use one of: "+strings.Join(names, ", ")), "routing_key cannot be %q", name)
	}
	return []Signal{Traces, Logs}
}

func convertLoadBalancing(c *Conversion, args *loadBalancing) []Part {
	chooseResolver(c, &args.Resolver)
	if args.Resolver.Kubernetes != nil {
		checkService(c, args.Resolver.Kubernetes.Service)
		warnOfEndpointSlices(c, args.Resolver.Kubernetes.NameRange,
			", and also lists pods that are not ready or terminating")
	}
	warnOfPlainText(c, arguments.Arg{}, &args.Protocol.OTLP.Client.Client)
	warnOfCompression(c, &args.Protocol.OTLP.Client.Client)
	if args.Retry != nil && args.RetryOnFailure != nil {
		reportTwoRetries(c, args.Retry.NameRange)
	}
	if c.Carries(Traces) && c.Carries(Logs) && c.Dialect.Name == dialect.Flow && !keyOfTraces(c, args.RoutingKey) {
		c.Diags.Warnf(c.Range, diag.ChangedBehavior,
			"keep what correlates them in one backend outside of the collector, or send only one of the signals here",
			"spans and log records of one trace can go to different backends now")
	}
	return byRoutingKey(c, args.RoutingKey, func() *otelcfg.Map { return c.Encode(args) })
}

func reportTwoRetries(c *Conversion, at diag.Range) {
	c.Diags.Errorf(at, diag.Duplicate, "keep one of them", "blocks %q and %q mean the same", "retry", "retry_on_failure")
}

// keyOfTraces reports whether a routing key counts for traces alone: for Agent Flow logs went by their trace, whatever
// was set.
func keyOfTraces(c *Conversion, key arguments.Arg) bool {
	return c.Dialect.Name == dialect.Flow && key.Set && key.Text() != "traceID"
}

// byRoutingKey returns an exporter, or one for each signal where River routes them by different keys.
func byRoutingKey(c *Conversion, key arguments.Arg, encode func() *otelcfg.Map) []Part {
	if !keyOfTraces(c, key) || !c.Carries(Logs) {
		return c.only(encode())
	}
	logs := encode()
	logs.Set("routing_key", otelcfg.Literal("traceID"), key.NameRange, "")
	if !c.Carries(Traces) {
		c.Diags.Warnf(key.NameRange, diag.ChangedBehavior,
			"remove it; to route the logs by service, change the converted configuration",
			"routing_key does not apply to logs, which go by their trace, as in Agent Flow")
		return c.only(logs)
	}
	c.Diags.Warnf(key.NameRange, diag.ChangedBehavior,
		"route logs by their trace, as Agent Flow did, or send both to the first exporter in the converted configuration",
		"routing_key is for traces only; the logs get an exporter of their own")
	return []Part{
		{ID: c.NewID(""), Body: encode(), Signals: []Signal{Traces}},
		{ID: c.NewID("_logs"), Body: logs, Signals: []Signal{Logs}},
	}
}

// chooseResolver leaves one resolver: the page says that dns precedes static; a kubernetes block preceded both.
func chooseResolver(c *Conversion, r *balancerResolver) {
	type choice struct {
		name    string
		at      diag.Range
		discard func()
	}
	var given []choice
	if r.AWSCloudMap != nil {
		given = append(given, choice{"aws_cloud_map", r.AWSCloudMap.NameRange, func() { r.AWSCloudMap = nil }})
	}
	if r.Kubernetes != nil {
		given = append(given, choice{"kubernetes", r.Kubernetes.NameRange, func() { r.Kubernetes = nil }})
	}
	if r.DNS != nil {
		given = append(given, choice{"dns", r.DNS.NameRange, func() { r.DNS = nil }})
	}
	if r.Static != nil {
		given = append(given, choice{"static", r.Static.NameRange, func() { r.Static = nil }})
	}
	if len(given) == 0 && r.Present() {
		c.Diags.Errorf(r.NameRange, diag.MissingArgument,
			"add one: static { hostnames = [...] }, dns { ... } or kubernetes { ... }",
			"the resolver block holds no resolver")
		return
	}
	for _, other := range given[min(1, len(given)):] {
		c.Diags.Warnf(other.at, diag.PrecedenceApplied, "remove the block that you do not mean",
			"resolver %q is ignored: %q takes precedence", other.name, given[0].name)
		other.discard()
	}
}

var (
	shortService = regexp.MustCompile(`^[^.]+(\.[^.]+)?$`)
	longService  = regexp.MustCompile(`^[^.]+\.[^.]+\.svc\..+$`)
)

// checkService tells what changed between the names of services that River and the collector read.
func checkService(c *Conversion, name arguments.Arg) {
	service := name.Text()
	switch {
	case !name.Set || name.Value.Symbolic() || shortService.MatchString(service):
	case longService.MatchString(service):
		c.Diags.Warnf(name.Value.Range, diag.ChangedBehavior, "write SERVICE.NAMESPACE to be understood by both",
			"River takes all behind the first dot of %q for the namespace, the collector understands the whole name", service)
	default:
		c.Diags.Errorf(name.Value.Range, diag.InvalidValue, "write SERVICE or SERVICE.NAMESPACE",
			"the collector cannot read the service name %q", service)
	}
}

// warnOfEndpointSlices tells what the collector has to be allowed to read, and how else its list differs.
func warnOfEndpointSlices(c *Conversion, at diag.Range, difference string) {
	c.Diags.Warnf(at, diag.NeedsPermission,
		"grant get, list and watch on endpointslices in discovery.k8s.io to its service account",
		"the collector reads EndpointSlices where older releases read Endpoints%s", difference)
}
