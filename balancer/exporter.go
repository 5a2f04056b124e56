package balancer

import (
	"context"

	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/consumer/consumererror"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc/status"
)

// The exporters need none of the collector's helper for exporters: the lane is their queue.
type (
	tracesExporter struct {
		*member
		consumer.Traces
	}
	logsExporter struct {
		*member
		consumer.Logs
	}
	metricsExporter struct {
		*member
		consumer.Metrics
	}
)

func newTracesExporter(m *member) (*tracesExporter, error) {
	consume, err := consumer.NewTraces(func(ctx context.Context, data ptrace.Traces) error {
		request, err := ptraceotlp.NewExportRequestFromTraces(data).MarshalProto()
		return handOver(ctx, m.lane, request, err)
	})
	return &tracesExporter{member: m, Traces: consume}, err
}

func newLogsExporter(m *member) (*logsExporter, error) {
	consume, err := consumer.NewLogs(func(ctx context.Context, data plog.Logs) error {
		request, err := plogotlp.NewExportRequestFromLogs(data).MarshalProto()
		return handOver(ctx, m.lane, request, err)
	})
	return &logsExporter{member: m, Logs: consume}, err
}

func newMetricsExporter(m *member) (*metricsExporter, error) {
	consume, err := consumer.NewMetrics(func(ctx context.Context, data pmetric.Metrics) error {
		request, err := pmetricotlp.NewExportRequestFromMetrics(data).MarshalProto()
		return handOver(ctx, m.lane, request, err)
	})
	return &metricsExporter{member: m, Metrics: consume}, err
}

// handOver passes an encoded request on. What must not be sent again is marked as the collector marks it.
func handOver(ctx context.Context, to taker, request []byte, err error) error {
	if err != nil {
		return consumererror.NewPermanent(err)
	}
	err = to.take(ctx, request)
	if err != nil && !retryable(status.Convert(err)) {
		return consumererror.NewPermanent(err)
	}
	return err
}
