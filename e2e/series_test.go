package e2e

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.opentelemetry.io/collector/pdata/pcommon"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// Where the collectors of a tier are: the load balancer, the backends in its list, and a reference, a backend that it
// does not know and that gets the whole load directly.
const (
	balancerAddress  = "127.0.0.1"
	referenceAddress = "127.0.0.9"
	sinkAddr         = "127.0.0.100:9090"
)

var backendAddresses = []string{"127.0.0.2", "127.0.0.3", "127.0.0.4"}

// receiverAt is where a collector listens for OTLP, as the lists of the load balancers write it.
func receiverAt(address string) string { return address + ":4317" }

// endpointsAt are the entries of a load balancer's list for backends at these addresses.
func endpointsAt(addresses ...string) (list []string) {
	for _, address := range addresses {
		list = append(list, receiverAt(address))
	}
	return list
}

// launchAt runs a collector at an address of its own.
func launchAt(t *testing.T, f form, address string, env ...string) *harness.Collector {
	t.Helper()
	return launchCollector(t, "the collector at "+address,
		f.with("file:"+inRepository(t, "configs/monitoring/own_metrics.yaml")), []string{receiverAt(address)},
		append(env, "ADDRESS="+address)...)
}

// startAt is launchAt, and waits until the collector is ready.
func startAt(ctx context.Context, t *testing.T, f form, address string, env ...string) *harness.Collector {
	t.Helper()
	c := launchAt(t, f, address, env...)
	ready(ctx, t, c)
	return c
}

// ready waits until all these collectors are ready.
func ready(ctx context.Context, t *testing.T, collectors ...*harness.Collector) {
	t.Helper()
	for _, c := range collectors {
		if err := c.Ready(ctx); err != nil {
			t.Fatal(err)
		}
	}
}

// startRemoteWrite serves remote write until the test ends.
func startRemoteWrite(t *testing.T) *harness.RemoteWrite {
	t.Helper()
	sink, err := harness.StartRemoteWrite(sinkAddr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := sink.Stop(); err != nil {
			t.Error(err)
		}
	})
	return sink
}

// metricsTier is a load balancer with three generators of metrics behind it, and a reference.
type metricsTier struct {
	lb   *harness.Collector
	sink *harness.RemoteWrite
}

// startMetricsTier starts a tier and its reference.
func startMetricsTier(ctx context.Context, t *testing.T, lb, generator form) metricsTier {
	t.Helper()
	sink := startRemoteWrite(t)
	startGenerators(ctx, t, generator, sink, append(slices.Clone(backendAddresses), referenceAddress)...)
	// Were it the first, it would find nobody, and try again only five seconds later.
	m := metricsTier{launchAt(t, lb, balancerAddress), sink}
	ready(ctx, t, m.lb)
	return m
}

// startGenerators starts generators that write to the sink, each under its address as the source.
func startGenerators(ctx context.Context, t *testing.T, f form, sink *harness.RemoteWrite, addresses ...string) {
	t.Helper()
	var generators []*harness.Collector
	for _, address := range addresses {
		generators = append(generators, launchAt(t, f, address, "METRICS_URL="+sink.URL(address)))
	}
	ready(ctx, t, generators...)
}

// count sends a load to the load balancer and to the reference, and returns when nothing more can come and all that
// came has been written, with what databases hold then: one that the tier writes to, and one that the reference writes
// to. The sum of one metric tells when all has come to the tier.
func (m metricsTier) count(
	ctx context.Context, t *testing.T, load harness.Load, metric string, sum int,
) (tier, reference database) {
	t.Helper()
	for _, address := range []string{balancerAddress, referenceAddress} {
		if err := load.Send(ctx, nil, newClient(t, harness.NewGRPCClient, receiverAt(address))); err != nil {
			t.Fatal(err)
		}
	}
	reaches(ctx, t, m.sink, metric, sum, backendAddresses...)
	// What it would deliver a second time, it delivers before it ends.
	if err := m.lb.Stop(); err != nil {
		t.Fatal(err)
	}
	written(ctx, t, m.sink, metric, append(slices.Clone(backendAddresses), referenceAddress)...)
	return store(m.sink, backendAddresses...), store(m.sink, referenceAddress)
}

// reaches waits until the sum of a metric over all generators is as high.
func reaches(
	ctx context.Context, t *testing.T, sink *harness.RemoteWrite, metric string, sum int, generators ...string,
) {
	t.Helper()
	err := harness.Until(ctx, "all to be counted", func() (bool, string) {
		var got float64
		for _, generator := range generators {
			for _, s := range sink.Series(generator, metric) {
				got += s.Last().Value
			}
		}
		return got >= float64(sum), fmt.Sprintf("%s is %v in all, not %d", metric, got, sum)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// written waits until generators, each of which writes the metric, have written all that they know now.
func written(ctx context.Context, t *testing.T, sink *harness.RemoteWrite, metric string, generators ...string) {
	t.Helper()
	now := time.Now()
	err := harness.Until(ctx, "all generators to write what they know", func() (bool, string) {
		for _, generator := range generators {
			// A write can take several requests. With the second one begun, the first is complete.
			if n := timesAfter(now, sink.Series(generator, metric)); n < 2 {
				return false, fmt.Sprintf("%s has written %d times", generator, n)
			}
		}
		return true, ""
	})
	if err != nil {
		t.Fatal(err)
	}
}

// timesAfter is at how many times later than one the series has samples that has most of them.
func timesAfter(than time.Time, all []harness.Series) (most int) {
	for _, s := range all {
		later := map[time.Time]bool{}
		for _, sample := range s.Samples {
			if sample.Time.After(than) {
				later[sample.Time] = true
			}
		}
		most = max(most, len(later))
	}
	return most
}

// seriesKey is what a database tells series apart by: the metric, and all labels as text.
type seriesKey struct{ metric, labels string }

// keyOf is the key of a series without some of its labels.
func keyOf(labels map[string]string, without ...string) seriesKey {
	others := maps.Clone(labels)
	for _, name := range append(without, "__name__") {
		delete(others, name)
	}
	return seriesKey{labels["__name__"], fmt.Sprint(others)}
}

// database is what a database keeps that takes every sample: of several writers it knows nothing.
type database map[seriesKey]*storedSeries

// storedSeries is one series of a database, and what only we know: who wrote it.
type storedSeries struct {
	labels  map[string]string
	samples []harness.Sample // by time
	writers []string
}

// store is what a database keeps of what these sources wrote.
func store(sink *harness.RemoteWrite, sources ...string) database {
	db := database{}
	for _, source := range sources {
		for _, written := range sink.Series(source) {
			key := keyOf(written.Labels)
			if db[key] == nil {
				db[key] = &storedSeries{labels: written.Labels}
			}
			s := db[key]
			s.writers = append(s.writers, source)
			s.samples = append(s.samples, written.Samples...)
		}
	}
	for _, s := range db {
		slices.SortStableFunc(s.samples, func(a, b harness.Sample) int { return a.Time.Compare(b.Time) })
	}
	return db
}

// last is the value that a query finds: the last one that was written.
func (s *storedSeries) last() float64 { return s.samples[len(s.samples)-1].Value }

// falls is how often the value is lower than the one before. That of a counter is not, unless its program starts anew.
func (s *storedSeries) falls() (n int) {
	for i := 1; i < len(s.samples); i++ {
		if s.samples[i].Value < s.samples[i-1].Value {
			n++
		}
	}
	return n
}

// of are the series of one metric.
func (db database) of(metric string) database {
	some := maps.Clone(db)
	maps.DeleteFunc(some, func(key seriesKey, _ *storedSeries) bool { return key.metric != metric })
	return some
}

// collisions is how many series have more than one writer.
func (db database) collisions() (n int) {
	for _, s := range db {
		if len(s.writers) > 1 {
			n++
		}
	}
	return n
}

// falls is how often a value is lower than the one before, over all series.
func (db database) falls() (n int) {
	for _, s := range db {
		n += s.falls()
	}
	return n
}

// sumWithout is what the query "sum without (LABELS)" finds.
func (db database) sumWithout(labels ...string) map[seriesKey]float64 {
	sums := map[seriesKey]float64{}
	for _, s := range db {
		sums[keyOf(s.labels, labels...)] += s.last()
	}
	return sums
}

// total is the sum of all series of one metric.
func (db database) total(metric string) (sum float64) {
	for _, s := range db.of(metric) {
		sum += s.last()
	}
	return sum
}

// differences are the series in which two sets differ.
func differences(got, want map[seriesKey]float64) (different []string) {
	for key, value := range got {
		if _, found := want[key]; !found {
			different = append(different, fmt.Sprintf("%v is %v and should not be there", key, value))
		}
	}
	for key, value := range want {
		if other, found := got[key]; !found || !sameValue(key.metric, other, value) {
			different = append(different, fmt.Sprintf("%v is %v and should be %v", key, other, value))
		}
	}
	slices.Sort(different)
	return different
}

// sameValue compares counts exactly, and sums of seconds but for the order in which they were added up.
func sameValue(metric string, got, want float64) bool {
	if strings.HasSuffix(metric, "_sum") {
		return math.Abs(got-want) <= 1e-9*math.Abs(want)
	}
	return got == want
}

// same checks that two sets of series are equal, and not empty.
func same(t *testing.T, got, want map[seriesKey]float64) {
	t.Helper()
	if len(want) == 0 {
		t.Error("there are no series")
	}
	if different := differences(got, want); len(different) > 0 {
		t.Errorf("%d of %d series are wrong, one: %s", len(different), len(want), different[0])
	}
}

// counted checks each series of a database against the durations that it should have counted, by its labels.
func counted(t *testing.T, db database, durations func(labels map[string]string) []time.Duration) {
	t.Helper()
	want := map[seriesKey]float64{}
	for key, s := range db {
		want[key] = seriesValue(t, s.labels, durations(s.labels))
	}
	same(t, db.sumWithout(), want)
}

// apartByCollectorID checks that each series has one writer, whose address it carries.
func apartByCollectorID(t *testing.T, db database) {
	t.Helper()
	for key, s := range db {
		if len(s.writers) != 1 || s.labels["collector_id"] != s.writers[0] {
			t.Errorf("the series %v is written by %v", key, s.writers)
		}
	}
}

// tally says how much of each label set each generator has to count.
type tally[labels comparable] map[labels]map[string]int

func (all tally[labels]) add(to labels, address string) {
	if all[to] == nil {
		all[to] = map[string]int{}
	}
	all[to][address]++
}

// collides checks that nearly all series of a counter have several writers, and that a database keeps as little of them
// as comes of the shares: of each label set, what the generator counted that wrote last.
func collides[labels comparable](t *testing.T, tier, reference database, counter string, shares tally[labels]) {
	t.Helper()
	collide, lowest, highest, truth := 0, 0, 0, int(reference.total(counter))
	for _, counts := range shares {
		if len(counts) > 1 {
			collide++
		}
		each := slices.Collect(maps.Values(counts))
		lowest += slices.Min(each)
		highest += slices.Max(each)
	}
	series := tier.of(counter)
	if n := series.collisions(); n != collide || n < len(series)*95/100 {
		t.Errorf("%d of %d label sets have more than one writer, by the ring %d", n, len(series), collide)
	}
	kept := int(tier.total(counter))
	if kept < lowest || kept > highest || highest > truth*6/10 {
		t.Errorf("%d of %d are kept, by the ring %d to %d", kept, truth, lowest, highest)
	}
	wrong := len(differences(tier.sumWithout(), reference.sumWithout()))
	if wrong < len(reference)*8/10 {
		t.Errorf("only %d of %d series are wrong", wrong, len(reference))
	}
	if series.falls() == 0 {
		t.Error("no counter fell")
	}
	t.Logf("%d of %d label sets have more than one writer", series.collisions(), len(series))
	t.Logf("%d of %d are kept, by the ring %d to %d", kept, truth, lowest, highest)
	t.Logf("%d of %d series are wrong; the counters fell %d times", wrong, len(reference), series.falls())
}

// seriesValue is the value of a series that has counted these durations.
func seriesValue(t *testing.T, labels map[string]string, durations []time.Duration) float64 {
	t.Helper()
	metric, n, sum := labels["__name__"], 0, 0.0
	switch {
	case strings.HasSuffix(metric, "_sum"):
		for _, d := range durations {
			sum += d.Seconds()
		}
		return sum
	case strings.HasSuffix(metric, "_bucket"):
		bound, err := strconv.ParseFloat(labels["le"], 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range durations {
			if d.Seconds() <= bound {
				n++
			}
		}
		return float64(n)
	case strings.HasSuffix(metric, "_total"), strings.HasSuffix(metric, "_count"):
		return float64(len(durations))
	default:
		t.Errorf("nobody expects the metric %s", metric)
		return math.NaN()
	}
}

// randomOf is a source of random numbers that are the same each time for the same trace.
func randomOf(trace pcommon.TraceID) *rand.Rand {
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(trace[:8]), binary.BigEndian.Uint64(trace[8:])))
}
