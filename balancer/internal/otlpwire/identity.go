package otlpwire

import "strconv"

// resourceKeyer makes keys of the attributes of resources.
type resourceKeyer struct {
	hasher hasher
	key    []byte
}

func (k *resourceKeyer) resource(b []byte, resource own) ([]byte, bool, error) {
	attributes, err := k.hasher.ofOwn(b, resource, resourceAttributes)
	k.key = append(k.key[:0], "resource/"...)
	k.key = strconv.AppendUint(k.key, uint64(newIdentity().add(attributes[:])), 16)
	return k.key, true, err
}

func (k *resourceKeyer) scope([]byte, own) ([]byte, bool, error)               { return k.key, true, nil }
func (k *resourceKeyer) metric([]byte, metric) ([]byte, bool, error)           { return k.key, true, nil }
func (k *resourceKeyer) record([]byte, extent, uint32) (key []byte, err error) { return k.key, nil }

// nameKeyer makes keys of the names of metrics.
type nameKeyer struct {
	withResource bool // the key begins with the names and values of the resource's attributes, sorted by name
	pairs        []pair
	prefix       []byte
	key          []byte
}

func (k *nameKeyer) resource(b []byte, resource own) ([]byte, bool, error) {
	if !k.withResource {
		return nil, false, nil
	}
	var err error
	if k.pairs, err = resource.pairs(k.pairs[:0], b, resourceAttributes); err != nil {
		return nil, false, err
	}
	k.prefix = k.prefix[:0]
	for _, p := range sortedPairs(k.pairs, b) {
		k.prefix = append(k.prefix, p.key.of(b)...)
		if k.prefix, err = p.value.appendText(k.prefix, b); err != nil {
			return nil, false, err
		}
	}
	return nil, false, nil
}

func (*nameKeyer) scope([]byte, own) ([]byte, bool, error) { return nil, false, nil }

func (k *nameKeyer) metric(b []byte, m metric) ([]byte, bool, error) {
	if !k.withResource {
		return m.name.of(b), true, nil
	}
	k.key = append(append(k.key[:0], k.prefix...), m.name.of(b)...)
	return k.key, true, nil
}

func (k *nameKeyer) record([]byte, extent, uint32) ([]byte, error) { return k.key, nil }

// streamKeyer makes keys of what identifies the streams of data points: the resource, scope and metric they are of, and
// their attributes.
type streamKeyer struct {
	hasher                   hasher
	ofResource, ofScope, all identity
	key                      []byte
}

func (k *streamKeyer) resource(b []byte, resource own) ([]byte, bool, error) {
	attributes, err := k.hasher.ofOwn(b, resource, resourceAttributes)
	k.ofResource = newIdentity().add(attributes[:])
	return nil, false, err
}

func (k *streamKeyer) scope(b []byte, scope own) ([]byte, bool, error) {
	attributes, err := k.hasher.ofOwn(b, scope, scopeAttributes)
	if err != nil {
		return nil, false, err
	}
	name, err := scope.text(b, scopeName)
	if err != nil {
		return nil, false, err
	}
	version, err := scope.text(b, scopeVersion)
	k.ofScope = k.ofResource.add(name.of(b)).add(version.of(b)).add(attributes[:])
	return nil, false, err
}

func (k *streamKeyer) metric(b []byte, m metric) ([]byte, bool, error) {
	of, err := m.nature(b)
	k.all = k.ofScope.add(m.name.of(b)).add(m.unit.of(b)).add(of[:])
	return nil, false, err
}

func (k *streamKeyer) record(b []byte, record extent, attributes uint32) ([]byte, error) {
	hash, err := k.hasher.ofMessage(b, record, attributes)
	k.key = append(k.key[:0], "stream/"...)
	k.key = strconv.AppendUint(k.key, uint64(k.all.add(hash[:])), 16)
	return k.key, err
}

// nature is what kind of metric it is, whether it only grows, and its temporality, as the identity of a stream has
// them.
func (m metric) nature(b []byte) ([3]byte, error) {
	var of [3]byte
	switch m.kind {
	case metricGauge:
		of[0] = 1
	case metricSum:
		of[0] = 2
	case metricHistogram:
		of = [3]byte{3, 1}
	case metricExponentialHistogram:
		of = [3]byte{4, 1}
	case metricSummary:
		of[0] = 5
	}
	if m.kind == metricGauge || m.kind == metricSummary {
		return of, nil
	}
	r := read(b, m.data)
	for r.next() {
		switch {
		case r.number == dataTemporality && r.expect(typeVarint):
			v, _ := readVarint(b, r.value)
			of[2] = byte(v) // the identity has one byte of it
		case r.number == dataMonotonic && m.kind == metricSum && r.expect(typeVarint):
			v, _ := readVarint(b, r.value)
			of[1] = 0
			if v != 0 {
				of[1] = 1
			}
		}
	}
	return of, r.err
}

// identity is the FNV-1a hash of what identifies something.
type identity uint64

func newIdentity() identity { return 14695981039346656037 }

func (i identity) add(text []byte) identity {
	for _, c := range text {
		i = (i ^ identity(c)) * 1099511628211
	}
	return i
}
