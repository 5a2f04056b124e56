package otlpwire

import (
	"bytes"
	"fmt"
	"sync"
)

// Splitter takes requests apart by the routing key of what they hold.
type Splitter struct {
	signal   Signal
	perTrace bool // the first span of a trace in a scope decides for all of its spans there
	cuts     sync.Pool
}

// NewSplitter makes a splitter. It fails for keys that the signal does not have.
func NewSplitter(signal Signal, keys Keys) (*Splitter, error) {
	makeKeyer, err := keys.keyer(signal)
	if err != nil {
		return nil, err
	}
	s := &Splitter{signal: signal, perTrace: signal == Traces && keys.byAttributes(signal)}
	s.cuts.New = func() any {
		return &cut{
			signal: signal, perTrace: s.perTrace, keyer: makeKeyer(),
			assembly: assembly{slots: map[int]int{}}, traces: map[[16]byte]int{},
		}
	}
	return s, nil
}

// Split takes a request apart. It gives each piece to the target that place names for its routing key, and returns a
// part for each target, in the order in which the targets appear first. Concatenated, the parts hold what the request
// does.
//
// A piece is what has a routing key of its own: a resource with all that belongs to it, if its attributes settle the
// key; else a scope, a metric, or a single span, log record or data point, as far down as it needs. Pieces stay in
// their order. What is not a piece is in every part that has a piece below it, byte for byte: resources, scopes, what
// names and describes a metric, schema URLs, fields that OTLP does not know. So all parts together are at most as
// large as the pieces and, for each target, the messages that hold them. A message without anything in it (a scope
// without spans, a metric without points) is a piece as well, of no records, with the key of a record that has
// nothing set. A request without any resource has no parts.
//
// place is called once for pieces of the same key that follow each other, and may be called again for others of that
// key; the key is valid only during the call.
//
// Split fails if it meets what is not protobuf, or not OTLP, on its way to the keys: it does not look into what it
// needs not read, so that a request it takes can still be one that a backend refuses. It fails with TooLarge, before it
// makes them, if the parts have more than most bytes together, unless that is 0: what every part repeats may be large,
// and targets many. The request is neither changed nor referred to.
func (s *Splitter) Split(request []byte, most int, place func(key []byte) int) ([]Part, error) {
	c := s.cuts.Get().(*cut)
	defer s.release(c)
	c.request, c.place = request, place
	if err := c.divide(); err != nil {
		return nil, err
	}
	size, records := c.total()
	if len(c.parts) == 1 {
		size = len(request)
	}
	if most > 0 && size > most {
		return nil, &TooLarge{Size: size, Records: records}
	}
	parts := make([]Part, len(c.parts))
	for i := range c.parts {
		p := &c.parts[i]
		parts[i] = Part{Target: p.target, Records: p.records}
		if len(parts) == 1 {
			parts[i].Body = bytes.Clone(request)
		} else {
			parts[i].Body = c.write(p, request)
		}
	}
	return parts, nil
}

// TooLarge says that the parts of a request would have so many bytes together.
type TooLarge struct{ Size, Records int }

func (t *TooLarge) Error() string { return fmt.Sprintf("its parts have %d bytes", t.Size) }

// What a splitter keeps between requests is bounded: no memory of requests larger than OTLP receivers take by
// default, and no more steps and headers than such requests need that are not made to need many.
const (
	keptRequest = 4 << 20
	keptSteps   = 1 << 16
)

// release keeps the memory of a cut for the next request, unless this one took far more than requests do.
func (s *Splitter) release(c *cut) {
	held := cap(c.headers) + cap(c.containers) + c.mostTraces
	for _, p := range c.parts[:cap(c.parts)] {
		held += cap(p.steps)
	}
	if len(c.request) <= keptRequest && held <= keptSteps {
		c.forget()
		s.cuts.Put(c)
	}
}
