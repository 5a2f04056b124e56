package e2e

import (
	"context"
	"regexp"
	"strconv"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// stopBalancer stops the load balancer, and notes what it says that it gave up.
func (tier *faultTier) stopBalancer(ctx context.Context, t *testing.T) {
	t.Helper()
	tier.account(ctx, t)
	if err := tier.lb.Stop(); err != nil {
		t.Fatal(err)
	}
	if tier.isOurs() {
		tier.givenUp += abandoned(tier.lb.Log())
	}
}

// account adds what otlp_balancer has given up to what it had before its counters begin anew.
func (tier *faultTier) account(ctx context.Context, t *testing.T) {
	t.Helper()
	if tier.isOurs() {
		tier.givenUp += givenUp(ctx, t)
	}
}

// givenUp is what the metrics of otlp_balancer count as lost.
func givenUp(ctx context.Context, t *testing.T) (spans int) {
	t.Helper()
	metrics, err := harness.ReadMetrics(ctx, balancerAddress+":8888")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"failed", "rejected", "dropped"} {
		spans += int(metrics.Sum("otelcol_otlp_balancer_"+name, "", ""))
	}
	return spans
}

var leftInMemory = regexp.MustCompile(`what was left in memory is lost.*"records": (\d+)`)

// abandoned is what otlp_balancer counts as lost when it ends, which nobody can read but in its log.
func abandoned(log string) (spans int) {
	for _, m := range leftInMemory.FindAllStringSubmatch(log, -1) {
		n, _ := strconv.Atoi(m[1])
		spans += n
	}
	return spans
}
