package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// dashboard is what the tests read of a Grafana dashboard.
type dashboard struct {
	file string

	UID        string
	Title      string
	Panels     []panel
	Templating struct{ List []variable }
}

type panel struct {
	ID          int
	Type        string
	Title       string
	Description string
	Datasource  datasource
	GridPos     grid
	FieldConfig struct{ Defaults struct{ Unit string } }
	Targets     []query
}

type datasource struct{ Type, UID string }

// grid is a place on a dashboard, which is 24 wide.
type grid struct{ X, Y, W, H int }

type query struct {
	Datasource   datasource
	Expr         string
	LegendFormat string
}

// variable is something that the user of a dashboard selects.
type variable struct {
	Name       string
	Type       string
	Query      json.RawMessage
	Multi      bool
	IncludeAll bool
}

// monitoringFiles lists the files of configs/monitoring with an ending.
func monitoringFiles(t *testing.T, ending string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(inRepository(t, "configs/monitoring"), "*"+ending))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no file in configs/monitoring ends in %s", ending)
	}
	return files
}

func readDashboards(t *testing.T) (all []dashboard) {
	t.Helper()
	for _, file := range monitoringFiles(t, ".json") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := dashboard{file: filepath.Base(file)}
		if err := json.Unmarshal(text, &d); err != nil {
			t.Fatalf("%s: %v", d.file, err)
		}
		if found, read := exprs(t, text), d.queries(); len(found) != len(read) {
			t.Errorf("%s: it holds %d expressions, %d of them in panels", d.file, len(found), len(read))
		}
		all = append(all, d)
	}
	return all
}

// exprs finds each expr in a text of JSON, wherever it stands.
func exprs(t *testing.T, text []byte) (found []string) {
	t.Helper()
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	var walk func(any)
	walk = func(node any) {
		switch n := node.(type) {
		case []any:
			for _, child := range n {
				walk(child)
			}
		case map[string]any:
			for key, child := range n {
				if expr, is := child.(string); is && key == "expr" {
					found = append(found, expr)
				}
				walk(child)
			}
		}
	}
	walk(tree)
	return found
}

// queries are the queries of all panels.
func (d dashboard) queries() (all []query) {
	for _, p := range d.Panels {
		all = append(all, p.Targets...)
	}
	return all
}

// TestDashboards: each dashboard can be imported, and each panel says what it shows. What the queries return is for
// TestMonitoring.
func TestDashboards(t *testing.T) {
	seen := map[string]string{}
	for _, d := range readDashboards(t) {
		if d.Title == "" || d.UID == "" || seen[d.UID] != "" {
			t.Errorf("%s: its title is %q, its uid %q is that of %q", d.file, d.Title, d.UID, seen[d.UID])
		}
		seen[d.UID] = d.file
		d.checkVariables(t)
		ids := map[int]bool{}
		for i, p := range d.Panels {
			if ids[p.ID] {
				t.Errorf("%s: %q: its id %d is not its own", d.file, p.Title, p.ID)
			}
			ids[p.ID] = true
			if err := p.check(); err != nil {
				t.Errorf("%s: %q: %v", d.file, p.Title, err)
			}
			for _, other := range d.Panels[:i] {
				if p.GridPos.overlaps(other.GridPos) {
					t.Errorf("%s: %q lies over %q", d.file, p.Title, other.Title)
				}
			}
		}
	}
}

// checkVariables looks for the variables by which a dashboard is used with any data source and any names of jobs.
func (d dashboard) checkVariables(t *testing.T) {
	t.Helper()
	types := map[string]string{}
	for _, v := range d.Templating.List {
		types[v.Name] = v.Type
	}
	for name, want := range map[string]string{"datasource": "datasource", "job": "query", "instance": "query"} {
		if types[name] != want {
			t.Errorf("%s: the variable %q is of type %q, not %q", d.file, name, types[name], want)
		}
	}
}

func (p panel) check() error {
	if p.ID == 0 || p.Title == "" {
		return errors.New("it lacks an id or a title")
	}
	if p.GridPos.X < 0 || p.GridPos.X+p.GridPos.W > 24 || p.GridPos.W <= 0 || p.GridPos.H <= 0 {
		return fmt.Errorf("its place %+v is outside", p.GridPos)
	}
	if p.Type == "row" {
		return nil
	}
	if p.Description == "" || p.FieldConfig.Defaults.Unit == "" || len(p.Targets) == 0 {
		return errors.New("it lacks a description, a unit or a query")
	}
	for _, q := range p.Targets {
		for _, source := range []datasource{p.Datasource, q.Datasource} {
			if source.Type != "prometheus" || source.UID != "${datasource}" {
				return fmt.Errorf("it reads from %+v", source)
			}
		}
	}
	return nil
}

func (g grid) overlaps(other grid) bool {
	return g.X < other.X+other.W && other.X < g.X+g.W && g.Y < other.Y+other.H && other.Y < g.Y+g.H
}

// checkDashboard evaluates each query of a dashboard, with all values of its variables selected: each returns
// something from one history or another.
func (hs histories) checkDashboard(ctx context.Context, t *testing.T, d dashboard) {
	t.Helper()
	values := hs.values(ctx, t, d)
	for _, p := range d.Panels {
		for _, q := range p.Targets {
			expr, err := substitute(q.Expr, values)
			if err == nil {
				err = errors.Join(hs.check(ctx, t, expr), ofOneJob(expr))
			}
			if err == nil {
				err = hs.checkResult(ctx, expr, q.LegendFormat)
			}
			if err != nil {
				t.Errorf("%s: %q: %s\n%v", d.file, p.Title, q.Expr, err)
			}
		}
	}
}

// checkResult looks for a value that a query returns, and for the labels that its legend names.
func (hs histories) checkResult(ctx context.Context, expr, legend string) error {
	found, shown := false, map[string]bool{}
	for _, h := range hs {
		result, err := h.over(ctx, expr)
		if err != nil {
			return fmt.Errorf("%s: %w", h.name, err)
		}
		for _, series := range result {
			// Rates of nothing, divided by each other, are no numbers, and nothing to look at.
			if slices.ContainsFunc(series.Floats, func(p promql.FPoint) bool { return !math.IsNaN(p.F) }) {
				found = true
				series.Metric.Range(func(l labels.Label) { shown[l.Name] = true })
			}
		}
	}
	if !found {
		return errors.New("it returns nothing")
	}
	for _, name := range legendLabel.FindAllStringSubmatch(legend, -1) {
		if !shown[name[1]] {
			return fmt.Errorf("its legend names %q, which no result has", name[1])
		}
	}
	return nil
}

var legendLabel = regexp.MustCompile(`{{\s*(\w+)\s*}}`)

// ofOneJob looks for metrics of the collectors themselves that are not narrowed down to jobs: others have them, too.
func ofOneJob(expr string) error {
	parsed, err := promParser.ParseExpr(expr)
	if err != nil {
		return err
	}
	var errs []error
	parser.Inspect(parsed, func(node parser.Node, _ []parser.Node) error {
		selector, is := node.(*parser.VectorSelector)
		if !is || selector.Name != "up" && !strings.HasPrefix(selector.Name, "otelcol_") {
			return nil
		}
		for _, matcher := range selector.LabelMatchers {
			if matcher.Name == "job" {
				return nil
			}
		}
		errs = append(errs, fmt.Errorf("%s is not narrowed down to jobs", selector))
		return nil
	})
	return errors.Join(errs...)
}

// values are what the user of a dashboard can select for each variable. Variables may build on those above them.
func (hs histories) values(ctx context.Context, t *testing.T, d dashboard) map[string]string {
	t.Helper()
	// As Grafana has it with scrapeInterval on a screen that is wide enough: four intervals, and all of the time.
	values := map[string]string{"__rate_interval": "1m", "__range": "30m"}
	for _, v := range d.Templating.List {
		switch v.Type {
		case "datasource":
		case "textbox":
			var text string
			if err := json.Unmarshal(v.Query, &text); err != nil {
				t.Fatalf("%s: variable %q: %v", d.file, v.Name, err)
			}
			values[v.Name] = text
		case "query":
			found, err := hs.labelValues(ctx, t, v, values)
			if err != nil {
				t.Fatalf("%s: variable %q: %v", d.file, v.Name, err)
			}
			values[v.Name] = found
		default:
			t.Fatalf("%s: variable %q: its type %q is not known here", d.file, v.Name, v.Type)
		}
	}
	return values
}

var labelValuesQuery = regexp.MustCompile(`^label_values\((.+), *(\w+)\)$`)

// labelValues are all values that a variable offers, as Grafana writes them into a query.
func (hs histories) labelValues(
	ctx context.Context, t *testing.T, v variable, values map[string]string,
) (string, error) {
	t.Helper()
	var asked struct{ Query string }
	if err := json.Unmarshal(v.Query, &asked); err != nil {
		return "", err
	}
	if !v.Multi || !v.IncludeAll {
		return "", errors.New("not all of its values can be selected")
	}
	parts := labelValuesQuery.FindStringSubmatch(asked.Query)
	if parts == nil {
		return "", fmt.Errorf("%q is not known here", asked.Query)
	}
	selector, err := substitute(parts[1], values)
	if err != nil {
		return "", err
	}
	if err := hs.check(ctx, t, selector); err != nil {
		return "", err
	}
	matchers, err := promParser.ParseMetricSelector(selector)
	if err != nil {
		return "", err
	}
	found := map[string]bool{}
	for _, h := range hs {
		for _, series := range h.series(ctx, t, matchers...) {
			if value := series.Get(parts[2]); value != "" {
				found[escaped(value)] = true
			}
		}
	}
	if len(found) == 0 {
		return "", fmt.Errorf("%q finds no values", asked.Query)
	}
	return "(" + strings.Join(slices.Sorted(maps.Keys(found)), "|") + ")", nil
}

var special = regexp.MustCompile(`[$^*{}\[\]'+?.()|\\]`)

// escaped is a value as part of a regular expression inside quotes.
func escaped(value string) string { return special.ReplaceAllString(value, `\\$0`) }

var reference = regexp.MustCompile(`\$(\w+)|\$\{(\w+)\}`)

// substitute puts the values of variables into a query.
func substitute(query string, values map[string]string) (string, error) {
	var errs []error
	done := reference.ReplaceAllStringFunc(query, func(found string) string {
		name := strings.Trim(found, "${}")
		value, known := values[name]
		if !known {
			errs = append(errs, fmt.Errorf("there is no variable %q", name))
		}
		return value
	})
	return done, errors.Join(errs...)
}
