package balancer

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componentstatus"
	"go.opentelemetry.io/collector/config/configgrpc"
	"go.opentelemetry.io/collector/config/confighttp"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/experimental"

	"github.com/otelcol-river/otelcol-river/internal/buffers"
)

// A door lets requests in from outside. The collector opens and closes the exporter's by itself.
type door interface {
	open(ctx context.Context, host component.Host, lanes []*lane) error
	// close lets nobody in any more, and waits for who is in until the context ends.
	close(ctx context.Context)
}

// doorsOf are the servers that a configuration asks for.
func doorsOf(config *ReceiverConfig, telemetry component.TelemetrySettings) []door {
	var doors []door
	if server := config.Protocols.GRPC.Get(); server != nil {
		doors = append(doors, &grpcDoor{config: server, telemetry: telemetry})
	}
	if server := config.Protocols.HTTP.Get(); server != nil {
		doors = append(doors, &httpDoor{config: server, telemetry: telemetry})
	}
	return doors
}

// A grpcDoor is the gRPC server.
type grpcDoor struct {
	config    *configgrpc.ServerConfig
	telemetry component.TelemetrySettings
	server    *grpc.Server
	serving   sync.WaitGroup
}

func (d *grpcDoor) open(ctx context.Context, host component.Host, lanes []*lane) error {
	server, err := d.config.ToServer(ctx, host.GetExtensions(), d.telemetry,
		configgrpc.WithGrpcServerOption(grpc.ForceServerCodecV2(bytesCodec{})),
		configgrpc.WithGrpcServerOption(experimental.BufferPool(buffers.Shared)))
	if err != nil {
		return err
	}
	for _, l := range lanes {
		server.RegisterService(serviceOf(l.signal), l)
	}
	listener, err := d.config.NetAddr.Listen(ctx)
	if err != nil {
		return err
	}
	d.server = server
	d.telemetry.Logger.Info("takes OTLP over gRPC", zap.Stringer("endpoint", listener.Addr()))
	d.serving.Go(func() { reportEnd(host, server.Serve(listener)) })
	return nil
}

func (d *grpcDoor) close(ctx context.Context) {
	if d.server == nil {
		return
	}
	impatient := context.AfterFunc(ctx, func() {
		d.telemetry.Logger.Warn("cuts off gRPC calls that do not end")
		d.server.Stop()
	})
	d.server.GracefulStop()
	impatient()
	d.serving.Wait()
}

// An httpDoor is the HTTP server.
type httpDoor struct {
	config    *otlpreceiver.HTTPConfig
	telemetry component.TelemetrySettings
	server    *http.Server
	serving   sync.WaitGroup
}

func (d *httpDoor) open(ctx context.Context, host component.Host, lanes []*lane) error {
	paths := http.NewServeMux()
	for _, l := range lanes {
		paths.Handle(pathOf(d.config, l.signal), httpHandler{signal: l.signal, to: l})
	}
	server, err := d.config.ServerConfig.ToServer(ctx, host.GetExtensions(), d.telemetry, paths,
		confighttp.WithErrorHandler(refuse))
	if err != nil {
		return err
	}
	listener, err := d.config.ServerConfig.ToListener(ctx)
	if err != nil {
		return err
	}
	d.server = server
	d.telemetry.Logger.Info("takes OTLP over HTTP", zap.Stringer("endpoint", listener.Addr()))
	d.serving.Go(func() { reportEnd(host, server.Serve(listener)) })
	return nil
}

func (d *httpDoor) close(ctx context.Context) {
	if d.server == nil {
		return
	}
	if err := d.server.Shutdown(ctx); err != nil {
		d.telemetry.Logger.Warn("cuts off HTTP requests that do not end", zap.Error(err))
		_ = d.server.Close() // of connections that are given up
	}
	d.serving.Wait()
}

// closingDoors are doors that let nobody in any more, but some out.
type closingDoors struct {
	cutOff context.CancelFunc
	closed chan struct{}
}

func beginClosing(ctx context.Context, doors []door) *closingDoors {
	ctx, cutOff := context.WithCancel(ctx)
	c := &closingDoors{cutOff: cutOff, closed: make(chan struct{})}
	var closing sync.WaitGroup
	for _, d := range doors {
		closing.Go(func() { d.close(ctx) })
	}
	go func() {
		closing.Wait()
		close(c.closed)
	}()
	return c
}

// unfinished is how long a request may take whose sender has not sent all of it when the collector stops, or does not
// read its answer.
const unfinished = 5 * time.Second

// finish waits until all are out, and no longer than that.
func (c *closingDoors) finish() {
	patience := time.NewTimer(unfinished)
	defer patience.Stop()
	select {
	case <-c.closed:
	case <-patience.C:
	}
	c.cutOff()
	<-c.closed
}

// reportEnd tells the collector of a server that ended without having been told to.
func reportEnd(host component.Host, err error) {
	if err == nil || errors.Is(err, grpc.ErrServerStopped) || errors.Is(err, http.ErrServerClosed) {
		return
	}
	componentstatus.ReportStatus(host, componentstatus.NewFatalErrorEvent(err))
}
