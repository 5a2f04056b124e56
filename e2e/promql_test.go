package e2e

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/teststorage"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

const (
	// scrapeInterval is what configs/monitoring/README.md has Prometheus do.
	scrapeInterval = 15 * time.Second

	// accepted is what Prometheus 3 says it can read. What a collector shows depends on it: with OpenMetrics, names of
	// counters would end in _total.
	accepted = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6," +
		"application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4," +
		"text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)

// promParser reads PromQL without experiments, as a server does by default.
var promParser = parser.NewParser(parser.Options{})

// target is a collector that Prometheus scrapes at port 8888 of its address.
type target struct{ job, addr string }

func (t target) instance() string { return t.addr + ":8888" }

// history is what a Prometheus server knows after some scrapes: its own storage and engine. The scrapes are placed
// scrapeInterval apart, however fast they followed each other, so that nobody has to wait for minutes to pass.
type history struct {
	name   string
	db     *teststorage.TestStorage
	engine *promql.Engine
	start  time.Time
	last   time.Time
	shown  map[target]map[string]labels.Labels // by the last scrape
}

func newHistory(t *testing.T, name string) *history {
	t.Helper()
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	h := &history{
		name: name, db: teststorage.New(t), start: start, last: start.Add(-scrapeInterval),
		shown: map[target]map[string]labels.Labels{},
		engine: promql.NewEngine(promql.EngineOpts{
			MaxSamples: 50_000_000, Timeout: time.Minute, EnableAtModifier: true, EnableNegativeOffset: true,
			Parser: promParser,
		}),
	}
	t.Cleanup(func() {
		if err := h.engine.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// scrape reads the metrics of all targets, the next time that it is due.
func (h *history) scrape(ctx context.Context, t *testing.T, targets ...target) {
	t.Helper()
	h.last = h.last.Add(scrapeInterval)
	app := h.db.Appender(ctx)
	for _, from := range targets {
		samples, err := metricsOf(ctx, from)
		up := 1.0
		if err != nil {
			up = 0
			if len(h.shown[from]) > 0 {
				t.Logf("%s, %s does not answer any more: %v", h.name, from.addr, err)
			}
		}
		shown := map[string]labels.Labels{}
		for _, s := range samples {
			shown[s.labels.String()] = s.labels
			h.add(t, app, s.labels, s.value)
		}
		// As a server does: what is not shown any more ends here, and is not carried on for five minutes.
		for key, gone := range h.shown[from] {
			if _, still := shown[key]; !still {
				h.add(t, app, gone, math.Float64frombits(value.StaleNaN))
			}
		}
		h.shown[from] = shown
		h.add(t, app, labels.FromStrings("__name__", "up", "job", from.job, "instance", from.instance()), up)
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
}

// put adds a scrape that was never made: these series, with the same value for all.
func (h *history) put(ctx context.Context, t *testing.T, series []labels.Labels, v float64) {
	t.Helper()
	h.last = h.last.Add(scrapeInterval)
	app := h.db.Appender(ctx)
	for _, of := range series {
		h.add(t, app, of, v)
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
}

// take adds the last values of series that were written to a database, as of the last scrape.
func (h *history) take(ctx context.Context, t *testing.T, written []harness.Series) {
	t.Helper()
	app := h.db.Appender(ctx)
	for _, series := range written {
		h.add(t, app, labels.FromMap(series.Labels), series.Last().Value)
	}
	if err := app.Commit(); err != nil {
		t.Fatal(err)
	}
}

func (h *history) add(t *testing.T, app storage.Appender, of labels.Labels, v float64) {
	t.Helper()
	if _, err := app.Append(0, of, h.last.UnixMilli(), v); err != nil {
		t.Fatalf("%s: %s: %v", h.name, of, err)
	}
}

// over evaluates a query at the time of each scrape.
func (h *history) over(ctx context.Context, query string) (promql.Matrix, error) {
	q, err := h.engine.NewRangeQuery(ctx, h.db, nil, query, h.start, h.last, scrapeInterval)
	if err != nil {
		return nil, err
	}
	defer q.Close()
	matrix, err := q.Exec(ctx).Matrix()
	if err != nil {
		return nil, err
	}
	return copied(matrix), nil
}

// copied is a result that outlives its query, whose points the engine uses again.
func copied(matrix promql.Matrix) promql.Matrix {
	result := make(promql.Matrix, len(matrix))
	for i, series := range matrix {
		result[i] = promql.Series{Metric: series.Metric, Floats: slices.Clone(series.Floats)}
	}
	return result
}

// series are the labels of all series that match.
func (h *history) series(ctx context.Context, t *testing.T, matchers ...*labels.Matcher) (found []labels.Labels) {
	t.Helper()
	querier, err := h.db.Querier(h.start.UnixMilli(), h.last.UnixMilli())
	if err != nil {
		t.Fatal(err)
	}
	set := querier.Select(ctx, true, nil, matchers...)
	for set.Next() {
		found = append(found, set.At().Labels())
	}
	if err := errors.Join(set.Err(), querier.Close()); err != nil {
		t.Fatal(err)
	}
	return found
}

// sum adds up the values of a metric in an answer.
func sum(samples []sample, name string) (total float64) {
	for _, s := range samples {
		if s.labels.Get("__name__") == name {
			total += s.value
		}
	}
	return total
}

// sample is a line of an answer.
type sample struct {
	labels labels.Labels
	value  float64
}

// metricsOf asks a target as Prometheus does, and puts its job and instance to the labels.
func metricsOf(ctx context.Context, from target) ([]sample, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+from.instance()+"/metrics", http.NoBody)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Accept", accepted)
	// One connection per scrape: none is left open to a collector that is stopped.
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", resp.Status, text)
	}
	return parseMetrics(text, resp.Header.Get("Content-Type"), from)
}

func parseMetrics(text []byte, contentType string, from target) (samples []sample, err error) {
	p, err := textparse.New(text, contentType, nil, textparse.ParserOptions{})
	if err != nil {
		return nil, err
	}
	for {
		entry, err := p.Next()
		if errors.Is(err, io.EOF) {
			return samples, nil
		}
		if err != nil {
			return nil, err
		}
		if entry != textparse.EntrySeries {
			continue
		}
		_, _, v := p.Series()
		var of labels.Labels
		p.Labels(&of)
		if of.Has("job") || of.Has("instance") {
			return nil, fmt.Errorf("%s: Prometheus would rename labels of this series", of)
		}
		b := labels.NewBuilder(of)
		b.Set("job", from.job).Set("instance", from.instance())
		samples = append(samples, sample{b.Labels(), v})
	}
}

// histories are several of them; what a query needs may be in any.
type histories []*history

// check looks for names in a query that no series has: of metrics, and of the labels that it selects or joins them by.
func (hs histories) check(ctx context.Context, t *testing.T, query string) error {
	t.Helper()
	expr, err := promParser.ParseExpr(query)
	if err != nil {
		return err
	}
	var errs []error
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.VectorSelector:
			errs = append(errs, hs.checkSelector(ctx, t, n))
		case *parser.AggregateExpr:
			errs = append(errs, hs.checkLabels(ctx, t, n.Expr, n.Grouping))
		case *parser.BinaryExpr:
			if n.VectorMatching != nil {
				errs = append(errs, hs.checkLabels(ctx, t, n.LHS, n.VectorMatching.MatchingLabels),
					hs.checkLabels(ctx, t, n.RHS, n.VectorMatching.MatchingLabels))
			}
		case *parser.Call:
			if n.Func.Name == "label_replace" {
				source := n.Args[3].(*parser.StringLiteral).Val
				errs = append(errs, hs.checkLabels(ctx, t, n.Args[0], []string{source}))
			}
		}
		return nil
	})
	return errors.Join(errs...)
}

// checkSelector looks for a metric, for the labels by which it is selected, and for a series that is selected by all of
// them.
func (hs histories) checkSelector(ctx context.Context, t *testing.T, selector *parser.VectorSelector) error {
	t.Helper()
	known := hs.labelsOf(ctx, t, selector)
	if len(known) == 0 {
		return fmt.Errorf("no collector shows the metric %q", selector.Name)
	}
	for _, matcher := range selector.LabelMatchers {
		if !known[matcher.Name] {
			return fmt.Errorf("no series of %s has the label %q", selector.Name, matcher.Name)
		}
	}
	for _, h := range hs {
		if len(h.series(ctx, t, selector.LabelMatchers...)) > 0 {
			return nil
		}
	}
	return fmt.Errorf("no series is selected by %s", selector)
}

// checkLabels looks for labels on any of the series that an expression is made of.
func (hs histories) checkLabels(ctx context.Context, t *testing.T, of parser.Node, names []string) error {
	t.Helper()
	known := map[string]bool{}
	parser.Inspect(of, func(node parser.Node, _ []parser.Node) error {
		if selector, is := node.(*parser.VectorSelector); is {
			maps.Copy(known, hs.labelsOf(ctx, t, selector))
		}
		return nil
	})
	for _, name := range names {
		if !known[name] {
			return fmt.Errorf("no series in %s has the label %q", of, name)
		}
	}
	return nil
}

// labelsOf are the names of all labels that series of a metric have.
func (hs histories) labelsOf(ctx context.Context, t *testing.T, selector *parser.VectorSelector) map[string]bool {
	t.Helper()
	named := labels.MustNewMatcher(labels.MatchEqual, "__name__", selector.Name)
	names := map[string]bool{}
	for _, h := range hs {
		for _, series := range h.series(ctx, t, named) {
			series.Range(func(l labels.Label) { names[l.Name] = true })
		}
	}
	return names
}
