package balancer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/storage/filestorage"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/extension/xextension/storage"
	"go.opentelemetry.io/collector/pdata/ptrace/ptraceotlp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var storageID = component.MustNewIDWithName("file_storage", "queue")

// A shelf notes who asks for a place on a storage, and who gives it back.
type shelf struct {
	storage.Extension

	mu    sync.Mutex
	notes []string
}

type place struct {
	storage.Client
	closed func()
}

func (s *shelf) note(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notes = append(s.notes, text)
}

func (s *shelf) GetClient(
	ctx context.Context, kind component.Kind, id component.ID, name string,
) (storage.Client, error) {
	client, err := s.Extension.GetClient(ctx, kind, id, name)
	asked := strings.Join([]string{kind.String(), id.String(), name}, " ")
	s.note("opened " + asked)
	return place{client, func() { s.note("closed " + asked) }}, err
}

func (p place) Close(ctx context.Context) error {
	p.closed()
	return p.Client.Close(ctx)
}

func fileStorage(t *testing.T, directory string) *shelf {
	t.Helper()
	factory := filestorage.NewFactory()
	config := factory.CreateDefaultConfig().(*filestorage.Config)
	config.Directory = directory
	made, err := factory.Create(t.Context(), extension.Settings{
		ID: storageID, TelemetrySettings: componenttest.NewNopTelemetrySettings(),
	}, config)
	if err != nil {
		t.Fatal(err)
	}
	return &shelf{Extension: made.(storage.Extension)}
}

// TestStorage: what was accepted while no backend took it is there after the next start.
func TestStorage(t *testing.T) {
	directory := t.TempDir()
	sinks := startSinks(t, 2)
	for _, s := range sinks {
		s.refuseWith(status.Error(codes.Unavailable, "not now"))
	}
	config := func() *ReceiverConfig {
		c := receiverConfig(sinks...)
		c.Config.Delivery.SendingQueue.Enabled = true
		c.Config.Delivery.SendingQueue.Storage = &storageID
		c.Config.Delivery.DrainTimeout = 50 * time.Millisecond
		return c
	}
	shelf := fileStorage(t, directory)
	first := startReceiver(t, config(), host{storageID: shelf})
	if _, err := ptraceotlp.NewGRPCClient(first.grpc).Export(t.Context(),
		ptraceotlp.NewExportRequestFromTraces(someTraces(100))); err != nil {
		t.Fatal(err)
	}
	first.stop(t)
	slices.Sort(shelf.notes)
	if diff := cmp.Diff([]string{
		"closed Receiver otlp_balancer logs", "closed Receiver otlp_balancer metrics",
		"closed Receiver otlp_balancer traces", "opened Receiver otlp_balancer logs",
		"opened Receiver otlp_balancer metrics", "opened Receiver otlp_balancer traces",
	}, shelf.notes); diff != "" {
		t.Errorf("the storage was used in another way (-want +got):\n%s", diff)
	}

	for _, s := range sinks {
		s.refuseWith(nil)
	}
	startReceiver(t, config(), host{storageID: fileStorage(t, directory)})
	until(t, "what was stored", func() bool {
		spans, _, _ := total(sinks)
		return spans >= 200
	})
	eachTraceTogether(t, sinks, 100)
}

// failing is a storage that is not there.
type failing struct {
	component.StartFunc
	component.ShutdownFunc
}

func (failing) GetClient(context.Context, component.Kind, component.ID, string) (storage.Client, error) {
	return nil, errors.New("the disk is gone")
}

func TestStorageMistakes(t *testing.T) {
	for _, c := range []struct {
		name string
		host host
		want string
	}{
		{"missing", host{}, `there is no extension "file_storage/queue"; name it under service::extensions, too`},
		{"another extension", host{storageID: authenticator{}}, `extension "file_storage/queue" stores nothing`},
		{"broken", host{storageID: failing{}}, `extension "file_storage/queue": the disk is gone`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := storageClient(t.Context(), c.host, storageID, origin{}, 0)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
