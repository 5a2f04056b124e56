package harness

import (
	"errors"
	"fmt"
	"net"
)

// FreeAddresses are n different loopback addresses on which nothing listens: for programs that need to know each
// other's ports before they start.
func FreeAddresses(n int) (addresses []string, err error) {
	// All are held until the last one is found, or the system might hand out the same port twice.
	for range n {
		listener, listenErr := net.Listen("tcp", "127.0.0.1:0")
		if listenErr != nil {
			return nil, fmt.Errorf("cannot find a free port: %w", listenErr)
		}
		defer func() { err = errors.Join(err, listener.Close()) }()
		addresses = append(addresses, listener.Addr().String())
	}
	return addresses, nil
}
