package wire

import (
	"fmt"
	"iter"

	"google.golang.org/protobuf/encoding/protowire"
)

// The fields on the way from a request to its spans or log records. Both signals number them alike.
const (
	ResourceField protowire.Number = 1
	ScopeField    protowire.Number = 2
	RecordField   protowire.Number = 2
)

// Field is one field of a message in protobuf.
type Field struct {
	Number protowire.Number
	Whole  []byte // with its tag, and its length if it has one
	Value  []byte // what the length counts; nil for numbers
}

// Fields goes through a message field by field. An error is the last it yields.
func Fields(message []byte) iter.Seq2[Field, error] {
	return func(yield func(Field, error) bool) {
		for len(message) > 0 {
			number, kind, tag := protowire.ConsumeTag(message)
			if tag < 0 {
				yield(Field{}, fmt.Errorf("this is no protobuf: %w", protowire.ParseError(tag)))
				return
			}
			size := protowire.ConsumeFieldValue(number, kind, message[tag:])
			if size < 0 {
				yield(Field{}, fmt.Errorf("field %d is no protobuf: %w", number, protowire.ParseError(size)))
				return
			}
			f := Field{Number: number, Whole: message[:tag+size]}
			if kind == protowire.BytesType {
				f.Value, _ = protowire.ConsumeBytes(message[tag:])
			}
			if !yield(f, nil) {
				return
			}
			message = message[tag+size:]
		}
	}
}

// Records counts the spans or log records of a request, and decodes none of them.
func Records(request []byte) (int, error) {
	return count(request, ResourceField, ScopeField, RecordField)
}

// count counts the fields at the end of a path of messages inside messages.
func count(message []byte, path ...protowire.Number) (found int, err error) {
	for f, err := range Fields(message) {
		if err != nil {
			return 0, err
		}
		if f.Number != path[0] {
			continue
		}
		if len(path) == 1 {
			found++
			continue
		}
		inside, err := count(f.Value, path[1:]...)
		if err != nil {
			return 0, err
		}
		found += inside
	}
	return found, nil
}
