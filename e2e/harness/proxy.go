package harness

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Proxy is an HTTP proxy that serves CONNECT only, and remembers what it was asked for.
type Proxy struct {
	addr   string
	answer func(Tunnel) int
	server *http.Server
	served sync.WaitGroup

	mu      sync.Mutex
	tunnels []Tunnel
	open    []net.Conn
}

// Tunnel is what a CONNECT asked for.
type Tunnel struct {
	Target        string // host and port, as the client wrote them
	Authorization string // the header Proxy-Authorization
}

// StartProxy serves at an address. The answer to each CONNECT is a status; with http.StatusOK there is a tunnel.
func StartProxy(addr string, answer func(Tunnel) int) (*Proxy, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot start the proxy: %w", err)
	}
	p := &Proxy{addr: listener.Addr().String(), answer: answer}
	p.server = &http.Server{Handler: p, ReadHeaderTimeout: time.Minute}
	p.served.Go(func() {
		// It ends with Stop; one that ends earlier shows as requests that never arrive.
		_ = p.server.Serve(listener)
	})
	return p, nil
}

// Addr is the address at which it serves.
func (p *Proxy) Addr() string { return p.addr }

// Tunnels are all that was asked for so far.
func (p *Proxy) Tunnels() []Tunnel {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.tunnels)
}

// Stop closes the listener and every tunnel, and returns when nothing serves any more.
func (p *Proxy) Stop() error {
	err := p.server.Close()
	p.mu.Lock()
	for _, conn := range p.open {
		_ = conn.Close() // its other end may have closed it
	}
	p.mu.Unlock()
	p.served.Wait()
	return err
}

// ServeHTTP answers one request.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodConnect {
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	asked := Tunnel{Target: r.Host, Authorization: r.Header.Get("Proxy-Authorization")}
	p.mu.Lock()
	p.tunnels = append(p.tunnels, asked)
	p.mu.Unlock()
	if status := p.answer(asked); status != http.StatusOK {
		w.WriteHeader(status)
		return
	}
	if err := p.tunnel(r.Context(), w, asked.Target); err != nil {
		w.WriteHeader(http.StatusBadGateway)
	}
}

// tunnel connects whoever asked with the target. An error means that nothing was answered yet.
func (p *Proxy) tunnel(ctx context.Context, w http.ResponseWriter, target string) error {
	there, err := (&net.Dialer{}).DialContext(ctx, "tcp", target)
	if err != nil {
		return err
	}
	here, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return errors.Join(err, there.Close())
	}
	p.mu.Lock()
	p.open = append(p.open, here, there)
	p.mu.Unlock()
	// Whoever is gone sees no tunnel.
	_, _ = io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n")
	for _, way := range [][2]net.Conn{{here, there}, {there, here}} {
		p.served.Go(func() {
			_, _ = io.Copy(way[0], way[1])
			_, _ = way[0].Close(), way[1].Close()
		})
	}
	return nil
}
