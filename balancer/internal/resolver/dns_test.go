package resolver

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"
	"go.uber.org/zap"

	"github.com/otelcol-river/otelcol-river/e2e/nameserver"
)

// unhurried ends its lookups itself. One that is given up would go on in package net until it gets an answer.
type unhurried struct{ *net.Resolver }

func (u unhurried) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	return u.Resolver.LookupIPAddr(context.WithoutCancel(ctx), host)
}

// asking is a resolver whose questions all go to one name server.
func asking(address string) unhurried {
	return unhurried{&net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, network, address)
	}}}
}

// TestDNSAddresses follows the addresses that a real name server tells.
func TestDNSAddresses(t *testing.T) {
	server, err := nameserver.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	}()
	answer := func(addresses ...string) {
		var parsed []netip.Addr
		for _, address := range addresses {
			parsed = append(parsed, netip.MustParseAddr(address))
		}
		server.Set("sampler.test.", nameserver.Answer{Addresses: parsed})
	}
	answer("10.0.0.2", "10.0.0.1", "fd00::1")
	config := DNS{Hostname: "sampler.test.", Port: "4317", Interval: time.Millisecond, Timeout: time.Minute}
	got := newTold()
	r := newDNS(config, asking(server.Addr()), zap.NewNop(), got.list())
	start(t, r)
	got.wants(t, []string{"10.0.0.1:4317", "10.0.0.2:4317", "[fd00::1]:4317"})
	answer("10.0.0.3")
	for backends := range got { // one answer may be of A as it is now, and of AAAA as it was
		if len(backends) == 1 && backends[0] == "10.0.0.3:4317" {
			break
		}
	}
	shutdown(t, r)
}

// TestDNSService asks a real name server for a service.
func TestDNSService(t *testing.T) {
	records := []dns.RR{}
	for _, text := range []string{
		"_otlp._tcp.sampler.test. 5 IN SRV 10 5 4317 Sampler-0.test.",
		"_otlp._tcp.sampler.test. 5 IN SRV 10 90 4318 sampler-1.test.",
		"_otlp._tcp.sampler.test. 5 IN SRV 20 5 4317 spare.test.",
	} {
		record, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, record)
	}
	got := newTold()
	r := newDNS(DNS{Hostname: "_otlp._tcp.sampler.test.", Timeout: time.Minute}, asking(serve(t, records)),
		zap.NewNop(), got.list())
	start(t, r)
	shutdown(t, r)
	got.wants(t, []string{"sampler-0.test:4317", "sampler-1.test:4318"})
}

// serve answers each question with the same records.
func serve(t *testing.T, records []dns.RR) (address string) {
	t.Helper()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	started, ended := make(chan struct{}), make(chan error, 1)
	server := &dns.Server{
		PacketConn:        packets,
		NotifyStartedFunc: func() { close(started) },
		Handler: dns.HandlerFunc(func(w dns.ResponseWriter, request *dns.Msg) {
			reply := new(dns.Msg).SetReply(request)
			reply.Answer = records
			_ = w.WriteMsg(reply) // whoever asked may be gone
		}),
	}
	go func() { ended <- server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() {
		if err := errors.Join(server.Shutdown(), <-ended); err != nil {
			t.Error(err)
		}
	})
	return packets.LocalAddr().String()
}

func TestOfService(t *testing.T) {
	got := newTold()
	to := got.list()
	to.tell(ofService(nil))
	to.tell(ofService([]*net.SRV{{Target: "."}}))
	got.wants(t)
}

func TestOfHost(t *testing.T) {
	got := newTold()
	to := got.list()
	addresses := []net.IPAddr{
		{IP: net.ParseIP("10.0.0.1")}, {IP: net.ParseIP("fd00::1")}, {IP: net.ParseIP("fe80::1"), Zone: "eth0"},
	}
	to.tell(ofHost(addresses, ""))
	to.tell(ofHost(addresses, "4317"))
	got.wants(t, []string{"10.0.0.1", "[fd00::1]", "[fe80::1%eth0]"},
		[]string{"10.0.0.1:4317", "[fd00::1]:4317", "[fe80::1%eth0]:4317"})
}

// scripted answers as the test says at the time.
type scripted struct {
	net.Resolver
	answer atomic.Pointer[func(ctx context.Context) ([]net.IPAddr, error)]
}

func (s *scripted) LookupIPAddr(ctx context.Context, _ string) ([]net.IPAddr, error) {
	return (*s.answer.Load())(ctx)
}

func (s *scripted) finds(addresses ...string) {
	var found []net.IPAddr
	for _, address := range addresses {
		found = append(found, net.IPAddr{IP: net.ParseIP(address)})
	}
	s.does(func(context.Context) ([]net.IPAddr, error) { return found, nil })
}

func (s *scripted) fails(err error) {
	s.does(func(context.Context) ([]net.IPAddr, error) { return nil, err })
}

// hangs answers nothing before the time is up.
func (s *scripted) hangs() {
	s.does(func(ctx context.Context) ([]net.IPAddr, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	})
}

func (s *scripted) does(answer func(ctx context.Context) ([]net.IPAddr, error)) {
	s.answer.Store(&answer)
}

// passes lets time go by in a bubble of synctest, where nobody waits for it, and then all that it has caused be done.
func passes(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

const (
	logLost  = "Cannot look the backends up, the last list stays"
	logFound = "The backends can be looked up again"
)

// TestDNSKeepsTheLastList looks up every five seconds, and logs when that begins to fail and when it works again.
func TestDNSKeepsTheLastList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var names scripted
		names.finds("10.0.0.1")
		got := newTold()
		logger, logs := observed()
		r := newDNS(DNS{Hostname: "sampler"}, &names, logger, got.list())
		start(t, r)
		got.wants(t, []string{"10.0.0.1"})
		names.fails(errors.New("server misbehaving"))
		passes(4999 * time.Millisecond)
		wantsLog(t, logs)
		passes(time.Millisecond)
		wantsLog(t, logs, logLost)
		names.finds()
		passes(20 * time.Second)
		names.hangs()
		passes(20 * time.Second)
		wantsLog(t, logs)
		got.wants(t)
		names.finds("10.0.0.2", "10.0.0.1")
		passes(5 * time.Second)
		wantsLog(t, logs, logFound)
		got.wants(t, []string{"10.0.0.1", "10.0.0.2"})
		passes(time.Minute)
		wantsLog(t, logs)
		got.wants(t)
		shutdown(t, r)
	})
}

// TestDNSStartsWithoutAnswer waits for the first lookup no longer than for others.
func TestDNSStartsWithoutAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var names scripted
		names.hangs()
		got := newTold()
		logger, logs := observed()
		r := newDNS(DNS{Hostname: "sampler", Port: "4317"}, &names, logger, got.list())
		began := time.Now()
		start(t, r)
		if took := time.Since(began); took != time.Second {
			t.Errorf("Start took %s", took)
		}
		wantsLog(t, logs, logLost)
		names.finds("10.0.0.1")
		passes(5 * time.Second)
		wantsLog(t, logs, logFound)
		got.wants(t, []string{"10.0.0.1:4317"})
		shutdown(t, r)
	})
}

// TestDNSStopsALookup ends while a lookup hangs, at once and without a word.
func TestDNSStopsALookup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var names scripted
		names.finds("10.0.0.1")
		got := newTold()
		logger, logs := observed()
		r := newDNS(DNS{Hostname: "sampler", Timeout: time.Hour}, &names, logger, got.list())
		start(t, r)
		names.hangs()
		passes(10 * time.Second)
		began := time.Now()
		shutdown(t, r)
		if took := time.Since(began); took != 0 {
			t.Errorf("Shutdown took %s", took)
		}
		wantsLog(t, logs)
		got.wants(t, []string{"10.0.0.1"})
	})
}
