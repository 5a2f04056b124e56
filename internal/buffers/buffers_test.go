package buffers

import (
	"testing"

	"google.golang.org/grpc/mem"
)

var _ mem.BufferPool = Shared

// TestPool: a buffer has the length that was asked for, and one that is given back has its full size again.
func TestPool(t *testing.T) {
	p := New()
	for _, length := range []int{0, 1, 1023, 1024, 1025, 1<<24 - 1, 1 << 24, 1<<24 + 1} {
		for range 2 {
			buffer := p.Get(length)
			if len(*buffer) != length || length <= 1<<largest && cap(*buffer) >= 2*max(length, 1<<smallest) {
				t.Errorf("%d: length %d, capacity %d", length, len(*buffer), cap(*buffer))
			}
			*buffer = (*buffer)[:length/2]
			p.Put(buffer)
		}
	}
	foreign := make([]byte, 3000)
	p.Put(&foreign) // of no size of this pool
	if got := cap(*p.Get(2000)); got != 2048 {
		t.Errorf("a foreign buffer came back: capacity %d", got)
	}
}
