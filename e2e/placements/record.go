package placements

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"go.opentelemetry.io/collector/pdata/plog"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/pdata/ptrace"
)

// Exporter is a running exporter of one signal: the other two are nil. Releases have different interfaces for it.
type Exporter struct {
	Traces  func(context.Context, ptrace.Traces) error
	Logs    func(context.Context, plog.Logs) error
	Metrics func(context.Context, pmetric.Metrics) error
	Stop    func(context.Context) error
}

// Start starts the load balancing exporter of a release for a signal.
type Start func(ctx context.Context, signal string, config map[string]any) (Exporter, error)

// perRequest is how many keys a request has. Old releases make a call of each of them.
const perRequest = 500

// Record writes where the exporter of a release puts the keys, case by case, to a file.
func Record(file, release string, start Start, cases []Case) error {
	var out bytes.Buffer
	fmt.Fprintf(&out, "# Where the load balancing exporter %s puts %d keys. Written by `go run .` in e2e/placements/%s.\n",
		release, Keys, release[:strings.LastIndexByte(release, '.')])
	fmt.Fprintln(&out, "# A digit is the number of a key's backend in its set. e2e/placements says what the keys are.")
	for _, set := range Sets() {
		fmt.Fprintf(&out, "set %s %s\n", set.Name, strings.Join(set.Backends, " "))
	}
	for _, set := range Sets() {
		if err := recordSet(&out, set, start, cases); err != nil {
			return fmt.Errorf("%s: %w", set.Name, err)
		}
	}
	return os.WriteFile(file, out.Bytes(), 0o644)
}

func recordSet(out *bytes.Buffer, set Set, start Start, cases []Case) error {
	backends, err := listen(set)
	if err != nil {
		return err
	}
	defer backends.stop()
	for _, c := range cases {
		if !c.recordedWith(set) {
			continue
		}
		backends.reset()
		if err := send(set, c, start); err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
		digits, err := backends.placement()
		if err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
		fmt.Fprintf(out, "placed %s %s\n", set.Name, c)
		for len(digits) > 0 {
			fmt.Fprintf(out, "%s\n", digits[:100])
			digits = digits[100:]
		}
	}
	return nil
}

// send sends all keys through an exporter of their own. They have arrived when it returns: there is no queue.
func send(set Set, c Case, start Start) error {
	ctx := context.Background()
	exporter, err := start(ctx, c.Signal, configuration(set, c))
	if err != nil {
		return err
	}
	for from := 0; from < Keys; from += perRequest {
		to := from + perRequest
		switch c.Signal {
		case Traces:
			err = exporter.Traces(ctx, traces(from, to))
		case Logs:
			err = exporter.Logs(ctx, logs(from, to))
		default:
			err = exporter.Metrics(ctx, metrics(from, to))
		}
		if err != nil {
			break
		}
	}
	return errors.Join(err, exporter.Stop(ctx))
}

func configuration(set Set, c Case) map[string]any {
	hostnames := make([]any, len(set.Backends))
	for i, backend := range set.Backends {
		hostnames[i] = backend
	}
	config := map[string]any{
		"routing_key": c.RoutingKey,
		"resolver":    map[string]any{"static": map[string]any{"hostnames": hostnames}},
		"protocol": map[string]any{"otlp": map[string]any{
			"tls":              map[string]any{"insecure": true},
			"timeout":          "30s",
			"sending_queue":    map[string]any{"enabled": false},
			"retry_on_failure": map[string]any{"enabled": false},
		}},
	}
	if len(c.Attributes) > 0 {
		attributes := make([]any, len(c.Attributes))
		for i, attribute := range c.Attributes {
			attributes[i] = attribute
		}
		config["routing_attributes"] = attributes
	}
	return config
}
