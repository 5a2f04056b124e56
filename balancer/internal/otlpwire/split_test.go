package otlpwire

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

var signals = []Signal{Traces, Logs, Metrics}

// allKeys lists all keys that there are for a signal.
func allKeys(signal Signal) []Keys {
	var all []Keys
	for _, release := range []string{"", releaseV158, releaseV152, releaseV112, releaseV87} {
		for _, key := range (Keys{Compat: release}).possible(signal) {
			k := Keys{RoutingKey: key, Compat: release}
			if key == keyAttributes {
				k.Attributes = []string{"tenant", "span.kind", "route", "log.body", "span.name", "log.severity", "zone"}
			}
			all = append(all, k)
		}
	}
	return all
}

// eachKind runs a test for all keys of all signals.
func eachKind(t *testing.T, test func(t *testing.T, signal Signal, keys Keys)) {
	for _, signal := range signals {
		for _, keys := range allKeys(signal) {
			t.Run(fmt.Sprintf("%s/%s%s", signal, keys.RoutingKey, keys.Compat), func(t *testing.T) { test(t, signal, keys) })
		}
	}
}

// TestPiecesReachTheirTargets splits requests with every field set, and others with gaps, and looks with pdata at
// where each piece went.
func TestPiecesReachTheirTargets(t *testing.T) {
	eachKind(t, func(t *testing.T, signal Signal, keys Keys) {
		s := newSplitter(t, signal, keys)
		for seed := range uint64(40) {
			g := generator{random: rand.New(rand.NewPCG(seed, 1)), sparse: seed%2 == 1, unknown: seed%3 == 1}
			request := g.request(t, signal)
			targets := 1 + int(seed%7) //nolint:gosec // at most 7
			if failure := checkSplit(s, keys, request, targets, true); failure != "" {
				t.Fatalf("seed %d: %s", seed, failure)
			}
		}
	})
}

// checkSplit splits a request that pdata can read, and says what is wrong with the parts. With exact keys, each piece
// has to be at the target of its key; else all have to be somewhere.
func checkSplit(s *Splitter, keys Keys, request []byte, targets int, exact bool) string {
	want, err := leaves(s.signal, keys, request)
	if err != nil {
		return err.Error()
	}
	place := placeOn(targets)
	parts, err := s.Split(request, 0, place)
	if err != nil {
		return err.Error()
	}
	wanted, found := map[int][]string{}, map[int][]string{}
	var all, got []string
	records := 0
	for _, l := range want {
		all = append(all, l.text)
		records += l.records
		if !l.anyKey {
			wanted[place([]byte(l.key))] = append(wanted[place([]byte(l.key))], l.text)
		}
	}
	for _, part := range parts {
		ls, err := leaves(s.signal, keys, part.Body)
		if err != nil {
			return err.Error()
		}
		n := 0
		for _, l := range ls {
			got = append(got, l.text)
			n += l.records
			if !l.anyKey {
				found[part.Target] = append(found[part.Target], l.text)
			}
		}
		if n != part.Records {
			return fmt.Sprintf("%d records are said to be %d", n, part.Records)
		}
		records -= n
	}
	slices.Sort(all)
	slices.Sort(got)
	if diff := cmp.Diff(all, got); diff != "" {
		return "pieces (-want +got): " + diff
	}
	if diff := cmp.Diff(wanted, found); exact && diff != "" {
		return "pieces at targets (-want +got): " + diff
	}
	if records != 0 {
		return fmt.Sprintf("%d records are missing", records)
	}
	return ""
}

// TestUnknownFieldsStay compares, with everything that OTLP does not know, what belongs to each piece before and after.
func TestUnknownFieldsStay(t *testing.T) {
	eachKind(t, func(t *testing.T, signal Signal, keys Keys) {
		s := newSplitter(t, signal, keys)
		for seed := range uint64(20) {
			g := generator{random: rand.New(rand.NewPCG(seed, 2)), sparse: seed%2 == 1, unknown: true}
			request := g.request(t, signal)
			parts, err := s.Split(request, 0, placeOn(5))
			if err != nil {
				t.Fatal(err)
			}
			want := described(t, signal, request)
			if len(parts) == 0 && len(want) == 1 { // nothing but what OTLP does not know
				continue
			}
			var got []string
			for _, p := range parts {
				got = append(got, described(t, signal, p.Body)...)
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d (-want +got): %s", seed, diff)
			}
		}
	})
}

// described lists the pieces of a request, each with all that is around it, encoded.
func described(t *testing.T, signal Signal, request []byte) []string {
	t.Helper()
	m := newRequest(signal)
	if err := proto.Unmarshal(request, m); err != nil {
		t.Fatal(err)
	}
	var all []string
	descend(m.ProtoReflect(), "", &all)
	return all
}

// held are the fields that hold pieces, or what holds them.
var held = []protoreflect.Name{
	"resource_spans", "scope_spans", "spans", "resource_logs", "scope_logs", "log_records", "resource_metrics",
	"scope_metrics", "metrics", "gauge", "sum", "histogram", "exponential_histogram", "summary", "data_points",
}

func descend(m protoreflect.Message, around string, all *[]string) {
	rest := proto.Clone(m.Interface()).ProtoReflect()
	var children []protoreflect.Message
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if !slices.Contains(held, f.Name()) || f.Message() == nil || !m.Has(f) {
			continue
		}
		rest.Clear(f)
		if !f.IsList() {
			children = append(children, m.Get(f).Message())
			continue
		}
		for j := range m.Get(f).List().Len() {
			children = append(children, m.Get(f).List().Get(j).Message())
		}
	}
	b, err := proto.MarshalOptions{Deterministic: true}.Marshal(rest.Interface())
	if err != nil {
		panic(err) // it was just read
	}
	around += fmt.Sprintf("%s: %q\n", m.Descriptor().Name(), b)
	if len(children) == 0 {
		*all = append(*all, around)
	}
	for _, child := range children {
		descend(child, around, all)
	}
}

// TestPartsTogetherAreTheRequest merges the parts again.
func TestPartsTogetherAreTheRequest(t *testing.T) {
	eachKind(t, func(t *testing.T, signal Signal, keys Keys) {
		s := newSplitter(t, signal, keys)
		for seed := range uint64(20) {
			g := generator{random: rand.New(rand.NewPCG(seed, 3))}
			request := g.request(t, signal)
			parts, err := s.Split(request, 0, placeOn(4))
			if err != nil {
				t.Fatal(err)
			}
			var merged []byte
			for _, p := range parts {
				merged = append(merged, p.Body...)
			}
			want, got := texts(t, signal, keys, request), texts(t, signal, keys, merged)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d (-want +got): %s", seed, diff)
			}
			n, err := s.count(merged)
			if err != nil {
				t.Fatal(err)
			}
			if want, _ := s.count(request); n != want {
				t.Fatalf("%d records instead of %d", n, want)
			}
		}
	})
}

func texts(t *testing.T, signal Signal, keys Keys, request []byte) []string {
	t.Helper()
	ls, err := leaves(signal, keys, request)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]string, 0, len(ls))
	for _, l := range ls {
		all = append(all, l.text)
	}
	slices.Sort(all)
	return all
}

// TestCutShort gives all beginnings of requests, and requests with any byte changed, to the splitter: it has to
// return, and what it makes of a request that pdata can read has to be right.
func TestCutShort(t *testing.T) {
	eachKind(t, func(t *testing.T, signal Signal, keys Keys) {
		s := newSplitter(t, signal, keys)
		g := generator{random: rand.New(rand.NewPCG(5, 4)), sparse: true, unknown: true}
		request := g.request(t, signal)
		for len(request) < 300 || len(request) > 700 {
			request = g.request(t, signal)
		}
		for i := range request {
			// An exact capacity, so that reading beyond the end would be found.
			tryOdd(t, s, keys, slices.Clip(bytes.Clone(request[:i])))
			changed := bytes.Clone(request)
			changed[i] ^= byte(1 + g.random.IntN(255))
			tryOdd(t, s, keys, changed)
		}
	})
}

// tryOdd checks the law for bytes of any kind. The splitter returns an error, or parts. If pdata can read the
// request, it reads in the parts the same pieces, and as many records as they are said to have; written as pdata
// does, each piece is at the target of its key. No part is larger than the request. What both pdata and Go's protobuf
// can read is an error only if it has groups, or values that lie too deep in each other.
func tryOdd(t *testing.T, s *Splitter, keys Keys, request []byte) {
	t.Helper()
	before := bytes.Clone(request)
	parts, err := s.Split(request, 0, placeOn(3))
	if !bytes.Equal(before, request) {
		t.Fatal("the request was changed")
	}
	plain, readErr := canonical(s.signal, request)
	if err != nil {
		legal := readErr == nil && proto.Unmarshal(request, newRequest(s.signal)) == nil
		known := strings.Contains(err.Error(), "which OTLP does not have") || strings.Contains(err.Error(), "in more than")
		if legal && !known {
			t.Fatalf("%x: %v", request, err)
		}
		return
	}
	n, err := s.count(request)
	if err != nil {
		t.Fatalf("%x: was split, but not counted: %v", request, err)
	}
	for _, p := range parts {
		n -= p.Records
		if len(p.Body) > len(request) {
			t.Fatalf("%x: a part of %d bytes", request, len(p.Body))
		}
	}
	if n != 0 {
		t.Fatalf("%x: the count is wrong by %d", request, n)
	}
	if readErr != nil {
		return
	}
	if failure := checkSplit(s, keys, request, 3, false); failure != "" {
		t.Fatalf("%x: %s", request, failure)
	}
	if failure := checkSplit(s, keys, plain, 3, true); failure != "" && !strings.Contains(failure, "in more than") {
		t.Fatalf("%x, as pdata writes it: %s", request, failure)
	}
}

// TestSplitAtOnce splits with one splitter from several goroutines, and looks whether the parts are those of one alone.
func TestSplitAtOnce(t *testing.T) {
	eachKind(t, func(t *testing.T, signal Signal, keys Keys) {
		s := newSplitter(t, signal, keys)
		var group sync.WaitGroup
		for seed := range uint64(4) {
			g := generator{random: rand.New(rand.NewPCG(seed, 7)), unknown: true}
			request := g.request(t, signal)
			want, err := newSplitter(t, signal, keys).Split(request, 0, placeOn(4))
			if err != nil {
				t.Fatal(err)
			}
			group.Go(func() {
				for range 20 {
					got, err := s.Split(request, 0, placeOn(4))
					if err != nil || !slices.EqualFunc(want, got, samePart) {
						t.Errorf("%d parts that are not the %d of one split alone: %v", len(got), len(want), err)
					}
				}
			})
		}
		group.Wait()
	})
}

func samePart(a, b Part) bool {
	return a.Target == b.Target && a.Records == b.Records && bytes.Equal(a.Body, b.Body)
}

// TestBound: what each part repeats counts, too, and is not written when it is too much.
func TestBound(t *testing.T) {
	traces := ptrace.NewTraces()
	resource := traces.ResourceSpans().AppendEmpty()
	resource.Resource().Attributes().PutStr("large", strings.Repeat("x", 100_000))
	scope := resource.ScopeSpans().AppendEmpty()
	for i := range 1000 {
		scope.Spans().AppendEmpty().SetTraceID([16]byte{byte(i), byte(i >> 8)})
	}
	request, err := ptraceotlp.NewExportRequestFromTraces(traces).MarshalProto()
	if err != nil {
		t.Fatal(err)
	}
	s := newSplitter(t, Traces, Keys{})
	parts, err := s.Split(request, 0, placeOn(50))
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, p := range parts {
		size += len(p.Body)
	}
	if size < 40*100_000 {
		t.Fatalf("the parts have %d bytes only", size)
	}
	if _, err := s.Split(request, size, placeOn(50)); err != nil {
		t.Error(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err = s.Split(request, size-1, placeOn(50))
	runtime.ReadMemStats(&after)
	var large *TooLarge
	if !errors.As(err, &large) || *large != (TooLarge{Size: size, Records: 1000}) {
		t.Errorf("%v, not %d bytes", err, size)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > uint64(size)/10 {
		t.Errorf("it took %d bytes of memory to find out", took)
	}
}
