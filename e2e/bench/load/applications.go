package load

import (
	"math/rand/v2"
	"time"
)

const (
	// A request is what an agent on one machine sends: spans of the services there.
	machines          = 25
	servicesOfMachine = 8
	// halfTrace is how many records of a trace are in one request.
	halfTrace = 5
	// One trace of so many has an error, and one is slow.
	traceWithFault = 10
)

// began is when the first trace begins.
var began = time.Unix(1_700_000_000, 0)

// applications make traces.
type applications struct {
	random *rand.Rand
	traces int // so far
	pairs  int
}

// trace is what the records of a trace share.
type trace struct {
	id     [16]byte
	start  time.Time
	failed bool
	slow   bool
}

// record is what a span or a log record is made of.
type record struct {
	trace    *trace
	span     [8]byte
	parent   [8]byte // zero for the first span of a trace
	service  int
	position int           // in the trace
	start    time.Duration // after that of the trace
	lasts    time.Duration
	random   uint64 // for what differs from record to record, such as identifiers
}

// pair makes so many traces, and deals the records of each out to two requests from two machines.
func (a *applications) pair(traces int) (one, other []record) {
	for range traces {
		t := a.trace()
		one = append(one, a.half(t, 0)...)
		other = append(other, a.half(t, 1)...)
	}
	a.pairs++
	return one, other
}

func (a *applications) trace() *trace {
	t := &trace{
		start:  began.Add(time.Duration(a.traces) * time.Millisecond),
		failed: a.traces%traceWithFault == 0,
		slow:   a.traces%traceWithFault == traceWithFault/2,
	}
	a.fill(t.id[:])
	a.traces++
	return t
}

// half makes the records of a trace that one machine has: of two services, each called by the one before.
func (a *applications) half(t *trace, half int) []record {
	machine := (2*a.pairs + half) % machines
	first := a.random.IntN(servicesOfMachine)
	records := make([]record, halfTrace)
	for i := range records {
		r := &records[i]
		r.trace, r.position, r.random = t, half*halfTrace+i, a.random.Uint64()
		r.service = machine*servicesOfMachine + (first+i/3)%servicesOfMachine
		r.start = time.Duration(r.position) * 3 * time.Millisecond
		r.lasts = time.Millisecond + time.Duration(a.random.Int64N(int64(300*time.Millisecond)))
		a.fill(r.span[:])
		if r.position > 0 {
			a.fill(r.parent[:])
		}
		if t.slow && r.position == 0 {
			r.lasts = 2 * time.Second
		}
	}
	return records
}

func (a *applications) fill(id []byte) {
	for i := range id {
		id[i] = byte(a.random.Uint32())
	}
}
