package balancer

import (
	"testing"

	"google.golang.org/grpc/mem"
)

// countingPool counts what comes back to it.
type countingPool int

func (*countingPool) Get(length int) *[]byte {
	buffer := make([]byte, length)
	return &buffer
}

func (p *countingPool) Put(*[]byte) { *p++ }

// TestOutgoing: a request is used again when both its owner and gRPC have freed it.
func TestOutgoing(t *testing.T) {
	var pool countingPool
	request := mem.NewBuffer(pool.Get(2<<10), &pool)
	message, err := bytesCodec{}.Marshal(outgoing{request})
	if err != nil {
		t.Fatal(err)
	}
	if request.Free(); pool != 0 {
		t.Error("gRPC still reads the request")
	}
	if message.Free(); pool != 1 {
		t.Errorf("the request came back %d times", pool)
	}
}
