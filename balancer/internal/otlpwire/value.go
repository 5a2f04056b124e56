package otlpwire

import (
	"strconv"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
)

// The fields of AnyValue, each a kind of value, and of what holds values.
const (
	valueString = 1
	valueBool   = 2
	valueInt    = 3
	valueDouble = 4
	valueArray  = 5
	valueMap    = 6
	valueBytes  = 7
	valueIndex  = 8 // of a string in profiles; elsewhere the same as no value

	pairKey   = 1
	pairValue = 2
	listItems = 1 // of an array or map
)

// maxDepth is how deep values may lie in each other, for a key that needs them: as deep as most readers of protobuf go.
const maxDepth = 100

// value is what an AnyValue holds. The zero value is none.
type value struct {
	kind uint32 // the field
	at   extent // what it holds, encoded
}

// read reads an AnyValue into v. What was read before stays if the message has nothing: so are values merged that are
// given in several pieces.
func (v *value) read(b []byte, message extent) error {
	r := read(b, message)
	for r.next() {
		switch r.number {
		case valueString, valueArray, valueMap, valueBytes:
			r.expect(typeBytes)
		case valueBool, valueInt, valueIndex:
			r.expect(typeVarint)
		case valueDouble:
			r.expect(typeFixed)
		default:
			continue
		}
		*v = value{r.number, r.content()}
	}
	return r.err
}

// pair is an attribute.
type pair struct {
	key   extent
	value value
}

func readPair(b []byte, message extent) (pair, error) {
	var p pair
	r := read(b, message)
	for r.next() {
		switch r.number {
		case pairKey:
			if r.expect(typeBytes) {
				p.key = r.content()
			}
		case pairValue:
			if r.expect(typeBytes) {
				r.err = p.value.read(b, r.content())
			}
		}
	}
	return p, r.err
}

// readKey reads the name of an attribute, and not its value.
func readKey(b []byte, message extent) (extent, error) {
	var key extent
	r := read(b, message)
	for r.next() {
		if r.number == pairKey && r.expect(typeBytes) {
			key = r.content()
		}
	}
	return key, r.err
}

// attribute finds the first attribute of a name in a message that has attributes in a field.
func attribute(b []byte, message extent, number uint32, name string) (v value, found bool, err error) {
	r := read(b, message)
	for r.next() {
		if r.number != number || !r.expect(typeBytes) {
			continue
		}
		key, err := readKey(b, r.content())
		if err != nil {
			return value{}, false, err
		}
		if string(key.of(b)) == name {
			p, err := readPair(b, r.content())
			return p.value, err == nil, err
		}
	}
	return value{}, false, r.err
}

// attribute finds the first attribute of a name of a resource or scope.
func (o own) attribute(b []byte, number uint32, name string) (v value, found bool, err error) {
	r := read(b, o.message)
	for r.next() {
		if r.number != o.number || !r.expect(typeBytes) {
			continue
		}
		if v, found, err = attribute(b, r.content(), number, name); found || err != nil {
			return v, found, err
		}
	}
	return value{}, false, r.err
}

// text finds a string of a resource or scope.
func (o own) text(b []byte, number uint32) (extent, error) {
	var text extent
	outer := read(b, o.message)
	for outer.next() {
		if outer.number != o.number || !outer.expect(typeBytes) {
			continue
		}
		r := read(b, outer.content())
		for r.next() {
			if r.number == number && r.expect(typeBytes) {
				text = r.content()
			}
		}
		outer.err = r.err
	}
	return text, outer.err
}

// appendText writes a value as the collector does where it makes text of one.
func (v value) appendText(key, b []byte) ([]byte, error) {
	switch v.kind {
	case valueString:
		return append(key, v.at.of(b)...), nil
	case valueBool:
		n, _ := readVarint(b, v.at.start)
		return strconv.AppendBool(key, n != 0), nil
	case valueInt:
		n, _ := readVarint(b, v.at.start)
		return strconv.AppendInt(key, int64(n), 10), nil //nolint:gosec // this is how protobuf writes an int64
	case 0, valueIndex:
		return key, nil
	default:
		text, err := v.decode(b)
		return append(key, text...), err
	}
}

// decode lets pdata make the text of a double, an array, a map or bytes, so that it is the same.
func (v value) decode(b []byte) (string, error) {
	if err := v.checkDepth(b, maxDepth); err != nil {
		return "", err
	}
	message := appendVarint(nil, uint64(v.kind)<<3|typeFixed)
	if v.kind != valueDouble {
		message = appendHead(nil, v.kind, v.at.end-v.at.start)
	}
	message = append(message, v.at.of(b)...)
	for _, number := range []uint32{pairValue, resourceAttributes, resourceOwn, requestResources} {
		message = append(appendHead(nil, number, len(message)), message...)
	}
	request := ptraceotlp.NewExportRequest()
	if err := request.UnmarshalProto(message); err != nil {
		return "", &malformed{v.at.start, "a value of an attribute: " + err.Error()}
	}
	for _, decoded := range request.Traces().ResourceSpans().At(0).Resource().Attributes().All() {
		return decoded.AsString(), nil
	}
	return "", nil
}

// checkDepth fails for values that lie too deep in each other.
func (v value) checkDepth(b []byte, depth int) error {
	if v.kind != valueArray && v.kind != valueMap {
		return nil
	}
	if depth == 0 {
		return errTooDeep(v)
	}
	r := read(b, v.at)
	for r.next() {
		if r.number != listItems || !r.expect(typeBytes) {
			continue
		}
		var item value
		if r.err = v.readItem(b, r.content(), &item); r.err == nil {
			r.err = item.checkDepth(b, depth-1)
		}
	}
	return r.err
}

// readItem reads an item of an array or a map.
func (v value) readItem(b []byte, message extent, item *value) error {
	if v.kind == valueArray {
		return item.read(b, message)
	}
	p, err := readPair(b, message)
	*item = p.value
	return err
}

func errTooDeep(v value) error {
	return &malformed{v.at.start, "values of attributes in more than " + strconv.Itoa(maxDepth) + " others"}
}
