package e2e

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/ptrace"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// traceFacts is what policies decide by in a trace of variedLoad.
type traceFacts struct {
	n     int // how many traces came before
	spans int
}

func (f traceFacts) slow() bool   { return f.n%5 == 0 }
func (f traceFacts) failed() bool { return f.n%7 == 0 }
func (f traceFacts) items() int   { return f.n % 100 }
func (f traceFacts) vip() bool    { return f.n%4 == 0 }
func (f traceFacts) gold() bool   { return f.n%3 == 0 }

// variedLoads are two loads, whose traces have four and eight spans, and the facts of each trace. Only one span of a
// trace tells each fact, so that a judge who misses it decides in another way.
func variedLoads() (loads []harness.Load, facts map[pcommon.TraceID]traceFacts) {
	facts = map[pcommon.TraceID]traceFacts{}
	dress := func(trace []harness.Record, spans []ptrace.Span) {
		f := traceFacts{n: len(facts), spans: len(spans)}
		facts[trace[0].Trace] = f
		start := time.Unix(1_750_000_000, 0)
		for i, span := range spans {
			if i > 0 {
				span.SetParentSpanID(trace[0].Span)
			}
			span.SetName("work")
			span.SetStartTimestamp(pcommon.NewTimestampFromTime(start))
			span.SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(20 * time.Millisecond)))
			span.TraceState().FromRaw("vendor=other")
		}
		spans[0].Attributes().PutInt("items", int64(f.items()))
		spans[0].SetName("checkout")
		if f.slow() {
			spans[1].SetEndTimestamp(pcommon.NewTimestampFromTime(start.Add(1500 * time.Millisecond)))
		}
		if f.failed() {
			spans[2].Status().SetCode(ptrace.StatusCodeError)
		}
		spans[3].Attributes().PutBool("vip", f.vip())
		spans[1].Attributes().PutStr("tier", []string{"gold", "silver", "bronze"}[f.n%3])
		if f.n%6 == 0 {
			spans[2].TraceState().FromRaw("vendor=keep")
		}
		if f.n%8 == 0 {
			spans[3].SetFlags(1)
		}
	}
	short := harness.NewLoad(harness.Shape{Seed: 1, Traces: 600, Spans: 4, Services: 8, Dress: dress})
	long := harness.NewLoad(harness.Shape{Seed: 2, Traces: 600, Spans: 8, Services: 8, Dress: dress})
	return []harness.Load{short, long}, facts
}

// policyCase is a judge that decides about each trace by itself.
type policyCase struct {
	name, policies string
	keeps          func(traceFacts) bool // nil when only the share is known, about a quarter
}

var policyCases = []policyCase{
	{"always_sample", policy("always_sample", ""), func(traceFacts) bool { return true }},
	{"latency", policy("latency", `threshold_ms = 1000`), traceFacts.slow},
	{"status_code", policy("status_code", `status_codes = ["ERROR"]`), traceFacts.failed},
	{"string_attribute", policy("string_attribute", "key = \"tier\"\nvalues = [\"gold\"]"), traceFacts.gold},
	{"regex", policy("string_attribute", "key = \"tier\"\nvalues = [\"^(gold|s.*)$\"]\nenabled_regex_matching = true"),
		func(f traceFacts) bool { return f.n%3 < 2 }},
	{"numeric_attribute", policy("numeric_attribute", "key = \"items\"\nmin_value = 20\nmax_value = 39"),
		func(f traceFacts) bool { return f.items() >= 20 && f.items() <= 39 }},
	{"boolean_attribute", policy("boolean_attribute", "key = \"vip\"\nvalue = true"), traceFacts.vip},
	{"probabilistic", policy("probabilistic", `sampling_percentage = 25`), nil},
	{"ottl_condition", policy("ottl_condition", `error_mode = "propagate"
		span = ["name == \"checkout\" and attributes[\"items\"] > 50"]`),
		func(f traceFacts) bool { return f.items() > 50 }},
	{"span_count", policy("span_count", `min_spans = 6`), func(f traceFacts) bool { return f.spans >= 6 }},
	{"trace_state", policy("trace_state", "key = \"vendor\"\nvalues = [\"keep\"]"),
		func(f traceFacts) bool { return f.n%6 == 0 }},
	{"trace_flags", policy("trace_flags", ""), func(f traceFacts) bool { return f.n%8 == 0 }},
	{"and", policy("and", subPolicy("and_sub_policy", "vip", "boolean_attribute", "key = \"vip\"\nvalue = true")+
		subPolicy("and_sub_policy", "slow", "latency", `threshold_ms = 1000`)),
		func(f traceFacts) bool { return f.vip() && f.slow() }},
	{"not", policy("not", subPolicy("not_sub_policy", "slow", "latency", `threshold_ms = 1000`)),
		func(f traceFacts) bool { return !f.slow() }},
	{"drop", policy("drop", subPolicy("drop_sub_policy", "vip", "boolean_attribute", "key = \"vip\"\nvalue = true")) +
		subPolicy("policy", "others", "status_code", `status_codes = ["ERROR"]`),
		func(f traceFacts) bool { return f.failed() && !f.vip() }},
	{"composite", policy("composite", `max_total_spans_per_second = 1000000
		policy_order = ["slow", "failed", "vip"]`+
		subPolicy("composite_sub_policy", "slow", "latency", `threshold_ms = 1000`)+
		subPolicy("composite_sub_policy", "failed", "status_code", `status_codes = ["ERROR"]`)+
		subPolicy("composite_sub_policy", "vip", "boolean_attribute", "key = \"vip\"\nvalue = true")+
		rateAllocation("slow", 60)+rateAllocation("failed", 40)),
		// A sub-policy without a share gets nothing.
		func(f traceFacts) bool { return f.slow() || f.failed() }},
}

// untilSlow keeps traces that take less than a second. The decision of v0.158.0 depends on the order in which their
// spans come: it keeps slower ones, too, when the first of their spans take less.
var untilSlow = judge{"latency_between", decisionWait,
	policy("latency", "threshold_ms = 10\nupper_threshold_ms = 1000")}

// policy is the River of a judge's main policy, subPolicy that of another policy or one inside another.
func policy(kind, arguments string) string { return subPolicy("policy", "main", kind, arguments) }

func subPolicy(block, name, kind, arguments string) string {
	if arguments != "" {
		arguments = fmt.Sprintf("%s {\n%s\n}", kind, arguments)
	}
	return fmt.Sprintf("\n%s {\nname = %q\ntype = %q\n%s\n}\n", block, name, kind, arguments)
}

func rateAllocation(policy string, percent int) string {
	return fmt.Sprintf("\nrate_allocation {\npolicy = %q\npercent = %d\n}\n", policy, percent)
}

// limitCase is a judge that keeps as much as its limit lets it, whatever the other samplers do.
type limitCase struct {
	name, policies   string
	perSecond, burst float64
	bytes            bool // the limit is about bytes, not spans
}

var limitCases = []limitCase{
	{name: "rate_limiting", perSecond: 1, burst: 300,
		policies: policy("rate_limiting", "spans_per_second = 1\nburst_capacity = 300")},
	{name: "bytes_limiting", perSecond: 100, burst: 30_000, bytes: true,
		policies: policy("bytes_limiting", "bytes_per_second = 100\nburst_capacity = 30000")},
	// It begins anew with each second of the clock, of which any time may touch two more than it is long.
	{name: "composite_at_its_limit", perSecond: 200, burst: 2 * 200,
		policies: policy("composite", `max_total_spans_per_second = 200
			policy_order = ["all"]`+subPolicy("composite_sub_policy", "all", "always_sample", "")+
			rateAllocation("all", 100))},
}

// decisionWait is far longer than the load takes to arrive, so that no span is late on a slow machine either.
const decisionWait = `decision_wait = "15s"`

// TestTailSamplingPolicies: three samplers behind two load balancers keep exactly what one alone keeps, by every policy
// that decides about each trace by itself. The spans of each trace come in four requests, half of them by the one load
// balancer and half by the other. Policies that limit rates hold for each sampler by itself.
func TestTailSamplingPolicies(t *testing.T) {
	inOwnNetwork(t, func(ctx context.Context, t *testing.T) {
		judges := []judge{untilSlow}
		for _, c := range policyCases {
			judges = append(judges, judge{c.name, decisionWait, c.policies})
		}
		for _, c := range limitCases {
			judges = append(judges, judge{c.name, decisionWait, c.policies})
		}
		all := startSamplers(ctx, t, judges, append([]string{referenceAddress}, backendAddresses...)...)
		lone, tier := all[:1], all[1:]
		balancer := riverForm(inRepository(t, "configs/tail-sampling/load_balancer.river"))
		startAt(ctx, t, balancer, balancerAddress)
		startAt(ctx, t, balancer, secondBalancer)

		loads, facts := variedLoads()
		toTier := []harness.Client{
			newClient(t, harness.NewGRPCClient, receiverAt(balancerAddress)),
			newClient(t, harness.NewGRPCClient, receiverAt(secondBalancer)),
		}
		toLone := newClient(t, harness.NewGRPCClient, receiverAt(referenceAddress))
		for _, load := range loads {
			if err := load.Send(ctx, nil, toTier...); err != nil {
				t.Fatal(err)
			}
			if err := load.Send(ctx, nil, toLone); err != nil {
				t.Fatal(err)
			}
		}
		undecided := time.Now()
		err := harness.Until(ctx, "the first decision", func() (bool, string) {
			before := time.Now()
			made, err := decisions(ctx, tier, judges)
			if err != nil {
				return false, err.Error()
			}
			if made[judges[0].name] == 0 {
				undecided = before
			}
			return made[judges[0].name] > 0, "none"
		})
		if err != nil {
			t.Fatal(err)
		}
		decided(ctx, t, tier, judges, len(facts))
		deciding := time.Since(undecided)
		decided(ctx, t, lone, judges, len(facts))
		onTime(ctx, t, append([]string{referenceAddress}, backendAddresses...)...)

		alone, together := stopSamplers(t, lone), stopSamplers(t, tier)
		for _, c := range policyCases {
			t.Run(c.name, func(t *testing.T) { c.check(t, facts, alone, together) })
		}
		t.Run(untilSlow.name, func(t *testing.T) { keepsSlowOnes(t, facts, together.spansOf(untilSlow.name)) })
		for _, c := range limitCases {
			t.Run(c.name, func(t *testing.T) { c.check(t, judges, tier, together, deciding) })
		}
	})
}

// onTime fails when spans came after the decision about their trace: then this machine is too slow for the test.
func onTime(ctx context.Context, t *testing.T, samplers ...string) {
	t.Helper()
	for _, addr := range samplers {
		metrics, err := harness.ReadMetrics(ctx, addr+":8888")
		if err != nil {
			t.Fatal(err)
		}
		for _, late := range metrics["otelcol_processor_tail_sampling_sampling_late_span_age"].GetMetric() {
			if n := late.GetHistogram().GetSampleCount(); n > 0 {
				t.Fatalf("%d batches of spans came to %s after the decision", n, addr)
			}
		}
	}
}

// check compares what the tier keeps with what one sampler keeps, and both with what the policy says.
func (c policyCase) check(t *testing.T, facts map[pcommon.TraceID]traceFacts, alone, together verdicts) {
	t.Helper()
	kept, want := together.spansOf(c.name), alone.spansOf(c.name)
	if !maps.Equal(kept, want) {
		t.Errorf("the tier keeps %d traces and one sampler %d, or other ones", len(kept), len(want))
	}
	for trace, spans := range kept {
		if spans != facts[trace].spans {
			t.Fatalf("%d of %d spans of trace %s are kept", spans, facts[trace].spans, trace)
		}
	}
	for trace, f := range facts {
		if c.keeps != nil && c.keeps(f) != (kept[trace] > 0) {
			t.Fatalf("trace %s, %+v, is kept: %v", trace, f, kept[trace] > 0)
		}
	}
	if share := float64(len(kept)) / float64(len(facts)); c.keeps == nil && (share < 0.18 || share > 0.32) {
		t.Errorf("%.0f %% of the traces are kept", 100*share)
	}
	instances := 0
	for _, records := range together[c.name] {
		if len(records) > 0 {
			instances++
		}
		for r, times := range records {
			if times != 1 {
				t.Fatalf("span %s was kept %d times", r.Span, times)
			}
		}
	}
	if instances != len(backendAddresses) {
		t.Errorf("%d samplers keep something", instances)
	}
	t.Logf("%d of %d traces are kept", len(kept), len(facts))
}

// keepsSlowOnes shows what untilSlow does: all traces that it should keep, and some of the others.
func keepsSlowOnes(t *testing.T, facts map[pcommon.TraceID]traceFacts, kept map[pcommon.TraceID]int) {
	t.Helper()
	slow, wrong := 0, 0
	for trace, f := range facts {
		switch {
		case f.slow():
			slow++
			if kept[trace] > 0 {
				wrong++
			}
		case kept[trace] == 0:
			t.Errorf("trace %s is not kept", trace)
		}
	}
	t.Logf("%d of %d slow traces are kept", wrong, slow)
	if wrong == 0 {
		t.Error("no slow trace is kept: say so in docs/tiers.md, and make this a policyCase")
	}
}

// check measures each sampler against its limit, and the tier against three times that.
func (c limitCase) check(t *testing.T, judges []judge, tier []sampler, kept verdicts, deciding time.Duration) {
	t.Helper()
	limit := c.perSecond*deciding.Seconds() + c.burst
	var total float64
	for _, s := range tier {
		n := float64(len(kept[c.name][s.addr]))
		if c.bytes {
			n = 0
			for i, j := range judges {
				if j.name == c.name {
					n = float64(s.sinks[i].SpanBytes())
				}
			}
		}
		if n == 0 || n > limit {
			t.Errorf("%s keeps %.0f, its limit is %.0f", s.addr, n, limit)
		}
		total += n
	}
	t.Logf("the tier keeps %.0f, the limit of each sampler is %.0f in %s", total, limit, deciding)
	if total <= c.burst {
		t.Errorf("the tier keeps no more than one sampler may at once, %.0f", c.burst)
	}
}
