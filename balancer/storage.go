package balancer

import (
	"context"
	"fmt"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/extension/xextension/storage"

	"github.com/otelcol-river/otelcol-river/balancer/internal/otlpwire"
)

// storageClient asks the storage extension for the part of it that one signal of one component has for itself.
func storageClient(
	ctx context.Context, host component.Host, extension component.ID, from origin, signal otlpwire.Signal,
) (storage.Client, error) {
	found, ok := host.GetExtensions()[extension]
	if !ok {
		return nil, fmt.Errorf("sending_queue::storage: there is no extension %q; name it under service::extensions, too",
			extension)
	}
	store, ok := found.(storage.Extension)
	if !ok {
		return nil, fmt.Errorf("sending_queue::storage: extension %q stores nothing; file_storage does", extension)
	}
	client, err := store.GetClient(ctx, from.kind, from.id, signal.String())
	if err != nil {
		return nil, fmt.Errorf("sending_queue::storage: extension %q: %w", extension, err)
	}
	return client, nil
}
