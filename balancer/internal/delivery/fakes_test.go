package delivery

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/otel/attribute"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.uber.org/zap"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
)

// Requests of these tests are numbered records, each behind an r, and resources, which are an h and what is repeated in
// every part, so that parts are larger than what they are parts of.
const (
	recordSize   = 9
	resourceSize = 20
)

func request(ids ...uint64) []byte {
	body := make([]byte, resourceSize)
	body[0] = 'h'
	for _, id := range ids {
		body = binary.BigEndian.AppendUint64(append(body, 'r'), id)
	}
	return body
}

// ids are the records of a request.
func ids(body []byte) ([]uint64, error) {
	var all []uint64
	for len(body) > 0 {
		switch {
		case body[0] == 'h' && len(body) >= resourceSize:
			body = body[resourceSize:]
		case body[0] == 'r' && len(body) >= recordSize:
			all = append(all, binary.BigEndian.Uint64(body[1:]))
			body = body[recordSize:]
		default:
			return nil, fmt.Errorf("malformed at %q", body)
		}
	}
	return all, nil
}

// upTo are the numbers from one to another.
func upTo(first, last uint64) []uint64 {
	var all []uint64
	for id := first; id <= last; id++ {
		all = append(all, id)
	}
	return all
}

type fakeSplitter struct{}

func (fakeSplitter) Split(body []byte, most int, place func([]byte) int) ([]otlpwire.Part, error) {
	all, err := ids(body)
	if err != nil {
		return nil, err
	}
	var parts []otlpwire.Part
	at := map[int]int{}
	for _, id := range all {
		record := binary.BigEndian.AppendUint64([]byte{'r'}, id)
		target := place(record[1:])
		i, ok := at[target]
		if !ok {
			i = len(parts)
			at[target] = i
			parts = append(parts, otlpwire.Part{Target: target, Body: request()})
		}
		parts[i].Body = append(parts[i].Body, record...)
		parts[i].Records++
	}
	size := 0
	for _, p := range parts {
		size += len(p.Body)
	}
	if most > 0 && size > most {
		return nil, &otlpwire.TooLarge{Size: size, Records: len(all)}
	}
	return parts, nil
}

// fakeTable has the highest hash of key and backend win.
type fakeTable []string

func newFakeTable(backends []string) (Table, error) {
	return fakeTable(slices.Compact(slices.Sorted(slices.Values(backends)))), nil
}

func (t fakeTable) Backends() []string { return t }

func (t fakeTable) Place(key []byte) int {
	return t.PlaceAmong(key, func(int) bool { return true })
}

func (t fakeTable) PlaceAmong(key []byte, usable func(int) bool) int {
	best, most := -1, uint64(0)
	for i, backend := range t {
		h := fnv.New64a()
		_, _ = h.Write([]byte(backend))
		_, _ = h.Write(key)
		if weight := h.Sum64() * 0x9e3779b97f4a7c15; usable(i) && (best < 0 || weight > most) {
			best, most = i, weight
		}
	}
	return best
}

// behaviour is what a fake backend does with a call: it returns what it answers, or has the call go on.
type behaviour func(ctx context.Context, records []uint64) (rejected int, err error)

// fakeBackend counts what it answered to have taken.
type fakeBackend struct {
	mu     sync.Mutex
	does   behaviour // nil: it takes everything
	got    map[uint64]int
	calls  int // with records
	probes int // without
	most   int // calls at a time
	now    int
	open   int // connections
}

// network has all backends that are dialled.
type network struct {
	mu       sync.Mutex
	backends map[string]*fakeBackend
	refused  string // cannot be dialled
}

// refuse has an endpoint not be dialled.
func (n *network) refuse(endpoint string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.refused = endpoint
}

func (n *network) at(endpoint string) *fakeBackend {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.backends[endpoint] == nil {
		if n.backends == nil {
			n.backends = map[string]*fakeBackend{}
		}
		n.backends[endpoint] = &fakeBackend{got: map[uint64]int{}}
	}
	return n.backends[endpoint]
}

func (n *network) dial(endpoint string) (Conn, error) {
	be := n.at(endpoint)
	n.mu.Lock()
	refused := n.refused == endpoint
	n.mu.Unlock()
	if refused {
		return nil, errors.New("no such host")
	}
	be.mu.Lock()
	defer be.mu.Unlock()
	be.open++
	return be, nil
}

func (be *fakeBackend) Close() error {
	be.mu.Lock()
	defer be.mu.Unlock()
	be.open--
	return nil
}

// do changes what a backend does.
func (be *fakeBackend) do(does behaviour) {
	be.mu.Lock()
	defer be.mu.Unlock()
	be.does = does
}

// seen are what a backend has counted, without its map.
func (be *fakeBackend) seen() (calls, probes, most, open int) {
	be.mu.Lock()
	defer be.mu.Unlock()
	return be.calls, be.probes, be.most, be.open
}

func (be *fakeBackend) Export(ctx context.Context, body mem.Buffer) ([]byte, error) {
	records, err := ids(body.ReadOnlyData())
	if err != nil {
		return nil, status.Error(codes.InvalidArgument, err.Error())
	}
	does := be.begin(len(records) > 0)
	rejected := 0
	if does != nil {
		rejected, err = does(ctx, records)
	}
	be.mu.Lock()
	defer be.mu.Unlock()
	be.now--
	if err != nil {
		return nil, err
	}
	for _, id := range records[rejected:] {
		be.got[id]++
	}
	return partly(rejected), nil
}

func (be *fakeBackend) begin(real bool) behaviour {
	be.mu.Lock()
	defer be.mu.Unlock()
	if real {
		be.calls++
	} else {
		be.probes++
	}
	be.now++
	be.most = max(be.most, be.now)
	return be.does
}

// partly is the answer that rejects so many records.
func partly(rejected int) []byte {
	if rejected == 0 {
		return nil
	}
	//nolint:gosec // not negative
	inner := protowire.AppendVarint(protowire.AppendTag(nil, rejectedRecords, protowire.VarintType), uint64(rejected))
	inner = protowire.AppendString(protowire.AppendTag(inner, errorMessage, protowire.BytesType), "too many")
	return protowire.AppendBytes(protowire.AppendTag(nil, partialSuccess, protowire.BytesType), inner)
}

// got is how often each record was taken by any backend.
func (n *network) got() map[uint64]int {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := map[uint64]int{}
	for _, be := range n.backends {
		be.mu.Lock()
		for id, times := range be.got {
			all[id] += times
		}
		be.mu.Unlock()
	}
	return all
}

// Behaviours.

func dead(context.Context, []uint64) (int, error) {
	return 0, status.Error(codes.Unavailable, "connection refused")
}

func frozen(ctx context.Context, _ []uint64) (int, error) {
	<-ctx.Done()
	return 0, status.FromContextError(ctx.Err()).Err()
}

// after answers as another behaviour does, but later.
func after(delay time.Duration, does behaviour) behaviour {
	return func(ctx context.Context, records []uint64) (int, error) {
		select {
		case <-ctx.Done():
			return 0, status.FromContextError(ctx.Err()).Err()
		case <-time.After(delay):
		}
		if does == nil {
			return 0, nil
		}
		return does(ctx, records)
	}
}

// fakeStorage is a map, whose Batches can be made to fail.
type fakeStorage struct {
	mu     sync.Mutex
	data   map[string][]byte
	calls  int
	fail   func(call int, ops []*storage.Operation) error // nil: none fails
	closed bool
}

func newFakeStorage() *fakeStorage { return &fakeStorage{data: map[string][]byte{}} }

func (s *fakeStorage) Batch(_ context.Context, ops ...*storage.Operation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("closed")
	}
	s.calls++
	if s.fail != nil {
		if err := s.fail(s.calls, ops); err != nil {
			return err
		}
	}
	s.apply(ops)
	return nil
}

func (s *fakeStorage) apply(ops []*storage.Operation) {
	for _, op := range ops {
		switch op.Type {
		case storage.Get:
			op.Value = slices.Clone(s.data[op.Key])
		case storage.Set:
			s.data[op.Key] = slices.Clone(op.Value)
		case storage.Delete:
			delete(s.data, op.Key)
		}
	}
}

func (s *fakeStorage) Get(ctx context.Context, key string) ([]byte, error) {
	op := storage.GetOperation(key)
	err := s.Batch(ctx, op)
	return op.Value, err
}

func (s *fakeStorage) Set(ctx context.Context, key string, value []byte) error {
	return s.Batch(ctx, storage.SetOperation(key, value))
}

func (s *fakeStorage) Delete(ctx context.Context, key string) error {
	return s.Batch(ctx, storage.DeleteOperation(key))
}

func (s *fakeStorage) Close(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return errors.New("closed twice")
	}
	s.closed = true
	return nil
}

// crash is what a process that starts now would find.
func (s *fakeStorage) crash() *fakeStorage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &fakeStorage{data: maps.Clone(s.data)}
}

// stored are the records of all items.
func (s *fakeStorage) stored(t *testing.T) map[uint64]int {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[uint64]int{}
	for key, value := range s.data {
		if key == "traces/index" {
			continue
		}
		it, err := decode(value)
		if err != nil {
			t.Fatal(key, err)
		}
		records, err := ids(it.body)
		if err != nil {
			t.Fatal(key, err)
		}
		for _, id := range records {
			all[id]++
		}
	}
	return all
}

// walking is a storage that can say what it has.
type walking struct{ *fakeStorage }

func (s walking) Walk(_ context.Context, f storage.WalkFunc) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, value := range s.data {
		if _, err := f(key, value); err != nil {
			return err
		}
	}
	return nil
}

// subject is a Balancer with all that is around it.
type subject struct {
	*testing.T
	*Balancer
	net    *network
	reader *sdkmetric.ManualReader
	events []componentstatus.Status
}

// testConfig is small enough for tests to reach its limits.
func testConfig() Config {
	c := DefaultConfig()
	c.SendingQueue.QueueSize = 100_000
	c.SendingQueue.BackendSize = 20_000
	c.SendingQueue.Batch = BatchConfig{FlushTimeout: 5 * time.Millisecond, MinSize: 1000, MaxSize: 2000}
	return c
}

// start starts a Balancer in a bubble. The test has to stop it.
func start(t *testing.T, c Config, net *network, client storage.Client, backends ...string) *subject {
	t.Helper()
	s := build(t, c, net)
	if err := s.Start(t.Context(), client); err != nil {
		t.Fatal(err)
	}
	s.setBackends(backends...)
	return s
}

func build(t *testing.T, c Config, net *network) *subject {
	t.Helper()
	s := &subject{T: t, net: net, reader: sdkmetric.NewManualReader()}
	set := component.TelemetrySettings{
		Logger: zap.NewNop(), MeterProvider: sdkmetric.NewMeterProvider(sdkmetric.WithReader(s.reader)),
	}
	b, err := New(Settings{
		Signal: otlpwire.Traces, Splitter: fakeSplitter{}, Table: newFakeTable, Dial: net.dial, Config: c, Telemetry: set,
		Owner:  attribute.String("receiver", "otlp_balancer"),
		Status: func(e *componentstatus.Event) { s.events = append(s.events, e.Status()) },
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Balancer = b
	return s
}

func (s *subject) setBackends(backends ...string) {
	s.Helper()
	if err := s.SetBackends(backends); err != nil {
		s.Fatal(err)
	}
}

func (s *subject) take(records ...uint64) {
	s.Helper()
	if err := s.Take(s.Context(), request(records...)); err != nil {
		s.Fatal(err)
	}
}

func (s *subject) stop() {
	s.Helper()
	if err := s.Shutdown(context.Background()); err != nil {
		s.Fatal(err)
	}
	if s.heldBytes() != 0 {
		s.Errorf("backends hold %d bytes after the end", s.heldBytes())
	}
}

// heldBytes are what the backends hold when nothing waits or is on its way.
func (s *subject) heldBytes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	held := 0
	for _, be := range s.route.Load().backends {
		held += be.bytes
		for share := be.waiting.head; share != nil; share = share.next {
			held -= share.size
		}
	}
	return held
}

// pass has virtual time pass: what is due until then has happened afterwards.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// metrics are the sums of all instruments, by name, and by name and attributes.
func (s *subject) metrics() map[string]int {
	s.Helper()
	var collected metricdata.ResourceMetrics
	if err := s.reader.Collect(context.Background(), &collected); err != nil {
		s.Fatal(err)
	}
	all := map[string]int{}
	for _, scope := range collected.ScopeMetrics {
		for _, m := range scope.Metrics {
			add(all, m)
		}
	}
	return all
}

func add(all map[string]int, m metricdata.Metrics) {
	name := m.Name[len("otelcol_otlp_balancer_"):]
	var points []metricdata.DataPoint[int64]
	switch data := m.Data.(type) {
	case metricdata.Sum[int64]:
		points = data.DataPoints
	case metricdata.Gauge[int64]:
		points = data.DataPoints
	}
	for _, p := range points {
		all[name] += int(p.Value)
		key := name
		for _, label := range []string{"backend", "status"} {
			if value, ok := p.Attributes.Value(attribute.Key(label)); ok {
				key += " " + value.AsString()
			}
		}
		if key != name {
			all[key] = int(p.Value)
		}
	}
}

// checkBooks checks the law: all that was accepted, or found, is in one place.
func (s *subject) checkBooks(found int) map[string]int {
	s.Helper()
	m := s.metrics()
	m["queue_records"] = s.state().records // also after the end
	in := m["accepted"] + found
	if out := m["sent"] + m["failed"] + m["rejected"] + m["dropped"] + m["queue_records"]; in != out {
		s.Errorf("%d records accepted, but %d accounted for: %v", in, out, m)
	}
	return m
}

// once checks that exactly these records were taken, each once.
func once(t *testing.T, got map[uint64]int, want ...uint64) {
	t.Helper()
	for _, id := range want {
		if got[id] != 1 {
			t.Errorf("record %d was taken %d times", id, got[id])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d records were taken, of %d", len(got), len(want))
	}
}
