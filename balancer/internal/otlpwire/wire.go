package otlpwire

import (
	"fmt"
	"math/bits"
)

// The wire types of protobuf. Groups, 3 and 4, are what OTLP never had: they are an error.
const (
	typeVarint = 0
	typeFixed  = 1 // 8 bytes
	typeBytes  = 2 // with their length before them
	typeShort  = 5 // 4 bytes
)

// maxTag is the last tag that protobuf allows, of field 2^29-1.
const maxTag = 1<<32 - 1

// malformed says what of a request cannot be read, and where.
type malformed struct {
	at  int
	why string
}

func (m *malformed) Error() string {
	return fmt.Sprintf("malformed request at byte %d: %s", m.at, m.why)
}

// extent is some bytes of a request: from start up to end.
type extent struct{ start, end int }

func (e extent) of(b []byte) []byte { return b[e.start:e.end] }

// field is one field of a message, and where in the request it stands.
type field struct {
	number uint32
	wire   uint8
	start  int // its tag
	value  int // what comes after the tag, and after the length where there is one
	end    int
}

func (f field) whole() extent   { return extent{f.start, f.end} }
func (f field) content() extent { return extent{f.value, f.end} }

// readField reads the field at pos of a message that ends where b ends.
func readField(b []byte, pos int) (field, error) {
	f := field{start: pos}
	tag, next := readVarint(b, pos)
	if next < 0 {
		return f, unreadable(b, pos)
	}
	if tag > maxTag || tag < 1<<3 {
		return f, &malformed{pos, "a field number that protobuf does not have"}
	}
	f.number, f.wire, f.value = uint32(tag>>3), uint8(tag&7), next //nolint:gosec // at most maxTag
	switch f.wire {
	case typeBytes:
		length, start := readVarint(b, next)
		if start < 0 {
			return f, unreadable(b, next)
		}
		if length > uint64(len(b)-start) { //nolint:gosec // start is in b, or where it ends
			return f, &malformed{next, "a length beyond the end"}
		}
		f.value, f.end = start, start+int(length) //nolint:gosec // just compared with what an int can be
		return f, nil
	case typeVarint:
		if _, f.end = readVarint(b, next); f.end < 0 {
			return f, unreadable(b, next)
		}
		return f, nil
	case typeFixed:
		f.end = next + 8
	case typeShort:
		f.end = next + 4
	default:
		return f, &malformed{pos, fmt.Sprintf("wire type %d, which OTLP does not have", f.wire)}
	}
	if f.end > len(b) {
		return f, &malformed{next, "a number cut short"}
	}
	return f, nil
}

// readVarint reads a number at pos and says where it ends: before 0 if it cannot be read.
func readVarint(b []byte, pos int) (value uint64, end int) {
	for shift := uint(0); pos < len(b); shift += 7 {
		c := b[pos]
		pos++
		if c < 0x80 {
			if shift == 63 && c > 1 {
				return 0, -1
			}
			return value | uint64(c)<<shift, pos
		}
		if shift == 63 {
			return 0, -1
		}
		value |= uint64(c&0x7f) << shift
	}
	return 0, -1
}

// unreadable says why the number at pos cannot be read.
func unreadable(b []byte, pos int) error {
	if len(b)-pos < 10 {
		return &malformed{pos, "a number cut short"}
	}
	return &malformed{pos, "a number of more than 64 bits"}
}

// varintSize is how many bytes a number takes.
func varintSize(v uint64) int {
	return (bits.Len64(v|1) + 6) / 7
}

// appendVarint writes a number.
func appendVarint(b []byte, v uint64) []byte {
	for v >= 0x80 {
		b = append(b, byte(v)|0x80)
		v >>= 7
	}
	return append(b, byte(v))
}

// appendHead writes the tag of a field, and the length of the message that it holds.
func appendHead(b []byte, number uint32, length int) []byte {
	b = appendVarint(b, uint64(number)<<3|typeBytes)
	return appendVarint(b, uint64(length)) //nolint:gosec // a length is not negative
}

// headSize is how many bytes appendHead writes.
func headSize(number uint32, length int) int {
	tag := uint64(number)<<3 | typeBytes
	return varintSize(tag) + varintSize(uint64(length)) //nolint:gosec // a length is not negative
}

// reader goes through the fields of a message: for r := read(...); r.next(); { r.field }, and then r.err.
type reader struct {
	field
	b   []byte // up to the end of the message
	err error
}

func read(b []byte, message extent) reader {
	return reader{b: b[:message.end], field: field{end: message.start}}
}

func (r *reader) next() bool {
	pos := r.end
	if pos >= len(r.b) || r.err != nil {
		return false
	}
	if value, end := quickField(r.b, pos); end > 0 {
		r.field = field{number: uint32(r.b[pos] >> 3), wire: r.b[pos] & 7, start: pos, value: value, end: end}
		return true
	}
	r.field, r.err = readField(r.b, pos)
	return r.err == nil
}

// quickField finds the value of what nearly all fields are: a tag of one byte, and either less than 16384 bytes or a
// number of 8. For all else the end is 0. It does the same as readField, in a third of the time.
func quickField(b []byte, pos int) (value, end int) {
	if pos+2 >= len(b) || b[pos] < 1<<3 {
		return 0, 0
	}
	switch b[pos] & 0x87 {
	case typeBytes:
		length := int(b[pos+1])
		value = pos + 2
		if length >= 0x80 {
			if b[pos+2] >= 0x80 {
				return 0, 0
			}
			length += int(b[pos+2])<<7 - 0x80
			value++
		}
		end = value + length
	case typeFixed:
		value, end = pos+1, pos+9
	}
	if end > len(b) {
		return 0, 0
	}
	return value, end
}

// passOthers goes on to the first field from pos on that has the number, which is less than 16, or that is not one of
// those that nearly all are. It is what costs most in taking a request apart, so it does in one loop what next does
// field by field.
func passOthers(b []byte, pos int, number uint32) int {
	for pos+2 < len(b) {
		tag, length, next := b[pos], int(b[pos+1]), pos+2
		if uint32(tag>>3) == number || tag < 1<<3 {
			return pos
		}
		switch tag & 0x87 {
		case typeBytes:
			if length >= 0x80 {
				if b[next] >= 0x80 {
					return pos
				}
				length += int(b[next])<<7 - 0x80
				next++
			}
			next += length
		case typeFixed:
			next += 7
		case typeVarint:
			if length >= 0x80 {
				return pos
			}
		default:
			return pos
		}
		if next > len(b) {
			return pos
		}
		pos = next
	}
	return pos
}

// expect checks the wire type of a field that OTLP has.
func (r *reader) expect(wire uint8) bool {
	if r.wire != wire {
		why := fmt.Sprintf("field %d with wire type %d instead of %d", r.number, r.wire, wire)
		r.err = &malformed{r.start, why}
	}
	return r.err == nil
}
