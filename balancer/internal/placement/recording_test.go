package placement

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recordedKeys is the number of keys in every recording.
const recordedKeys = 10_000

// releases are those that were recorded, and what is to place keys as they did. v0.115 stands for v0.112, which lies
// between it and v0.111: their ring is the same.
func releases() map[string]Hashing {
	return map[string]Hashing{"v0.158": RingV158, "v0.152": RingV152, "v0.115": RingV112, "v0.87": RingV87}
}

// recording is where an exporter put all keys of a signal, with one routing key and one list of backends.
type recording struct {
	set        string
	backends   []string
	signal     string
	routingKey string
	attributes []string
	digits     string // of each key, the number of its backend in backends
}

func (r recording) String() string {
	return fmt.Sprintf("%s/%s/%s", r.signal, r.routingKey, r.set)
}

// check compares the place of a key, or of a request's part, with what was recorded.
func (r recording) check(t *testing.T, key int, got string) {
	t.Helper()
	if want := r.backends[r.digits[key]-'0']; got != want {
		t.Fatalf("key %d is placed at %s, the release put it at %s", key, got, want)
	}
}

// recordings reads what e2e/placements wrote.
func recordings(t *testing.T, release string) []recording {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", release+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	sets := map[string][]string{}
	var all []recording
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		switch fields[0] {
		case "#":
		case "set":
			sets[fields[1]] = fields[2:]
		case "placed":
			routingKey, attributes, _ := strings.Cut(fields[3], ":")
			r := recording{set: fields[1], backends: sets[fields[1]], signal: fields[2], routingKey: routingKey}
			if attributes != "" {
				r.attributes = strings.Split(attributes, ",")
			}
			all = append(all, r)
		default:
			all[len(all)-1].digits += fields[0]
		}
	}
	for _, r := range all {
		if len(r.digits) != recordedKeys {
			t.Fatalf("%s: %v has %d keys", release, r, len(r.digits))
		}
	}
	return all
}

// TestRecordings: each release has all that has to be compared: every signal with trace IDs and services, over every
// list of backends, each of which got something.
func TestRecordings(t *testing.T) {
	for release := range releases() {
		found := map[string]bool{}
		for _, r := range recordings(t, release) {
			found[r.String()] = true
			for i, backend := range r.backends {
				if !strings.Contains(r.digits, fmt.Sprint(i)) {
					t.Errorf("%s: %v: nothing is at %s", release, r, backend)
				}
			}
		}
		for _, set := range []string{"three", "joined", "left", "ports", "bare"} {
			for _, kind := range []string{"traces/traceID", "traces/service", "logs/traceID", "metrics/service"} {
				if !found[kind+"/"+set] {
					t.Errorf("%s: there is no %s/%s", release, kind, set)
				}
			}
		}
	}
}

// TestRingsAsRecorded: the rings place the keys that the releases make, written out here, where the releases put them.
func TestRingsAsRecorded(t *testing.T) {
	for release, hashing := range releases() {
		for _, r := range recordings(t, release) {
			makeKey := r.makeKey(release)
			if makeKey == nil {
				continue // a hash, or what stands for one
			}
			t.Run(release+"/"+r.String(), func(t *testing.T) {
				t.Parallel()
				table := newTable(t, hashing, r.backends)
				for key := range recordedKeys {
					r.check(t, key, table.Backends()[table.Place([]byte(makeKey(key)))])
				}
			})
		}
	}
}

// makeKey returns what makes the routing key that a release makes of a key's record, if that can be written out.
func (r recording) makeKey(release string) func(key int) string {
	newest := release == "v0.158"
	attributes := newest || release == "v0.152" // service of spans is an attribute like others
	traceID := func(key int) string { id := recordedTrace(key); return string(id[:]) }
	service := func(key int) string { return fmt.Sprintf("service-%d", key) }
	switch kind := r.signal + " " + r.routingKey; {
	case kind == "logs traceID" && newest:
		return func(key int) string { return fmt.Sprintf("%x", recordedTrace(key)) }
	case kind == "traces traceID", r.signal == "logs" && !newest:
		return traceID
	case kind == "traces service" && attributes:
		return func(key int) string { return "service.name=" + service(key) + "|" }
	case r.routingKey == "service":
		return service
	case kind == "metrics metric":
		return func(key int) string { return fmt.Sprintf("metric-%d", key) }
	case slices.Equal(r.attributes, []string{"tenant", "span.name"}):
		return func(key int) string { return fmt.Sprintf("tenant=tenant-%d|span.name=operation|", key) }
	case slices.Equal(r.attributes, []string{"tenant", "log.body"}):
		return func(key int) string { return fmt.Sprintf("tenant=tenant-%d|log.body=event|", key) }
	case slices.Equal(r.attributes, []string{"tenant", "shard"}):
		return func(key int) string { return fmt.Sprintf("tenant=tenant-%d|shard=shard-%d|", key, key) }
	default:
		return nil
	}
}

// recordedTrace is the trace ID of a key.
func recordedTrace(key int) [16]byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "trace %d", key))
	return [16]byte(sum[:16])
}
