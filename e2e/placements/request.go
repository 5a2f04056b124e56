package placements

import (
	"fmt"

	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Each key is a resource with one scope and one record: service.name is "service-N", tenant "tenant-N"; a metric is
// called "metric-N" and has a point with the attribute shard, "shard-N".

func describe(resource pcommon.Resource, key int) {
	resource.Attributes().PutStr("service.name", fmt.Sprintf("%s%d", servicePrefix, key))
	resource.Attributes().PutStr("tenant", fmt.Sprintf("tenant-%d", key))
}

func traces(from, to int) ptrace.Traces {
	td := ptrace.NewTraces()
	for key := from; key < to; key++ {
		rs := td.ResourceSpans().AppendEmpty()
		describe(rs.Resource(), key)
		span := rs.ScopeSpans().AppendEmpty().Spans().AppendEmpty()
		span.SetTraceID(traceID(key))
		span.SetName("operation")
	}
	return td
}

func logs(from, to int) plog.Logs {
	ld := plog.NewLogs()
	for key := from; key < to; key++ {
		rl := ld.ResourceLogs().AppendEmpty()
		describe(rl.Resource(), key)
		record := rl.ScopeLogs().AppendEmpty().LogRecords().AppendEmpty()
		record.SetTraceID(traceID(key))
		record.Body().SetStr("event")
	}
	return ld
}

func metrics(from, to int) pmetric.Metrics {
	md := pmetric.NewMetrics()
	for key := from; key < to; key++ {
		rm := md.ResourceMetrics().AppendEmpty()
		describe(rm.Resource(), key)
		metric := rm.ScopeMetrics().AppendEmpty().Metrics().AppendEmpty()
		metric.SetName(fmt.Sprintf("metric-%d", key))
		sum := metric.SetEmptySum()
		sum.SetIsMonotonic(true)
		sum.SetAggregationTemporality(pmetric.AggregationTemporalityCumulative)
		point := sum.DataPoints().AppendEmpty()
		point.Attributes().PutStr("shard", fmt.Sprintf("shard-%d", key))
		point.SetIntValue(1)
	}
	return md
}
