package component

import (
	"strings"
	"time"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// otlpBalancer holds the arguments of otelcol.exporter.loadbalancing, as loadBalancing does, with the keys and defaults
// of our own otlp_balancer.
//
// Known gaps: River has a queue and retries for each backend, and in Alloy others in front of them; otlp_balancer has
// one of each, whose size it counts in bytes.
type otlpBalancer struct {
	arguments.Block
	RoutingKey     arguments.Arg        `river:"routing_key" type:"string" default:"traceID" collector:""`
	Timeout        arguments.Arg        `river:"timeout" type:"duration" default:"0s" in:"alloy" key:"-"`
	Resolver       otlpBalancerResolver `river:"resolver,block,required"`
	Protocol       otlpBalancerProtocol `river:"protocol,block" key:"."`
	SendingQueue   *otlpBalancerQueue   `river:"sending_queue,block" in:"alloy" key:"-"`
	RetryOnFailure *otlpBalancerRetry   `river:"retry_on_failure,block" in:"alloy" key:"-"`
	Retry          *otlpBalancerRetry   `river:"retry,block" in:"alloy" key:"-"`
	DebugMetrics   debugMetrics         `river:"debug_metrics,block"`
}

// otlpBalancerResolver is the resolver block. It is a balancerResolver, but for the resolver that otlp_balancer lacks.
type otlpBalancerResolver struct {
	arguments.Block
	Static      *resolverStatic      `river:"static,block"`
	DNS         *resolverDNS         `river:"dns,block"`
	Kubernetes  *resolverKubernetes  `river:"kubernetes,block" key:"k8s"`
	AWSCloudMap *resolverAWSCloudMap `river:"aws_cloud_map,block" in:"alloy" key:"-"`
}

// otlpBalancerProtocol is the protocol block.
type otlpBalancerProtocol struct {
	arguments.Block
	OTLP otlpBalancerOTLP `river:"otlp,block" key:"."`
}

// otlpBalancerOTLP is the way to the backends.
type otlpBalancerOTLP struct {
	arguments.Block
	Client  balancerClient    `river:"client,block" key:"protocol.otlp"`
	Timeout arguments.Arg     `river:"timeout" type:"duration" default:"5s"`
	Queue   otlpBalancerQueue `river:"queue,block" key:"sending_queue"`
	Retry   otlpBalancerRetry `river:"retry,block" key:"retry_on_failure"`
}

func init() {
	registerFor(Balancer, Component{
		Name:    "otelcol.exporter.loadbalancing",
		Section: otelcfg.Exporters,
		Type:    BalancerType,
		Signals: Signals,
		signals: func(args any, _ *Instance, d dialect.Dialect, diags *diag.List) []Signal {
			return balancedSignals(args.(*otlpBalancer).RoutingKey, d, diags)
		},
		Doc: "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.loadbalancing/",
	}, convertOTLPBalancer)
}

func convertOTLPBalancer(c *Conversion, args *otlpBalancer) []Part {
	chooseResolver(c, (*balancerResolver)(&args.Resolver))
	checkOTLPBalancerResolver(c, &args.Resolver)
	client := &args.Protocol.OTLP.Client.Client
	warnOfPlainText(c, arguments.Arg{}, client)
	warnOfCompression(c, client)
	if strings.HasPrefix(client.Auth.Value.PathString(), "otelcol.auth.headers.") {
		c.Diags.Warnf(client.Auth.Value.Range, diag.ChangedBehavior,
			"write headers with a value of their own; for those that come from requests, do without the target balancer",
			"otlp_balancer joins requests for a backend, so that no header of a single request goes along")
	}
	c.warnOfLoss(args, loss{"timeout",
		"protocol > otlp > timeout ends one call to a backend, max_elapsed_time all attempts"})
	limitCalls(c, &args.Protocol.OTLP)
	size := oneQueue(c, args)
	oneRetry(c, args)
	warnOfPlacement(c)
	return byRoutingKey(c, args.RoutingKey, func() *otelcfg.Map {
		body := c.Encode(args)
		encodeSizes(c, body, size, &args.Protocol.OTLP.Queue)
		return body
	})
}

// checkOTLPBalancerResolver reports the resolver that otlp_balancer lacks, and what differs in one that it has.
func checkOTLPBalancerResolver(c *Conversion, r *otlpBalancerResolver) {
	if r.AWSCloudMap != nil {
		c.Diags.Errorf(r.AWSCloudMap.NameRange, diag.NoCounterpart,
			"name the backends by dns, since Cloud Map can serve a namespace over DNS, or do without the target balancer",
			"otlp_balancer cannot ask AWS Cloud Map")
	}
	if r.Kubernetes != nil {
		checkService(c, r.Kubernetes.Service)
		warnOfEndpointSlices(c, r.Kubernetes.NameRange, "")
	}
}

// warnOfPlacement tells that otlp_balancer does not agree with what runs now on who gets what, and how it can.
func warnOfPlacement(c *Conversion) {
	compatible := "v0.112 (Alloy before 1.11), v0.152 (since then) or v0.158 (once it came with that collector)"
	if c.Dialect.Name == dialect.Flow {
		compatible = "v0.87"
	}
	c.Diags.Warnf(c.Range, diag.ChangedBehavior,
		"replace all load balancers of a stateful tier at once; or add hashing: ring and ring_compat: "+compatible+
			" to the converted configuration until all are replaced",
		"otlp_balancer chooses other backends than the load balancers that it replaces")
}

// limitCalls leaves out a timeout of 0: in River it means none, and otlp_balancer has one always.
func limitCalls(c *Conversion, way *otlpBalancerOTLP) {
	if d, known := durationOf(c, way, "timeout", way.Timeout); known && d == 0 {
		c.Diags.Warnf(way.Timeout.NameRange, diag.NoCounterpart, "write how long a call to a backend may take",
			"otlp_balancer makes no call without a timeout; it was left out, and 5s count")
		way.Timeout = arguments.Arg{}
	}
}

// durationOf returns a duration that an argument has, by itself or by River's default, if it is known now.
func durationOf(c *Conversion, block any, name string, a arguments.Arg) (d time.Duration, known bool) {
	text, _ := arguments.DefaultIn(block, name, c.Dialect)
	if a.Set {
		text = a.Text()
	}
	d, err := time.ParseDuration(text)
	return d, err == nil
}

// loss is an argument without a counterpart, and what comes near.
type loss struct{ name, hint string }

// warnOfLoss tells of arguments that are left out, unless they only state River's default.
func (c *Conversion) warnOfLoss(block any, losses ...loss) {
	given := arguments.Given(block)
	for _, l := range losses {
		if a, ok := given[l.name]; ok && !arguments.AtDefault(block, l.name, a, c.Dialect) {
			c.Diags.Warnf(a.NameRange, diag.NoCounterpart, l.hint,
				"argument %q has no counterpart and was left out", l.name)
		}
	}
}

// isOff reports whether a block is switched off, whatever the environment holds.
func isOff(enabled arguments.Arg) bool {
	return enabled.Set && !enabled.Value.Symbolic() && !enabled.Value.Bool
}

// warnOfSecond tells of a block for the backends that one in front of them leaves no place for.
func (c *Conversion) warnOfSecond(b arguments.Block, name, front string) {
	if b.Present() {
		c.Diags.Warnf(b.NameRange, diag.NoCounterpart, "write what you mean into that block, and remove this one",
			"block %q was left out: otlp_balancer has one for all backends, made of block %q", name, front)
	}
}

// warnOfSwitchedOff tells of a block in front of the backends that does nothing.
func (c *Conversion) warnOfSwitchedOff(b arguments.Block, name, backends string) {
	c.Diags.Warnf(b.NameRange, diag.NoCounterpart, "remove the block",
		"block %q is switched off and was left out: otlp_balancer has one for all backends, made of block %q in %q",
		name, backends, "otlp")
}
