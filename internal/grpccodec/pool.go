package grpccodec

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

// pool keeps buffers for the next message. What is in them is left over from the last one.
type pool struct {
	bySize [largest + 1]sync.Pool // the exponent of the capacity is the index
}

func newPool() *pool {
	p := &pool{}
	for exponent := smallest; exponent <= largest; exponent++ {
		p.bySize[exponent].New = func() any {
			buffer := make([]byte, 1<<exponent)
			return &buffer
		}
	}
	return p
}

// Get returns a buffer of some length, with anything in it.
func (p *pool) Get(length int) *[]byte {
	exponent := max(smallest, bits.Len(uint(max(length, 1)-1)))
	if exponent > largest {
		buffer := make([]byte, length)
		return &buffer
	}
	buffer := p.bySize[exponent].Get().(*[]byte)
	*buffer = (*buffer)[:length]
	return buffer
}

// Put takes back a buffer that Get returned.
func (p *pool) Put(buffer *[]byte) {
	capacity := cap(*buffer)
	exponent := bits.Len(uint(capacity)) - 1
	if capacity == 0 || capacity != 1<<exponent || exponent < smallest || exponent > largest {
		return
	}
	*buffer = (*buffer)[:capacity]
	p.bySize[exponent].Put(buffer)
}
