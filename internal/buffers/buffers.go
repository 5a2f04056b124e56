// Package buffers keeps buffers for messages: of a capacity that fits, and not cleared when they are used again. Those
// of gRPC have 1 MiB for whatever is above 32 KiB, and are cleared each time.
package buffers

import (
	"math/bits"
	"sync"
)

// The capacities of buffers are the powers of two between these. What is larger is made anew each time: with the usual
// limit of 4 MiB a message, that is nothing.
const (
	smallest = 10 // 1 KiB
	largest  = 24 // 16 MiB
)

// Shared is the pool of the process.
var Shared = New()

// Pool keeps buffers for the next message; it is a mem.BufferPool of gRPC. What is in them is left over from the last.
type Pool struct {
	bySize [largest + 1]sync.Pool // the exponent of the capacity is the index
}

// New makes a pool that is empty.
func New() *Pool {
	p := &Pool{}
	for exponent := smallest; exponent <= largest; exponent++ {
		p.bySize[exponent].New = func() any {
			buffer := make([]byte, 1<<exponent)
			return &buffer
		}
	}
	return p
}

// Get returns a buffer of some length, with anything in it.
func (p *Pool) Get(length int) *[]byte {
	exponent := max(smallest, bits.Len64(uint64(max(length, 1)-1))) //nolint:gosec // not negative
	if exponent > largest {
		buffer := make([]byte, length)
		return &buffer
	}
	buffer := p.bySize[exponent].Get().(*[]byte)
	*buffer = (*buffer)[:length]
	return buffer
}

// Put takes back a buffer that Get returned; others are left to the garbage collector.
func (p *Pool) Put(buffer *[]byte) {
	capacity := cap(*buffer)
	exponent := bits.Len64(uint64(capacity)) - 1
	if capacity == 0 || capacity != 1<<exponent || exponent < smallest || exponent > largest {
		return
	}
	*buffer = (*buffer)[:capacity]
	p.bySize[exponent].Put(buffer)
}
