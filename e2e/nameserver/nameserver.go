// Package nameserver is a DNS server, over UDP and TCP, whose answers a test changes while it runs.
package nameserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"github.com/miekg/dns"
)

// Answer is what the server says about a name. The zero Answer is that the name exists and has no records.
type Answer struct {
	Addresses []netip.Addr    // those of IPv4 answer questions of type A, those of IPv6 AAAA
	Services  []net.SRV       // these answer questions of type SRV
	Failure   int             // a response code, such as dns.RcodeServerFailure, instead of the addresses
	Truncated bool            // over UDP, no record fits
	OnlyUDP   bool            // a connection over TCP is closed without an answer
	After     <-chan struct{} // nothing is said before this is closed
}

// Server answers for the names that Set has told it about; any other name does not exist.
type Server struct {
	servers  [2]*dns.Server
	served   sync.WaitGroup
	stopping chan struct{}
	stop     func() error

	mu      sync.Mutex
	answers map[question]Answer
	asked   map[question]int
}

// question is a name in its canonical form and a type of record.
type question struct {
	name string
	kind uint16
}

// Start serves at one address over UDP and TCP.
func Start(addr string) (*Server, error) {
	s := &Server{stopping: make(chan struct{}), answers: map[question]Answer{}, asked: map[question]int{}}
	packets, listener, err := listen(addr)
	if err != nil {
		return nil, fmt.Errorf("cannot start the name server: %w", err)
	}
	s.stop = sync.OnceValue(s.shutDown)
	s.servers = [2]*dns.Server{{PacketConn: packets, Handler: s}, {Listener: listener, Handler: s}}
	for _, server := range s.servers {
		started := make(chan struct{})
		server.NotifyStartedFunc = func() { close(started) }
		s.served.Go(func() {
			// It ends with Stop; one that ends earlier shows as questions that nobody answers.
			_ = server.ActivateAndServe()
		})
		<-started // one that has not started cannot be stopped
	}
	return s, nil
}

// listen opens one port for UDP and TCP. If any will do, the one that is free for UDP may be taken for TCP: then
// another one is tried.
func listen(addr string) (net.PacketConn, net.Listener, error) {
	const tries = 20
	var errs []error
	for range tries {
		packets, err := net.ListenPacket("udp", addr)
		if err != nil {
			return nil, nil, err
		}
		listener, err := net.Listen("tcp", packets.LocalAddr().String())
		if err == nil {
			return packets, listener, nil
		}
		errs = append(errs, err, packets.Close())
		if packets.LocalAddr().String() == addr {
			break
		}
	}
	return nil, nil, errors.Join(errs...)
}

// Addr is the address at which it serves.
func (s *Server) Addr() string { return s.servers[0].PacketConn.LocalAddr().String() }

// Stop closes both sockets and returns when nothing serves any more. What is still held back is never said. A second
// Stop does nothing.
func (s *Server) Stop() error { return s.stop() }

func (s *Server) shutDown() error {
	close(s.stopping)
	var errs []error
	for _, server := range s.servers {
		errs = append(errs, server.ShutdownContext(context.Background()))
	}
	s.served.Wait()
	return errors.Join(errs...)
}

// Set changes what is said about a name from now on.
func (s *Server) Set(name string, answer Answer) {
	s.SetType(name, dns.TypeA, answer)
	s.SetType(name, dns.TypeAAAA, answer)
}

// SetType changes what is said about the records of one type, dns.TypeA, dns.TypeAAAA or dns.TypeSRV.
func (s *Server) SetType(name string, kind uint16, answer Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[question{dns.CanonicalName(name), kind}] = answer
}

// Asked is how many questions about the IPv4 addresses of a name have come.
func (s *Server) Asked(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[question{dns.CanonicalName(name), dns.TypeA}]
}

// ServeDNS answers one question.
func (s *Server) ServeDNS(w dns.ResponseWriter, req *dns.Msg) {
	_, overUDP := w.LocalAddr().(*net.UDPAddr)
	reply := new(dns.Msg)
	if len(req.Question) != 1 {
		_ = w.WriteMsg(reply.SetRcodeFormatError(req))
		return
	}
	about := question{dns.CanonicalName(req.Question[0].Name), req.Question[0].Qtype}
	answer, known := s.look(about)
	if answer.After != nil {
		select {
		case <-answer.After:
		case <-s.stopping:
			return
		}
	}
	if answer.OnlyUDP && !overUDP {
		_ = w.Close()
		return
	}
	switch {
	case !known:
		reply.SetRcode(req, dns.RcodeNameError)
	case answer.Failure != 0:
		reply.SetRcode(req, answer.Failure)
	default:
		reply.SetReply(req)
		reply.Answer = append(records(req.Question[0], answer.Addresses), services(req.Question[0], answer.Services)...)
	}
	// Without these, an answer that has no records would look like a server that does not know.
	reply.Authoritative, reply.RecursionAvailable = true, true
	if overUDP {
		fit(reply, req, answer.Truncated)
	}
	// Whoever asked may be gone.
	_ = w.WriteMsg(reply)
}

func (s *Server) look(about question) (answer Answer, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[about]++
	answer, known = s.answers[about]
	return answer, known
}

// records are the addresses of the family that the question is about.
func records(about dns.Question, addresses []netip.Addr) (found []dns.RR) {
	header := headerOf(about)
	for _, address := range addresses {
		switch {
		case about.Qtype == dns.TypeA && address.Is4():
			found = append(found, &dns.A{Hdr: header, A: address.AsSlice()})
		case about.Qtype == dns.TypeAAAA && address.Is6():
			found = append(found, &dns.AAAA{Hdr: header, AAAA: address.AsSlice()})
		}
	}
	return found
}

// services are the hosts of a service, if the question is about one.
func services(about dns.Question, hosts []net.SRV) (found []dns.RR) {
	if about.Qtype != dns.TypeSRV {
		return nil
	}
	for _, host := range hosts {
		found = append(found, &dns.SRV{Hdr: headerOf(about), Priority: host.Priority, Weight: host.Weight,
			Port: host.Port, Target: dns.Fqdn(host.Target)})
	}
	return found
}

func headerOf(about dns.Question) dns.RR_Header {
	return dns.RR_Header{Name: about.Name, Rrtype: about.Qtype, Class: dns.ClassINET, Ttl: 5}
}

// fit leaves as many records as go into one datagram, by default 512 bytes, and marks the reply when some do not.
func fit(reply, req *dns.Msg, nothing bool) {
	size := dns.MinMsgSize
	if option := req.IsEdns0(); option != nil {
		size = int(option.UDPSize())
	}
	reply.Truncate(size)
	if nothing {
		reply.Answer, reply.Truncated = nil, true
	}
}
