package otlpwire

import (
	"math/rand/v2"
	"testing"

	logs "go.opentelemetry.io/proto/otlp/logs/v1"
	metrics "go.opentelemetry.io/proto/otlp/metrics/v1"
	traces "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// newRequest is an empty request of a signal: these messages are encoded as the requests are.
func newRequest(signal Signal) proto.Message {
	switch signal {
	case Traces:
		return &traces.TracesData{}
	case Logs:
		return &logs.LogsData{}
	default:
		return &metrics.MetricsData{}
	}
}

// generator sets every field of messages to something.
type generator struct {
	random  *rand.Rand
	depth   int  // of values in values
	unknown bool // fields are added that OTLP does not have
	sparse  bool // some fields are not set, and some lists are empty
}

// request makes a request of a signal.
func (g *generator) request(t testing.TB, signal Signal) []byte {
	t.Helper()
	m := newRequest(signal)
	g.fill(m.ProtoReflect())
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (g *generator) fill(m protoreflect.Message) {
	kinds := m.Descriptor().Oneofs()
	kind := make([]int, kinds.Len()) // which field of each oneof is set
	for i := range kind {
		kind[i] = g.random.IntN(kinds.Get(i).Fields().Len())
	}
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		o := f.ContainingOneof()
		if o != nil && !o.IsSynthetic() && o.Fields().Get(kind[o.Index()]) != f {
			continue
		}
		if f.Name() != "key_strindex" && (!g.sparse || g.random.IntN(4) != 0) {
			g.set(m, f)
		}
	}
	if g.unknown && g.random.IntN(2) == 0 {
		raw := protowire.AppendTag(nil, protowire.Number(200+g.random.Int32N(100)), protowire.BytesType)
		m.SetUnknown(protowire.AppendBytes(raw, g.bytes(g.random.IntN(20))))
	}
}

func (g *generator) set(m protoreflect.Message, f protoreflect.FieldDescriptor) {
	if !f.IsList() {
		if f.Message() != nil {
			g.fillMessage(m.Mutable(f).Message())
			return
		}
		m.Set(f, g.scalar(f))
		return
	}
	list := m.Mutable(f).List()
	n := 1 + g.random.IntN(3)
	if g.sparse {
		n = g.random.IntN(5)
	}
	for range n {
		if f.Message() != nil {
			g.fillMessage(list.AppendMutable().Message())
		} else {
			list.Append(g.scalar(f))
		}
	}
}

// fillMessage fills a message that lies in another.
func (g *generator) fillMessage(m protoreflect.Message) {
	if m.Descriptor().Name() == "AnyValue" {
		g.value(m)
		return
	}
	g.fill(m)
}

// value sets one of the kinds of values.
func (g *generator) value(m protoreflect.Message) {
	kinds := m.Descriptor().Oneofs().Get(0).Fields()
	f := kinds.Get(g.random.IntN(kinds.Len()))
	if g.depth > 2 && f.Message() != nil || f.Name() == "string_value_strindex" || g.random.IntN(2) == 0 {
		f = kinds.ByName("string_value")
	}
	g.depth++
	g.set(m, f)
	g.depth--
}

func (g *generator) scalar(f protoreflect.FieldDescriptor) protoreflect.Value {
	switch f.Kind() {
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(true)
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(1 + g.random.Int32N(2)))
	case protoreflect.Int32Kind, protoreflect.Sint32Kind:
		return protoreflect.ValueOfInt32(g.random.Int32() - 1<<30)
	case protoreflect.Uint32Kind, protoreflect.Fixed32Kind:
		return protoreflect.ValueOfUint32(1 + g.random.Uint32N(1000))
	case protoreflect.Int64Kind, protoreflect.Sfixed64Kind:
		return protoreflect.ValueOfInt64(g.random.Int64() - 1<<62)
	case protoreflect.Uint64Kind, protoreflect.Fixed64Kind:
		return protoreflect.ValueOfUint64(g.random.Uint64())
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(g.random.NormFloat64())
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(g.string(f))
	default:
		return protoreflect.ValueOfBytes(g.id(f))
	}
}

// string is a name that is used again elsewhere, so that names and attributes meet.
func (g *generator) string(f protoreflect.FieldDescriptor) string {
	names := []string{"service.name", "route", "tenant", "zone", "x"}
	if f.Name() != "key" {
		names = []string{"", "checkout", "cart", "a=b|c", "größer"}
	}
	return names[g.random.IntN(len(names))]
}

// id is one of a few trace IDs, or as many bytes as a field needs.
func (g *generator) id(f protoreflect.FieldDescriptor) []byte {
	switch f.Name() {
	case "trace_id":
		return append(make([]byte, 15), byte(g.random.IntN(8)))
	case "span_id", "parent_span_id":
		return g.bytes(8)
	default:
		return g.bytes(g.random.IntN(30))
	}
}

func (g *generator) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(g.random.Uint32())
	}
	return b
}
