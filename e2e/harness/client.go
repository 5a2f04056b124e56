package harness

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"go.opentelemetry.io/collector/pdata/plog/plogotlp"
	"go.opentelemetry.io/collector/pdata/pmetric/pmetricotlp"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// errRefused marks a request that the server did not take but may take later. Nothing else is sent again: a request
// that failed in another way may have been taken, and to repeat it would make the very duplicates that we look for.
var errRefused = errors.New("refused for now")

// Client sends OTLP to one receiver.
type Client interface {
	SendTraces(ctx context.Context, req ptraceotlp.ExportRequest) error
	SendLogs(ctx context.Context, req plogotlp.ExportRequest) error
	SendMetrics(ctx context.Context, req pmetricotlp.ExportRequest) error
	Close() error
}

// NewGRPCClient sends OTLP over gRPC to a loopback address, without TLS.
func NewGRPCClient(addr string) (Client, error) { return Credentials{}.GRPCClient(addr) }

// NewHTTPClient sends OTLP over HTTP, as binary protobuf, to a loopback address, without TLS.
func NewHTTPClient(addr string) (Client, error) { return Credentials{}.HTTPClient(addr) }

// Credentials are what a client shows of itself.
type Credentials struct {
	Authorization string      // the header, or "" for none
	TLS           *tls.Config // nil: without TLS
	Form          Form
}

// GRPCClient is NewGRPCClient with credentials.
func (c Credentials) GRPCClient(addr string) (Client, error) {
	if err := onlyLoopback(addr); err != nil {
		return nil, err
	}
	transport := insecure.NewCredentials()
	if c.TLS != nil {
		transport = credentials.NewTLS(c.TLS)
	}
	var calls []grpc.CallOption
	if c.Form.Gzip {
		calls = append(calls, grpc.UseCompressor(gzip.Name))
	}
	soon := backoff.DefaultConfig
	soon.BaseDelay, soon.MaxDelay = interval, 10*interval
	conn, err := grpc.NewClient("passthrough:///"+addr,
		grpc.WithTransportCredentials(transport),
		grpc.WithUnaryInterceptor(c.authorize),
		grpc.WithDefaultCallOptions(calls...),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: soon, MinConnectTimeout: time.Second}))
	if err != nil {
		return nil, fmt.Errorf("cannot make a gRPC client for %s: %w", addr, err)
	}
	return grpcClient{
		conn, ptraceotlp.NewGRPCClient(conn), plogotlp.NewGRPCClient(conn), pmetricotlp.NewGRPCClient(conn),
	}, nil
}

// authorize adds the header to a call.
func (c Credentials) authorize(
	ctx context.Context, method string, req, reply any, conn *grpc.ClientConn, call grpc.UnaryInvoker,
	options ...grpc.CallOption,
) error {
	if c.Authorization != "" {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", c.Authorization)
	}
	return call(ctx, method, req, reply, conn, options...)
}

// HTTPClient is NewHTTPClient with credentials.
func (c Credentials) HTTPClient(addr string) (Client, error) {
	if err := onlyLoopback(addr); err != nil {
		return nil, err
	}
	scheme := "http"
	if c.TLS != nil {
		scheme = "https"
	}
	transport := &http.Transport{MaxIdleConnsPerHost: workers, TLSClientConfig: c.TLS}
	return httpClient{scheme + "://" + addr, c.Authorization, c.Form, &http.Client{Transport: transport}}, nil
}

// onlyLoopback keeps a load on this machine, whatever a test hands over.
func onlyLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("a load goes to loopback addresses only, not to %q", addr)
	}
	return nil
}

type grpcClient struct {
	conn    *grpc.ClientConn
	traces  ptraceotlp.GRPCClient
	logs    plogotlp.GRPCClient
	metrics pmetricotlp.GRPCClient
}

func (c grpcClient) SendTraces(ctx context.Context, req ptraceotlp.ExportRequest) error {
	resp, err := c.traces.Export(ctx, req)
	if err != nil {
		return refusal(err)
	}
	return rejection(resp.PartialSuccess().RejectedSpans(), resp.PartialSuccess().ErrorMessage())
}

func (c grpcClient) SendLogs(ctx context.Context, req plogotlp.ExportRequest) error {
	resp, err := c.logs.Export(ctx, req)
	if err != nil {
		return refusal(err)
	}
	return rejection(resp.PartialSuccess().RejectedLogRecords(), resp.PartialSuccess().ErrorMessage())
}

func (c grpcClient) SendMetrics(ctx context.Context, req pmetricotlp.ExportRequest) error {
	resp, err := c.metrics.Export(ctx, req)
	if err != nil {
		return refusal(err)
	}
	return rejection(resp.PartialSuccess().RejectedDataPoints(), resp.PartialSuccess().ErrorMessage())
}

func (c grpcClient) Close() error { return c.conn.Close() }

// refusal marks the errors with which a receiver says that it has not taken the request and may take it later.
func refusal(err error) error {
	switch status.Code(err) {
	case codes.Unavailable, codes.ResourceExhausted:
		return fmt.Errorf("%w: %w", errRefused, err)
	default:
		return err
	}
}

func rejection(records int64, message string) error {
	if records != 0 || message != "" {
		return fmt.Errorf("the receiver rejected %d records: %q", records, message)
	}
	return nil
}

type httpClient struct {
	url           string
	authorization string
	form          Form
	client        *http.Client
}

func (c httpClient) SendTraces(ctx context.Context, req ptraceotlp.ExportRequest) error {
	resp := ptraceotlp.NewExportResponse()
	if err := c.post(ctx, "/v1/traces", req, resp); err != nil {
		return err
	}
	return rejection(resp.PartialSuccess().RejectedSpans(), resp.PartialSuccess().ErrorMessage())
}

func (c httpClient) SendLogs(ctx context.Context, req plogotlp.ExportRequest) error {
	resp := plogotlp.NewExportResponse()
	if err := c.post(ctx, "/v1/logs", req, resp); err != nil {
		return err
	}
	return rejection(resp.PartialSuccess().RejectedLogRecords(), resp.PartialSuccess().ErrorMessage())
}

func (c httpClient) SendMetrics(ctx context.Context, req pmetricotlp.ExportRequest) error {
	resp := pmetricotlp.NewExportResponse()
	if err := c.post(ctx, "/v1/metrics", req, resp); err != nil {
		return err
	}
	return rejection(resp.PartialSuccess().RejectedDataPoints(), resp.PartialSuccess().ErrorMessage())
}

func (c httpClient) post(ctx context.Context, path string, message request, reply response) error {
	body, err := c.form.encode(message)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	c.form.describe(req.Header)
	if c.authorization != "" {
		req.Header.Set("Authorization", c.authorization)
	}
	resp, err := c.client.Do(req)
	if errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	if err != nil {
		return err
	}
	answer, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return fmt.Errorf("cannot read the answer to %s: %w", path, err)
	}
	switch resp.StatusCode {
	case http.StatusOK:
		return c.form.decode(answer, reply)
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return fmt.Errorf("%w: %s: %s", errRefused, path, resp.Status)
	default:
		return fmt.Errorf("%s was answered with %s: %q", path, resp.Status, answer)
	}
}

func (c httpClient) Close() error {
	c.client.CloseIdleConnections()
	return nil
}
