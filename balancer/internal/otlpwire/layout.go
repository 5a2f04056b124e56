package otlpwire

// The field numbers of OTLP that are the same for traces, logs and metrics.
const (
	requestResources   = 1    // what follows belongs to one resource
	resourceOwn        = 1    // the resource itself
	resourceScopes     = 2    // what follows belongs to one scope
	resourceOldScopes  = 1000 // scopes of OTLP before 0.15; they count only where there are no others, as in pdata
	scopeOwn           = 1    // the scope itself
	scopeItems         = 2    // a span, a log record or a metric
	resourceAttributes = 1    // of the resource itself
	scopeName          = 1    // of the scope itself, as the next two
	scopeVersion       = 2
	scopeAttributes    = 3
)

// The field numbers of what a scope holds.
const (
	spanTraceID    = 1
	spanName       = 5
	spanKind       = 6
	spanAttributes = 9

	logSeverityText = 3
	logBody         = 5
	logAttributes   = 6
	logTraceID      = 9

	metricName = 1
	metricUnit = 3

	dataPoints      = 1 // of a sum, gauge, ..., as the next two
	dataTemporality = 2
	dataMonotonic   = 3
)

// The fields of a metric that hold its data points.
const (
	metricGauge                = 5
	metricSum                  = 7
	metricHistogram            = 9
	metricExponentialHistogram = 10
	metricSummary              = 11
)

// pointAttributes is the field of the attributes in a data point of a metric of a kind; 0: there is no such kind.
func pointAttributes(kind uint32) uint32 {
	switch kind {
	case metricGauge, metricSum, metricSummary:
		return 7
	case metricHistogram:
		return 9
	case metricExponentialHistogram:
		return 1
	default:
		return 0
	}
}

// scopesField is the field by which a resource holds its scopes.
func scopesField(b []byte, resource extent) (uint32, error) {
	number := uint32(resourceScopes)
	r := read(b, resource)
	for r.next() {
		switch r.number {
		case resourceScopes:
			return resourceScopes, nil
		case resourceOldScopes:
			number = resourceOldScopes
		}
	}
	return number, r.err
}
