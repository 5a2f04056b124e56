package otlpwire

import "bytes"

// cut is the work on one request.
type cut struct {
	assembly
	signal   Signal
	perTrace bool
	keyer    keyer
	request  []byte
	place    func(key []byte) int

	lastKey    []byte
	lastSlot   int
	placed     bool // there is a last key
	recent     [recentKeys]recentKey
	traces     map[[16]byte]int // the slots of the traces of a scope, if perTrace
	mostTraces int              // in any scope
}

// recentKeys is how many trace IDs are remembered, so that place is asked once for spans of traces that are mixed.
const recentKeys = 64

type recentKey struct {
	key  [16]byte
	slot int // 1 more; 0: none
}

func (c *cut) forget() {
	c.reset()
	clear(c.traces)
	clear(c.recent[:])
	c.request, c.place, c.placed, c.mostTraces = nil, nil, false, 0
}

// divide puts every piece of the request into a part.
func (c *cut) divide() error {
	all := extent{0, len(c.request)}
	if _, err := c.begin(inRequest, 0, c.request, all, requestResources); err != nil {
		return err
	}
	r := read(c.request, all)
	for r.next() {
		if r.number == requestResources {
			r.err = c.resource(r.field)
		}
	}
	return r.err
}

// resource divides what belongs to a resource.
func (c *cut) resource(f field) error {
	b := c.request
	key, settled, err := c.keyer.resource(b, own{f.content(), resourceOwn})
	if err != nil {
		return err
	}
	scopes, err := scopesField(b, f.content())
	if err != nil {
		return err
	}
	children, err := c.begin(inResource, requestResources, b, f.content(), scopes)
	if err != nil {
		return err
	}
	if !settled && children == 0 {
		key, err = c.emptyKey(inResource)
	}
	if err != nil {
		return err
	}
	if settled || children == 0 {
		records, err := countResource(c.signal, b, f.content())
		if err != nil {
			return err
		}
		c.add(c.slotOf(key), inRequest, f.whole(), records)
		return nil
	}
	r := read(b, f.content())
	for r.next() {
		if r.number == scopes {
			r.err = c.scope(r.field)
		}
	}
	return r.err
}

// scope divides what belongs to a scope.
func (c *cut) scope(f field) error {
	b := c.request
	key, settled, err := c.keyer.scope(b, own{f.content(), scopeOwn})
	if err != nil {
		return err
	}
	children, err := c.begin(inScope, f.number, b, f.content(), scopeItems)
	if err != nil {
		return err
	}
	if !settled && children == 0 {
		key, err = c.emptyKey(inScope)
	}
	if err != nil {
		return err
	}
	if settled || children == 0 {
		records, err := countScope(c.signal, b, f.content())
		if err != nil {
			return err
		}
		c.add(c.slotOf(key), inResource, f.whole(), records)
		return nil
	}
	return c.items(f)
}

// items divides the spans, log records or metrics of a scope.
func (c *cut) items(scope field) error {
	attributes := uint32(spanAttributes)
	if c.signal == Logs {
		attributes = logAttributes
	}
	if c.perTrace {
		clear(c.traces)
	}
	r := read(c.request, scope.content())
	for r.next() {
		switch {
		case r.number != scopeItems:
		case c.signal == Metrics:
			r.err = c.metric(r.field)
		case c.perTrace:
			r.err = c.spanOfTrace(r.field)
		default:
			r.err = c.record(r.field, attributes, inScope)
		}
	}
	return r.err
}

// record adds a span, log record or data point that has a key of its own.
func (c *cut) record(f field, attributes uint32, level int) error {
	key, err := c.keyer.record(c.request, f.content(), attributes)
	if err != nil {
		return err
	}
	c.add(c.slotOf(key), level, f.whole(), 1)
	return nil
}

// spanOfTrace adds a span, for which the first of its trace in its scope decides.
func (c *cut) spanOfTrace(f field) error {
	id, err := readTraceID(c.request, f.content(), spanTraceID)
	if err != nil {
		return err
	}
	slot, found := c.traces[id]
	if !found {
		key, err := c.keyer.record(c.request, f.content(), spanAttributes)
		if err != nil {
			return err
		}
		slot = c.slotOf(key)
		c.traces[id] = slot
		c.mostTraces = max(c.mostTraces, len(c.traces))
	}
	c.add(slot, inScope, f.whole(), 1)
	return nil
}

// metric divides what belongs to a metric. One with several data, of which there should be one, stays whole, as
// nobody could say which of the data the parts would be read to have.
func (c *cut) metric(f field) error {
	b := c.request
	m, err := readMetric(b, f.content())
	if err != nil {
		return err
	}
	points, err := m.points(b)
	if err != nil {
		return err
	}
	key, settled, err := c.keyer.metric(b, m)
	if err != nil {
		return err
	}
	if !settled && (points == 0 || m.several) {
		key, err = c.emptyKey(inMetric)
		settled = true
	}
	if err != nil {
		return err
	}
	if settled {
		c.add(c.slotOf(key), inScope, f.whole(), points)
		return nil
	}
	return c.points(f, m)
}

// points divides the data points of a metric.
func (c *cut) points(f field, m metric) error {
	b := c.request
	if _, err := c.begin(inMetric, scopeItems, b, f.content(), m.kind); err != nil {
		return err
	}
	if _, err := c.begin(inData, m.kind, b, m.data, dataPoints); err != nil {
		return err
	}
	attributes := pointAttributes(m.kind)
	r := read(b, m.data)
	for r.next() {
		if r.number == dataPoints {
			r.err = c.record(r.field, attributes, inData)
		}
	}
	return r.err
}

// emptyKey is the key of a record that has nothing set, in an empty message at a level: whatever lies between is
// empty, too.
func (c *cut) emptyKey(level int) ([]byte, error) {
	if level < inScope {
		if key, settled, err := c.keyer.scope(c.request, own{}); settled || err != nil {
			return key, err
		}
	}
	if level < inMetric && c.signal == Metrics {
		if key, settled, err := c.keyer.metric(c.request, metric{}); settled || err != nil {
			return key, err
		}
	}
	return c.keyer.record(c.request, extent{}, 0)
}

// slotOf is the index of the part that a key belongs to.
func (c *cut) slotOf(key []byte) int {
	if len(key) == len(recentKey{}.key) {
		recent := &c.recent[(key[7]^key[15])%recentKeys]
		if recent.slot == 0 || recent.key != [16]byte(key) {
			*recent = recentKey{[16]byte(key), c.slot(c.place(key)) + 1}
		}
		return recent.slot - 1
	}
	if !c.placed || !bytes.Equal(c.lastKey, key) {
		c.lastSlot = c.slot(c.place(key))
		c.lastKey = append(c.lastKey[:0], key...)
		c.placed = true
	}
	return c.lastSlot
}
