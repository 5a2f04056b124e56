package harness

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"
)

// TokenOptions say to whom a token server gives tokens.
type TokenOptions struct {
	TLS      *tls.Config // nil is plain HTTP
	ID       string
	Secret   string
	Lifetime time.Duration   // of a token
	After    <-chan struct{} // nothing is answered before this is closed
}

// TokenServer is a token endpoint of OAuth 2 for clients that act for themselves. Its tokens are numbered: "token-1".
type TokenServer struct {
	TokenOptions
	addr   string
	server *http.Server
	served chan struct{}

	mu       sync.Mutex
	requests []url.Values
	tokens   int
}

// StartTokenServer serves at an address.
func StartTokenServer(addr string, o TokenOptions) (*TokenServer, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot start the token server: %w", err)
	}
	s := &TokenServer{TokenOptions: o, addr: listener.Addr().String(), served: make(chan struct{})}
	if o.TLS != nil {
		listener = tls.NewListener(listener, o.TLS)
	}
	s.server = &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	go func() {
		defer close(s.served)
		// It ends with Stop; one that ends earlier shows as requests without a token.
		_ = s.server.Serve(listener)
	}()
	return s, nil
}

// URL is the token endpoint.
func (s *TokenServer) URL() string {
	if s.TLS != nil {
		return "https://" + s.addr + "/token"
	}
	return "http://" + s.addr + "/token"
}

// Requests are the forms of all requests by the right client so far.
func (s *TokenServer) Requests() []url.Values {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// Stop closes the listener and every connection.
func (s *TokenServer) Stop() error {
	err := s.server.Close()
	<-s.served
	return err
}

// ServeHTTP answers one request.
func (s *TokenServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.After != nil {
		select {
		case <-s.After:
		case <-r.Context().Done():
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	id, secret, _ := r.BasicAuth()
	if err := r.ParseForm(); err != nil || id != s.ID || secret != s.Secret {
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprint(w, `{"error": "invalid_client"}`)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r.PostForm)
	s.tokens++
	fmt.Fprintf(w, `{"access_token": "token-%d", "token_type": "Bearer", "expires_in": %d}`,
		s.tokens, int(s.Lifetime.Seconds()))
}
