package e2e

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql"
	"go.yaml.in/yaml/v3"
)

// readAlerts reads the alerting rules of configs/monitoring as a Prometheus server does.
func readAlerts(t *testing.T) (alerts []rulefmt.Rule) {
	t.Helper()
	groups, errs := rulefmt.ParseFile(inRepository(t, "configs/monitoring/rules.yaml"), false, model.UTF8Validation,
		promParser, slog.New(slog.NewTextHandler(io.Discard, nil)))
	for _, err := range errs {
		t.Error(err)
	}
	if len(errs) > 0 {
		t.FailNow()
	}
	for _, group := range groups.Groups {
		alerts = append(alerts, group.Rules...)
	}
	return alerts
}

// TestAlertsSayWhatToDo: each alert has a name of its own, a severity and words for people, and the README lists it.
func TestAlertsSayWhatToDo(t *testing.T) {
	readme, err := os.ReadFile(inRepository(t, "configs/monitoring/README.md"))
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]int{}
	for _, row := range regexp.MustCompile(`(?m)^\| (\w+) \|.+\|.+\|$`).FindAllSubmatch(readme, -1) {
		listed[string(row[1])]++
	}
	delete(listed, "alert") // the head of the table
	for _, a := range readAlerts(t) {
		if a.Alert == "" || listed[a.Alert] != 1 {
			t.Errorf("the README lists %q %d times", a.Alert, listed[a.Alert])
		}
		delete(listed, a.Alert)
		if !slices.Contains([]string{"warning", "critical"}, a.Labels["severity"]) {
			t.Errorf("%s: the severity is %q", a.Alert, a.Labels["severity"])
		}
		for _, words := range []string{"summary", "description"} {
			if a.Annotations[words] == "" {
				t.Errorf("%s: it has no %s", a.Alert, words)
			}
		}
	}
	for name := range listed {
		t.Errorf("the README lists %s, which is no alert", name)
	}
}

// TestScrapeConfig: what the README has Prometheus scrape, and how often, is what TestMonitoring assumes.
func TestScrapeConfig(t *testing.T) {
	readme, err := os.ReadFile(inRepository(t, "configs/monitoring/README.md"))
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindSubmatch(readme)
	if block == nil {
		t.Fatal("the README shows no YAML")
	}
	var config struct {
		RuleFiles     []string `yaml:"rule_files"`
		ScrapeConfigs []struct {
			JobName        string        `yaml:"job_name"`
			ScrapeInterval time.Duration `yaml:"scrape_interval"`
		} `yaml:"scrape_configs"`
	}
	if err := yaml.Unmarshal(block[1], &config); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(config.RuleFiles, []string{"rules.yaml"}) {
		t.Errorf("the rule files are %v", config.RuleFiles)
	}
	var jobs []string
	for _, job := range config.ScrapeConfigs {
		jobs = append(jobs, job.JobName)
		if job.ScrapeInterval != scrapeInterval {
			t.Errorf("%s is scraped every %s, not every %s", job.JobName, job.ScrapeInterval, scrapeInterval)
		}
	}
	if want := []string{balancers, samplers, generators}; !slices.Equal(jobs, want) {
		t.Errorf("the jobs are %v, not %v", jobs, want)
	}
}

// checkAlert looks when an alert fires: in the runs that say so, for whom they say, and in no other.
func (hs histories) checkAlert(ctx context.Context, t *testing.T, a rulefmt.Rule, runs []run) {
	t.Helper()
	if err := hs.check(ctx, t, a.Expr); err != nil {
		t.Errorf("%s: %v", a.Alert, err)
	}
	fired := 0
	for _, r := range runs {
		result, err := r.over(ctx, a.Expr)
		if err != nil {
			t.Errorf("%s: %v", a.Alert, err)
			continue
		}
		got := map[string]bool{}
		for _, series := range result {
			if !holds(series, time.Duration(a.For)) {
				continue
			}
			got[about(series.Metric)] = true
			fired++
			if err := namesOnly(series.Metric, a.Annotations); err != nil {
				t.Errorf("%s: %v", a.Alert, err)
			}
		}
		want := slices.Compact(slices.Sorted(slices.Values(r.fires[a.Alert])))
		if found := slices.Sorted(maps.Keys(got)); !slices.Equal(found, want) {
			t.Errorf("%s: %s it fires for %v, expected for %v", a.Alert, r.name, found, want)
		}
	}
	if fired == 0 {
		t.Errorf("%s never fires", a.Alert)
	}
}

// holds tells whether a condition holds for so long that an alert fires: at each scrape from one to another.
func holds(condition promql.Series, wait time.Duration) bool {
	var begin, last int64
	for i, point := range condition.Floats {
		if i == 0 || point.T-last > scrapeInterval.Milliseconds() {
			begin = point.T
		}
		if last = point.T; last-begin >= wait.Milliseconds() {
			return true
		}
	}
	return false
}

// about is the collector that an alert names, or else its job.
func about(alert labels.Labels) string {
	if instance := alert.Get("instance"); instance != "" {
		return instance
	}
	return alert.Get("job")
}

var alertLabel = regexp.MustCompile(`\$labels\.(\w+)`)

// namesOnly looks for labels in the words of an alert that it does not have.
func namesOnly(alert labels.Labels, annotations map[string]string) error {
	for _, words := range annotations {
		for _, name := range alertLabel.FindAllStringSubmatch(words, -1) {
			if !alert.Has(name[1]) {
				return fmt.Errorf("its words name the label %q, which %s lacks", name[1], alert)
			}
		}
	}
	return nil
}
