package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// authSigV4 holds the arguments of otelcol.auth.sigv4. Like River's, the collector's extension looks for credentials of
// AWS when its configuration is validated, so that "validate" fails where there are none.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.auth.sigv4/
type authSigV4 struct {
	arguments.Block
	Region       arguments.Arg   `river:"region" type:"string"`
	Service      arguments.Arg   `river:"service" type:"string"`
	AssumeRole   sigV4AssumeRole `river:"assume_role,block"`
	DebugMetrics debugMetrics    `river:"debug_metrics,block" in:"alloy"`
}

// sigV4AssumeRole is the assume_role block. Without sts_region, both programs use region.
type sigV4AssumeRole struct {
	arguments.Block
	ARN         arguments.Arg `river:"arn" type:"string"`
	SessionName arguments.Arg `river:"session_name" type:"string"`
	STSRegion   arguments.Arg `river:"sts_region" type:"string"`
}

func init() {
	register(Component{
		Name:    "otelcol.auth.sigv4",
		Section: otelcfg.Extensions,
		Type:    "sigv4auth",
		Outside: true,
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.auth.sigv4/",
	}, func(c *Conversion, args *authSigV4) []Part {
		// Empty texts mean "find it out from the endpoint" in both programs, as if they were not there.
		dropEmpty(&args.Region, &args.Service,
			&args.AssumeRole.ARN, &args.AssumeRole.SessionName, &args.AssumeRole.STSRegion)
		return c.extension(c.Encode(args), arguments.Client)
	})
}

// dropEmpty makes arguments that were set to an empty text or list as if they were not set.
func dropEmpty(args ...*arguments.Arg) {
	for _, a := range args {
		if a.Empty() {
			*a = arguments.Arg{}
		}
	}
}
