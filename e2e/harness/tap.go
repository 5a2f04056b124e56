package harness

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"sync"
)

// tap is a listener that keeps an eye on what clients send over its connections: frames of HTTP/2, or, when these are
// encrypted, the records of TLS around them.
type tap struct {
	net.Listener
	encrypted bool

	mu          sync.Mutex
	connections []*Connection
}

// Accept returns the next connection, which the tap remembers.
func (l *tap) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &Connection{Conn: conn}
	if l.encrypted {
		c.units = tlsRecords(c)
	} else {
		c.units = http2Frames(c)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.connections = append(l.connections, c)
	return c, nil
}

func (l *tap) all() []*Connection {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.connections)
}

// Connection is what a backend saw of one connection, below gRPC.
type Connection struct {
	net.Conn

	mu            sync.Mutex
	units         cutter
	pings, acks   int
	records       []int
	frozen, ended bool
}

// Pings is how many pings the client has sent to see whether the backend is alive, without TLS.
func (c *Connection) Pings() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pings
}

// Answers is how many pings of ours the client has answered, without TLS.
func (c *Connection) Answers() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.acks
}

// Records are the sizes of the records with application data that the client has sent, with TLS.
func (c *Connection) Records() []int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.records)
}

// Ended tells whether the client has closed the connection.
func (c *Connection) Ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ended
}

// Freeze keeps from the backend whatever the client sends from now on, as if the backend had stopped to look.
func (c *Connection) Freeze() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.frozen = true
}

// Ping sends so many pings at once, without TLS. Nothing else may be on its way to the client.
func (c *Connection) Ping(times int) error {
	ping := []byte{2: 8, 3: pingFrame, 16: 0}
	_, err := c.Write(bytes.Repeat(ping, times))
	return err
}

// Read is what the backend reads. What comes in is looked at first.
func (c *Connection) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		if c.look(p[:n], err) {
			return n, err
		}
	}
}

// look takes note of what came in and tells whether the backend may see it.
func (c *Connection) look(data []byte, err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.units.add(data)
	if err != nil && !errors.Is(err, net.ErrClosed) {
		c.ended = true
	}
	return err != nil || !c.frozen
}

// cutter cuts a stream into units that each begin with a header of a fixed length.
type cutter struct {
	skip   int // bytes before the first unit
	header int
	body   func(header []byte) int // the length of what follows the header
	see    func(header, body []byte)
	rest   []byte
}

func (c *cutter) add(data []byte) {
	c.rest = append(c.rest, data...)
	for {
		end := c.skip
		if end == 0 && len(c.rest) >= c.header {
			end = c.header + c.body(c.rest)
		}
		if end == 0 || len(c.rest) < end {
			return
		}
		if c.skip == 0 {
			c.see(c.rest[:c.header], c.rest[c.header:end])
		}
		c.skip, c.rest = 0, c.rest[end:]
	}
}

const (
	pingFrame = 6 // the type of an HTTP/2 frame
	ackFlag   = 1
)

// http2Frames cuts what an HTTP/2 client sends: a preface and frames, whose headers begin with a length of three bytes,
// the type and the flags.
func http2Frames(c *Connection) cutter {
	return cutter{
		skip: len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), header: 9,
		body: func(h []byte) int { return int(h[0])<<16 | int(h[1])<<8 | int(h[2]) },
		see: func(h, body []byte) {
			switch {
			case h[3] != pingFrame:
			case h[4]&ackFlag != 0:
				c.acks++
			case [8]byte(body) == [8]byte{}: // with others, gRPC measures the connection
				c.pings++
			}
		},
	}
}

// tlsRecords cuts what a TLS client sends: records, whose headers are the type, a version and a length of two bytes.
// With TLS 1.3 a client's last words of the handshake are called application data, too.
func tlsRecords(c *Connection) cutter {
	const applicationData = 23
	return cutter{
		header: 5,
		body:   func(h []byte) int { return int(binary.BigEndian.Uint16(h[3:])) },
		see: func(h, _ []byte) {
			if h[0] == applicationData {
				c.records = append(c.records, int(binary.BigEndian.Uint16(h[3:])))
			}
		},
	}
}
