package harness

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/durationpb"
)

// servedVar tells a program that StartBackendProcess has started it, and what to serve: addresses of OTLP and of its
// control, and the file to write to.
const servedVar = "OTELCOL_RIVER_E2E_BACKEND"

// Behavior is how a backend answers requests. The zero value takes them.
type Behavior struct {
	Status codes.Code    // other than OK: refuse with it, and take nothing
	Delay  time.Duration // take, and answer so much later
	Reset  bool          // take nothing, and close the connection in the middle of the request
}

// BackendProcess is a backend for spans in a process of its own, which can be killed, frozen and told how to behave. It
// has written down what it acknowledges before it does, so that killing it loses nothing of that.
type BackendProcess struct {
	*Process
	name    string
	control string
	file    string
}

// Arrival is a span that reached a backend, and when.
type Arrival struct {
	Record
	Time time.Time
}

// StartBackendProcess serves OTLP over gRPC at addr in a process of its own, a copy of this program, which has to call
// ServeAsBackend first of all. control is another address for the process. What arrives is added to the file, also to
// what it holds already. It returns when the backend accepts connections.
func StartBackendProcess(ctx context.Context, addr, control, file string) (*BackendProcess, error) {
	served := strings.Join([]string{addr, control, file}, ",")
	p, err := StartCopy("backend "+addr, servedVar+"="+served)
	if err != nil {
		return nil, err
	}
	b := &BackendProcess{Process: p, name: addr, control: control, file: file}
	for _, listens := range []string{addr, control} {
		if err := Until(ctx, b.name+" to listen", func() (bool, string) {
			conn, err := net.Dial("tcp", listens)
			if err != nil {
				return false, err.Error() + p.Log()
			}
			_ = conn.Close()
			return true, ""
		}); err != nil {
			return nil, errors.Join(err, p.Kill())
		}
	}
	return b, nil
}

// Name is the address of the backend.
func (b *BackendProcess) Name() string { return b.name }

// Behave changes how the backend answers from now on.
func (b *BackendProcess) Behave(ctx context.Context, how Behavior) error {
	query := url.Values{
		"status": {strconv.Itoa(int(how.Status))}, "delay": {how.Delay.String()}, "reset": {strconv.FormatBool(how.Reset)},
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+b.control+"/?"+query.Encode(), nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("cannot tell %s how to behave: %w", b.name, err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s does not behave like %+v: %s", b.name, how, response.Status)
	}
	return nil
}

// Arrivals reads what has reached the backend so far, also those before it that wrote to the same file.
func (b *BackendProcess) Arrivals() ([]Arrival, error) {
	file, err := os.Open(b.file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	var all []Arrival
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		line, whole := strings.CutSuffix(lines.Text(), lineEnd)
		if !whole {
			continue // it is being written, or the backend was killed there, and has not acknowledged it
		}
		a, err := parseArrival(line)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", b.file, err)
		}
		all = append(all, a)
	}
	return all, lines.Err()
}

// lineEnd marks a line of an arrival as whole.
const lineEnd = " ."

func parseArrival(line string) (a Arrival, err error) {
	fields := strings.Fields(line)
	if len(fields) != 4 {
		return a, fmt.Errorf("cannot read the line %q", line)
	}
	_, traceErr := hex.Decode(a.Trace[:], []byte(fields[0]))
	_, spanErr := hex.Decode(a.Span[:], []byte(fields[1]))
	nanos, timeErr := strconv.ParseInt(fields[2], 10, 64)
	a.Time, a.Service = time.Unix(0, nanos), fields[3]
	return a, errors.Join(traceErr, spanErr, timeErr)
}

// ServeAsBackend serves until the process is asked to end, if StartBackendProcess has started this program; else it
// returns false at once.
func ServeAsBackend() (bool, error) {
	served, asked := os.LookupEnv(servedVar)
	if !asked {
		return false, nil
	}
	var addr, control, path string
	for i, field := range strings.SplitN(served, ",", 3) {
		*[]*string{&addr, &control, &path}[i] = field
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return true, err
	}
	if _, err := file.WriteString("\n"); err != nil { // behind a line that is not whole
		return true, err
	}
	s := &backendServer{file: file, conns: map[net.Conn]bool{}}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return true, err
	}
	controls, err := net.Listen("tcp", control)
	if err != nil {
		return true, err
	}
	failed := make(chan error, 2)
	go func() { failed <- http.Serve(controls, http.HandlerFunc(s.behave)) }() //nolint:gosec // for one test, on loopback
	server := grpc.NewServer()
	ptraceotlp.RegisterGRPCServer(server, s)
	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	go func() {
		<-ended.Done()
		server.GracefulStop() // answers what it has taken, then Serve ends without an error
	}()
	go func() { failed <- server.Serve(trackingListener{listener, s}) }()
	return true, <-failed
}

// backendServer is the inside of a backend process.
type backendServer struct {
	ptraceotlp.UnimplementedGRPCServer
	file *os.File

	mu    sync.Mutex
	how   Behavior
	conns map[net.Conn]bool
}

func (s *backendServer) behave(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	code, codeErr := strconv.ParseUint(query.Get("status"), 10, 32)
	delay, delayErr := time.ParseDuration(query.Get("delay"))
	reset, resetErr := strconv.ParseBool(query.Get("reset"))
	if err := errors.Join(codeErr, delayErr, resetErr); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.how = Behavior{Status: codes.Code(code), Delay: delay, Reset: reset}
}

// Export answers as it was told to.
func (s *backendServer) Export(ctx context.Context, req ptraceotlp.ExportRequest) (ptraceotlp.ExportResponse, error) {
	s.mu.Lock()
	how := s.how
	s.mu.Unlock()
	switch {
	case how.Reset:
		s.resetConnections()
		return ptraceotlp.NewExportResponse(), status.Error(codes.Unavailable, "the connection is gone")
	case how.Status != codes.OK:
		return ptraceotlp.NewExportResponse(), statusOf(how.Status)
	}
	if _, err := s.file.WriteString(arrivalsOf(req)); err != nil {
		return ptraceotlp.NewExportResponse(), status.Error(codes.Internal, err.Error())
	}
	if how.Delay > 0 {
		select {
		case <-time.After(how.Delay):
		case <-ctx.Done():
		}
	}
	return ptraceotlp.NewExportResponse(), nil
}

// statusOf is an error with this code. Exporters try again after RESOURCE_EXHAUSTED only when it says when.
func statusOf(code codes.Code) error {
	said := status.New(code, "told to refuse")
	if code == codes.ResourceExhausted {
		if more, err := said.WithDetails(&errdetails.RetryInfo{RetryDelay: durationpb.New(time.Second)}); err == nil {
			said = more
		}
	}
	return said.Err()
}

func arrivalsOf(req ptraceotlp.ExportRequest) string {
	var lines strings.Builder
	now := time.Now().UnixNano()
	for _, resource := range req.Traces().ResourceSpans().All() {
		service := serviceName(resource.Resource())
		for _, scope := range resource.ScopeSpans().All() {
			for _, span := range scope.Spans().All() {
				fmt.Fprintf(&lines, "%s %s %d %s%s\n", span.TraceID(), span.SpanID(), now, service, lineEnd)
			}
		}
	}
	return lines.String()
}

// resetConnections closes all connections so that their peers see a reset.
func (s *backendServer) resetConnections() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
		_ = conn.Close()
		delete(s.conns, conn)
	}
}

// trackingListener remembers the connections that it accepts.
type trackingListener struct {
	net.Listener
	server *backendServer
}

func (l trackingListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.server.mu.Lock()
		l.server.conns[conn] = true
		l.server.mu.Unlock()
	}
	return conn, err
}
