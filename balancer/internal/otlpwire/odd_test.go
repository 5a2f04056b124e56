package otlpwire

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"
)

// message encodes fields: a number, and what it holds.
func message(fields ...any) []byte {
	var b []byte
	for i := 0; i < len(fields); i += 2 {
		number := protowire.Number(fields[i].(int)) //nolint:gosec // small
		switch v := fields[i+1].(type) {
		case int:
			b = protowire.AppendVarint(protowire.AppendTag(b, number, protowire.VarintType), uint64(v)) //nolint:gosec // small
		case string:
			b = protowire.AppendString(protowire.AppendTag(b, number, protowire.BytesType), v)
		case []byte:
			b = protowire.AppendBytes(protowire.AppendTag(b, number, protowire.BytesType), v)
		}
	}
	return b
}

// attr encodes an attribute that is a string.
func attr(key, value string) []byte { return message(1, key, 2, message(1, value)) }

func id(last byte) []byte { return append(make([]byte, 15), last) }

// twoSpans encodes a scope with a span of trace 1 and one of trace 2.
func twoSpans() []byte { return message(2, message(1, id(1)), 2, message(1, id(2))) }

// oddities are requests that no exporter makes, but that can be read.
var oddities = []struct {
	name    string
	signal  Signal
	request []byte
	want    string // which targets get how many records; with three targets, by the last byte of the trace ID or name
}{
	{"nothing", Traces, nil, ""},
	{"no resource", Traces, message(9, "unknown"), ""},
	{"a resource without scopes", Traces, message(1, message(3, "schema")), "0:0"},
	{"a scope without spans", Traces, message(1, message(2, twoSpans(), 2, "")), "1:1 2:1 0:0"},
	{"a resource after its spans", Traces,
		message(1, message(2, twoSpans(), 1, message(1, attr("a", "b")))), "1:1 2:1"},
	{"a resource in two pieces", Traces,
		message(1, message(1, message(1, attr("a", "b")), 2, twoSpans(), 1, message(1, attr("c", "d")))), "1:1 2:1"},
	{"two trace IDs", Traces,
		message(1, message(2, message(2, message(1, id(1), 1, id(2)), 2, message(1, id(1))))), "2:1 1:1"},
	{"an empty trace ID", Traces, message(1, message(2, message(2, message(1, id(1), 1, "")))), "0:1"},
	{"old scopes", Traces, message(1, message(1000, twoSpans())), "1:1 2:1"},
	{"old scopes beside new ones", Traces, message(1, message(
		1000, message(2, message(1, id(1))), 2, message(2, message(1, id(2)), 2, message(1, id(1))))), "2:1 1:1"},
	{"a tag longer than needed", Traces, []byte("\x8a\x00\x04\x12\x02\x12\x00"), "0:1"},
	{"metrics without points", Metrics,
		message(1, message(2, message(2, message(1, "a"), 2, message(1, "b", 5, "")))), "0:0"},
	{"a metric of an unknown kind", Metrics,
		message(1, message(2, message(2, message(1, "a", 77, message(1, ""))))), "0:0"},
	{"a metric of two kinds", Metrics, message(1, message(2, message(
		2, message(1, "a", 5, message(1, "", 1, ""), 7, message(1, ""))))), "0:1"},
}

func TestOddRequests(t *testing.T) {
	for _, odd := range oddities {
		t.Run(odd.name, func(t *testing.T) {
			for _, keys := range allKeys(odd.signal) {
				tryOdd(t, newSplitter(t, odd.signal, keys), keys, odd.request)
			}
			s := newSplitter(t, odd.signal, Keys{})
			parts, err := s.Split(odd.request, 0, func(key []byte) int { return int(lastByte(key)) % 3 })
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range parts {
				got = append(got, fmt.Sprintf("%d:%d", p.Target, p.Records))
			}
			if diff := cmp.Diff(odd.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("targets and records (-want +got): %s", diff)
			}
		})
	}
}

// TestMetricOfTwoKindsStaysWhole: whatever a reader makes of it, it finds all in the part.
func TestMetricOfTwoKindsStaysWhole(t *testing.T) {
	points := message(1, message(7, attr("a", "b")), 1, message(7, attr("a", "c")))
	request := message(1, message(2, message(2, message(1, "a", 5, points, 5, points))))
	parts, err := newSplitter(t, Metrics, Keys{RoutingKey: keyStreamID}).Split(request, 0, placeOn(100))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Part{{Target: parts[0].Target, Body: request, Records: 2}}, parts); diff != "" {
		t.Errorf("(-want +got): %s", diff)
	}
}

// TestManyTraces has more trace IDs than are remembered, which differ in one byte only.
func TestManyTraces(t *testing.T) {
	for place := range 16 {
		var scope []byte
		for i := range 256 {
			id := make([]byte, 16)
			id[place] = byte(i)
			scope = append(scope, message(2, message(1, id))...)
		}
		request := message(1, message(2, append(scope, scope...)))
		if failure := checkSplit(newSplitter(t, Traces, Keys{}), Keys{}, request, 5, true); failure != "" {
			t.Fatalf("byte %d: %s", place, failure)
		}
	}
}

func lastByte(key []byte) byte {
	if len(key) == 0 {
		return 0
	}
	return key[len(key)-1]
}

func TestMalformedRequests(t *testing.T) {
	deep := []byte("\x0a\x01x")
	for range maxDepth + 1 {
		deep = message(5, message(1, deep))
	}
	tooDeep := message(1, message(1, message(1, message(1, "service.name", 2, deep)), 2, ""))
	for _, c := range []struct {
		name    string
		keys    Keys
		request []byte
		want    string
	}{
		{"half a tag", Keys{}, []byte("\x8a"), "malformed request at byte 0: a number cut short"},
		{"a length without what it promises", Keys{}, []byte("\x0a\x03\x00"),
			"malformed request at byte 1: a length beyond the end"},
		{"a length of 2^63", Keys{}, []byte("\x0a\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\x00"),
			"malformed request at byte 1: a length beyond the end"},
		{"a number of 70 bits", Keys{}, []byte("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
			"malformed request at byte 1: a number of more than 64 bits"},
		{"field 0", Keys{}, []byte("\x02\x00"), "malformed request at byte 0: a field number that protobuf does not have"},
		{"field 2^29", Keys{}, []byte("\x82\x80\x80\x80\x10\x00"),
			"malformed request at byte 0: a field number that protobuf does not have"},
		{"a group", Keys{}, []byte("\x4b\x4c"), "malformed request at byte 0: wire type 3, which OTLP does not have"},
		{"wire type 7", Keys{}, []byte("\x4f"), "malformed request at byte 0: wire type 7, which OTLP does not have"},
		{"a fixed number cut short", Keys{}, []byte("\x4d\x00\x00\x00"), "malformed request at byte 1: a number cut short"},
		{"a resource that is a number", Keys{}, message(1, 5),
			"malformed request at byte 0: field 1 with wire type 0 instead of 2"},
		{"a span that is a number", Keys{}, message(1, message(2, message(2, 5))),
			"malformed request at byte 4: field 2 with wire type 0 instead of 2"},
		{"a short trace ID", Keys{}, message(1, message(2, message(2, message(1, "123")))),
			"malformed request at byte 8: a trace ID that does not have 16 bytes"},
		{"a name that is a number", Keys{RoutingKey: keyService}, message(1, message(1, message(1, message(1, 7)))),
			"malformed request at byte 6: field 1 with wire type 0 instead of 2"},
		{"values too deep in each other", Keys{RoutingKey: keyService}, tooDeep,
			fmt.Sprintf("malformed request at byte %d: values of attributes in more than 100 others", deepest(tooDeep))},
		{"the same for a hash", Keys{RoutingKey: keyResource}, tooDeep,
			fmt.Sprintf("malformed request at byte %d: values of attributes in more than 100 others", deepest(tooDeep))},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := newSplitter(t, Traces, c.keys).Split(c.request, 0, placeOn(3))
			if diff := cmp.Diff(c.want, fmt.Sprint(err)); diff != "" {
				t.Errorf("(-want +got): %s", diff)
			}
		})
	}
}

// deepest is where the value stands that lies too deep.
func deepest(request []byte) int {
	rest := []byte("\x0a\x01x")
	rest = message(5, message(1, rest))
	return bytes.LastIndex(request, rest) + 2
}
