package nameserver

import (
	"net/netip"
	"testing"

	"github.com/miekg/dns"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

const name = "backends.example.com"

// TestServer asks as any resolver does, over UDP and TCP.
func TestServer(t *testing.T) {
	v4, v6 := netip.MustParseAddr("127.0.0.7"), netip.MustParseAddr("::1")
	many := make([]netip.Addr, 100)
	for i := range many {
		many[i] = netip.AddrFrom4([4]byte{127, 0, 0, byte(i + 1)})
	}
	for _, c := range []struct {
		about     string
		answer    Answer
		network   string
		kind      uint16
		code      int
		records   int
		truncated bool
	}{
		{"the other family", Answer{Addresses: []netip.Addr{v6}}, "udp", dns.TypeA, dns.RcodeSuccess, 0, false},
		{"IPv4", Answer{Addresses: []netip.Addr{v4, v6}}, "udp", dns.TypeA, dns.RcodeSuccess, 1, false},
		{"IPv6", Answer{Addresses: []netip.Addr{v4, v6}}, "tcp", dns.TypeAAAA, dns.RcodeSuccess, 1, false},
		{"failure", Answer{Failure: dns.RcodeRefused}, "udp", dns.TypeA, dns.RcodeRefused, 0, false},
		{"truncated", Answer{Addresses: many[:1], Truncated: true}, "udp", dns.TypeA, dns.RcodeSuccess, 0, true},
		{"truncated over TCP", Answer{Addresses: many[:1], Truncated: true}, "tcp", dns.TypeA, dns.RcodeSuccess, 1, false},
		// A name of 20 bytes, compressed: 12 for the header, 26 for the question, 16 for each record.
		{"many", Answer{Addresses: many}, "udp", dns.TypeA, dns.RcodeSuccess, 29, true},
		{"many over TCP", Answer{Addresses: many}, "tcp", dns.TypeA, dns.RcodeSuccess, 100, false},
	} {
		t.Run(c.about, func(t *testing.T) {
			server := start(t)
			server.Set(name, c.answer)
			reply := ask(t, server, c.network, name, c.kind)
			if reply.Rcode != c.code || len(reply.Answer) != c.records || reply.Truncated != c.truncated {
				t.Errorf("code %s, %d records, truncated: %v; want %s, %d, %v", dns.RcodeToString[reply.Rcode],
					len(reply.Answer), reply.Truncated, dns.RcodeToString[c.code], c.records, c.truncated)
			}
		})
	}
}

// TestUnknownName: what was never set does not exist, and is counted all the same.
func TestUnknownName(t *testing.T) {
	server := start(t)
	if reply := ask(t, server, "udp", name, dns.TypeA); reply.Rcode != dns.RcodeNameError {
		t.Errorf("code %s", dns.RcodeToString[reply.Rcode])
	}
	if n := server.Asked(name); n != 1 {
		t.Errorf("asked %d times", n)
	}
}

// TestStopEndsWhatIsHeldBack: a server that holds an answer back can be stopped, and then says nothing.
func TestStopEndsWhatIsHeldBack(t *testing.T) {
	server, err := Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server.Set(name, Answer{After: make(chan struct{})})
	replied := make(chan error)
	go func() {
		_, _, err := (&dns.Client{Net: "tcp"}).Exchange(new(dns.Msg).SetQuestion(dns.Fqdn(name), dns.TypeA), server.Addr())
		replied <- err
	}()
	err = harness.Until(t.Context(), "the question", func() (bool, string) { return server.Asked(name) > 0, "none" })
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(); err != nil {
		t.Error(err)
	}
	if err := <-replied; err == nil {
		t.Error("there was an answer")
	}
}

func start(t *testing.T) *Server {
	t.Helper()
	server, err := Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return server
}

func ask(t *testing.T, server *Server, network, name string, kind uint16) *dns.Msg {
	t.Helper()
	req := new(dns.Msg).SetQuestion(dns.Fqdn(name), kind)
	reply, _, err := (&dns.Client{Net: network}).ExchangeContext(t.Context(), req, server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	return reply
}
