package balancer

import (
	"testing"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/exporter"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// exporters are those of one configuration, started.
type exporters struct {
	traces  exporter.Traces
	logs    exporter.Logs
	metrics exporter.Metrics
}

func startExporters(t *testing.T, config *ExporterConfig, h component.Host) exporters {
	t.Helper()
	factory := NewExporterFactory()
	traces, err := factory.CreateTraces(t.Context(), exporterSettings(), config)
	if err != nil {
		t.Fatal(err)
	}
	logs, err := factory.CreateLogs(t.Context(), exporterSettings(), config)
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := factory.CreateMetrics(t.Context(), exporterSettings(), config)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []component.Component{traces, logs, metrics} {
		if err := c.Start(t.Context(), h); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := c.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	return exporters{traces, logs, metrics}
}

func TestExporter(t *testing.T) {
	sinks := startSinks(t, 3)
	e := startExporters(t, exporterConfig(sinks...), componenttest.NewNopHost())
	if e.traces.Capabilities().MutatesData {
		t.Error("the exporter claims to change data")
	}
	if err := e.traces.ConsumeTraces(t.Context(), someTraces(300)); err != nil {
		t.Error(err)
	}
	if err := e.logs.ConsumeLogs(t.Context(), someLogs(70)); err != nil {
		t.Error(err)
	}
	if err := e.metrics.ConsumeMetrics(t.Context(), someMetrics(60)); err != nil {
		t.Error(err)
	}
	eachTraceTogether(t, sinks, 300)
	if spans, records, points := total(sinks); spans != 600 || records != 70 || points != 60 {
		t.Errorf("%d spans, %d log records, %d points arrived", spans, records, points)
	}
}

// TestExporterStops: a signal that has stopped takes nothing, the others go on.
func TestExporterStops(t *testing.T) {
	sinks := startSinks(t, 2)
	e := startExporters(t, exporterConfig(sinks...), componenttest.NewNopHost())
	if err := e.traces.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	err := e.traces.ConsumeTraces(t.Context(), someTraces(1))
	if status.Code(err) != codes.Unavailable || consumererror.IsPermanent(err) {
		t.Errorf("traces after the stop: %v", err)
	}
	if err := e.logs.ConsumeLogs(t.Context(), someLogs(5)); err != nil {
		t.Errorf("logs after the stop of traces: %v", err)
	}
}

// TestExporterErrors: what must not be sent again is marked.
func TestExporterErrors(t *testing.T) {
	full, err := status.New(codes.ResourceExhausted, "full").WithDetails(
		&errdetails.RetryInfo{RetryDelay: durationpb.New(1)})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		err       error
		permanent bool
	}{
		{nil, false},
		{full.Err(), false},
		{status.Error(codes.Unavailable, ""), false},
		{status.Error(codes.ResourceExhausted, ""), true},
		{status.Error(codes.InvalidArgument, ""), true},
	} {
		err := handOver(t.Context(), takerFunc(func([]byte) error { return c.err }), nil, nil)
		if consumererror.IsPermanent(err) != c.permanent || (err == nil) != (c.err == nil) {
			t.Errorf("%v becomes %v", c.err, err)
		}
		if status.Code(err) != status.Code(c.err) {
			t.Errorf("%v has lost its status: %v", c.err, err)
		}
	}
}
