package otlpwire

// countResource is how many spans, log records or data points a resource holds.
func countResource(signal Signal, b []byte, resource extent) (int, error) {
	scopes, err := scopesField(b, resource)
	if err != nil {
		return 0, err
	}
	records := 0
	r := read(b, resource)
	for r.next() {
		if r.number != scopes || !r.expect(typeBytes) {
			continue
		}
		n, err := countScope(signal, b, r.content())
		if err != nil {
			return 0, err
		}
		records += n
	}
	return records, r.err
}

func countScope(signal Signal, b []byte, scope extent) (int, error) {
	records := 0
	r := read(b, scope)
	for r.next() {
		if r.number != scopeItems || !r.expect(typeBytes) {
			continue
		}
		if signal != Metrics {
			records++
			continue
		}
		m, err := readMetric(b, r.content())
		if err != nil {
			return 0, err
		}
		n, err := m.points(b)
		if err != nil {
			return 0, err
		}
		records += n
	}
	return records, r.err
}

// metric is what is to be known of a metric. Of several data, of which there should be one, the last is what counts: so
// does pdata read it.
type metric struct {
	name, unit extent
	kind       uint32 // the field of its data; 0: it has none that is known
	data       extent
	several    bool // data
}

func readMetric(b []byte, message extent) (metric, error) {
	var m metric
	r := read(b, message)
	for r.next() {
		switch known := pointAttributes(r.number) != 0; {
		case known && r.expect(typeBytes):
			m.several = m.kind != 0
			m.kind, m.data = r.number, r.content()
		case r.number == metricName && r.expect(typeBytes):
			m.name = r.content()
		case r.number == metricUnit && r.expect(typeBytes):
			m.unit = r.content()
		}
	}
	return m, r.err
}

// points counts the data points of a metric.
func (m metric) points(b []byte) (int, error) {
	points := 0
	r := read(b, m.data)
	for r.next() {
		if r.number == dataPoints && r.expect(typeBytes) {
			points++
		}
	}
	return points, r.err
}
