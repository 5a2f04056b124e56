package otlpwire

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"
)

const serviceName = "service.name"

// serviceKeyer makes keys of the names of services.
type serviceKeyer struct {
	exact bool // only strings are names, as in the releases
	key   []byte
}

func (k *serviceKeyer) resource(b []byte, resource own) ([]byte, bool, error) {
	v, _, err := resource.attribute(b, resourceAttributes, serviceName)
	if err != nil {
		return nil, false, err
	}
	k.key = k.key[:0]
	if !k.exact || v.kind == valueString {
		k.key, err = v.appendText(k.key, b)
	}
	return k.key, true, err
}

func (k *serviceKeyer) scope([]byte, own) ([]byte, bool, error)               { return k.key, true, nil }
func (k *serviceKeyer) metric([]byte, metric) ([]byte, bool, error)           { return k.key, true, nil }
func (k *serviceKeyer) record([]byte, extent, uint32) (key []byte, err error) { return k.key, nil }

// attributeKeyer makes keys of attributes.
type attributeKeyer struct {
	signal Signal
	names  []string
	exact  bool // whole values, as in the releases
	sorted bool // first what the resource has, then what the scope has, then the rest

	found []attributeFound // for each name
	text  []byte           // of what is found in resource and scope
	mark  int              // how much of the text the resource has
	key   []byte
}

// attributeFound is where the text of an attribute is.
type attributeFound struct {
	level int // inResource or inScope; 0: neither has it
	at    extent
}

func newAttributeKeyer(signal Signal, names []string, exact, sorted bool) *attributeKeyer {
	return &attributeKeyer{
		signal: signal, names: names, exact: exact, sorted: sorted, found: make([]attributeFound, len(names)),
	}
}

func (k *attributeKeyer) resource(b []byte, resource own) ([]byte, bool, error) {
	clear(k.found)
	k.text = k.text[:0]
	settled, err := k.look(b, resource, resourceAttributes, inResource)
	k.mark = len(k.text)
	return k.key, settled, err
}

func (k *attributeKeyer) scope(b []byte, scope own) ([]byte, bool, error) {
	k.text = k.text[:k.mark]
	for i := range k.found {
		if k.found[i].level == inScope {
			k.found[i] = attributeFound{}
		}
	}
	settled, err := k.look(b, scope, scopeAttributes, inScope)
	return k.key, settled, err
}

func (*attributeKeyer) metric([]byte, metric) ([]byte, bool, error) { return nil, false, nil }

func (k *attributeKeyer) record(b []byte, record extent, attributes uint32) ([]byte, error) {
	return k.key, k.write(b, record, attributes)
}

// look searches a resource or scope for what has not been found. If all has been, the key is written.
func (k *attributeKeyer) look(b []byte, in own, number uint32, level int) (settled bool, err error) {
	settled = true
	for i, name := range k.names {
		if k.found[i].level != 0 {
			continue
		}
		v, found, err := in.attribute(b, number, name)
		if err != nil {
			return false, err
		}
		if !found {
			settled = false
			continue
		}
		start := len(k.text)
		if k.text, err = k.appendValue(k.text, b, v); err != nil {
			return false, err
		}
		k.found[i] = attributeFound{level, extent{start, len(k.text)}}
	}
	if !settled {
		return false, nil
	}
	return true, k.write(b, extent{}, 0)
}

// write makes the key for a record.
func (k *attributeKeyer) write(b []byte, record extent, attributes uint32) error {
	k.key = k.key[:0]
	if !k.sorted {
		return k.writeLevels(b, record, attributes, 0, inScope)
	}
	for _, level := range []int{inResource, inScope, 0} {
		if err := k.writeLevels(b, record, attributes, level, level); err != nil {
			return err
		}
	}
	return nil
}

// writeLevels adds the attributes that were found at some levels.
func (k *attributeKeyer) writeLevels(b []byte, record extent, attributes uint32, least, most int) (err error) {
	for i, name := range k.names {
		found := k.found[i]
		if found.level < least || found.level > most {
			continue
		}
		k.key = append(append(k.key, name...), '=')
		if found.level != 0 {
			k.key = append(k.key, found.at.of(k.text)...)
		} else if k.key, err = k.appendOfRecord(k.key, b, record, attributes, name); err != nil {
			return err
		}
		k.key = append(k.key, '|')
	}
	return nil
}

// appendOfRecord adds what a span, log record or data point has of a name.
func (k *attributeKeyer) appendOfRecord(
	key, b []byte, record extent, attributes uint32, name string,
) ([]byte, error) {
	switch {
	case k.signal == Traces && name == "span.name":
		return k.appendString(key, b, record, spanName)
	case k.signal == Traces && name == "span.kind":
		return appendSpanKind(key, b, record)
	case k.signal == Logs && name == "log.severity":
		return k.appendString(key, b, record, logSeverityText)
	case k.signal == Logs && name == "log.body":
		return k.appendBody(key, b, record)
	}
	v, _, err := attribute(b, record, attributes, name)
	if err != nil {
		return key, err
	}
	return k.appendValue(key, b, v)
}

func (k *attributeKeyer) appendString(key, b []byte, record extent, number uint32) ([]byte, error) {
	var text extent
	r := read(b, record)
	for r.next() {
		if r.number == number && r.expect(typeBytes) {
			text = r.content()
		}
	}
	return k.shorten(append(key, text.of(b)...), len(key)), r.err
}

func (k *attributeKeyer) appendBody(key, b []byte, record extent) ([]byte, error) {
	var body value
	r := read(b, record)
	for r.next() {
		if r.number == logBody && r.expect(typeBytes) {
			r.err = body.read(b, r.content())
		}
	}
	if r.err != nil {
		return key, r.err
	}
	return k.appendValue(key, b, body)
}

func appendSpanKind(key, b []byte, record extent) ([]byte, error) {
	kinds := [...]string{"Unspecified", "Internal", "Server", "Client", "Producer", "Consumer"}
	kind := uint64(0)
	r := read(b, record)
	for r.next() {
		if r.number == spanKind && r.expect(typeVarint) {
			kind, _ = readVarint(b, r.value)
		}
	}
	if kind = uint64(uint32(kind)); kind < uint64(len(kinds)) { //nolint:gosec // protobuf cuts an enum to 32 bits, too
		key = append(key, kinds[kind]...)
	}
	return key, r.err
}

func (k *attributeKeyer) appendValue(key, b []byte, v value) ([]byte, error) {
	start := len(key)
	key, err := v.appendText(key, b)
	return k.shorten(key, start), err
}

// maxValue is how long a value in a key may be.
const maxValue = 128

// shorten puts a hash into a key in place of a long value. Else one large value of a resource would be written for
// each of many spans.
func (k *attributeKeyer) shorten(key []byte, start int) []byte {
	if k.exact || len(key)-start <= maxValue {
		return key
	}
	return binary.LittleEndian.AppendUint64(key[:start], xxhash.Sum64(key[start:]))
}
