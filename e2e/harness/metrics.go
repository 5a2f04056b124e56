package harness

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// Metrics are the metrics that a collector shows of itself.
type Metrics map[string]*dto.MetricFamily

// ReadMetrics reads the metrics of the collector that shows them at addr, host and port.
func ReadMetrics(ctx context.Context, addr string) (Metrics, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("cannot read the metrics of the collector: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("cannot read the metrics at %s: %s", addr, response.Status)
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(response.Body)
	if err != nil {
		return nil, fmt.Errorf("cannot read the metrics at %s: %w", addr, err)
	}
	return families, nil
}

// Sum adds up the series of a counter, a gauge or a histogram, whose observations count, that have a label with this
// value; of all series when the label is "". A metric that is not there adds up to 0.
func (m Metrics) Sum(name, label, value string) (sum float64) {
	for _, series := range m[name].GetMetric() {
		if label == "" || hasLabel(series, label, value) {
			sum += series.GetCounter().GetValue() + series.GetGauge().GetValue() +
				float64(series.GetHistogram().GetSampleCount())
		}
	}
	return sum
}

func hasLabel(series *dto.Metric, name, value string) bool {
	return slices.ContainsFunc(series.GetLabel(), func(pair *dto.LabelPair) bool {
		return pair.GetName() == name && pair.GetValue() == value
	})
}
