// Package profile adds to a converted configuration what River never had and the collector offers.
package profile

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// Resilient is the profile that keeps what a load balancer has acknowledged.
const Resilient = "resilient"

// Names lists the profiles.
func Names() []string { return []string{Resilient} }

// Check returns an error if there is no such profile. The empty name is none, and allowed.
func Check(name string) error {
	if name != "" && !slices.Contains(Names(), name) {
		return fmt.Errorf("%q is no profile: use %s", name, strings.Join(Names(), " or "))
	}
	return nil
}

// Types of the collector that the profile looks for or adds.
const (
	loadBalancing = "load_balancing"
	otlpBalancer  = "otlp_balancer"
	memoryLimiter = "memory_limiter"
	healthCheck   = "health_check"
)

// setting is a key of a load balancer and what the profile sets it to.
type setting struct {
	key     string
	value   otelcfg.Node
	comment string
}

// settings make the queue in front of the backends the only place that holds data, and hold it on disk. That queue
// hands over each span by itself: one that fails is tried again alone, at the backend that is right by then, and
// nothing that another backend has taken is sent again. The queues of the backends join spans to requests again, and
// answer when the backend has.
func settings(storage *otelcfg.ID) []setting {
	return []setting{
		{"sending_queue.enabled", otelcfg.Bool(true), "Holds on disk what was acknowledged, until a backend has it."},
		{"sending_queue.storage", storage, ""},
		{"sending_queue.queue_size", otelcfg.Int(10000), ""},
		{"sending_queue.num_consumers", otelcfg.Int(1000), "So many spans are under way at once."},
		{"sending_queue.batch.sizer", otelcfg.Literal("items"), ""},
		{"sending_queue.batch.min_size", otelcfg.Int(0), ""},
		{"sending_queue.batch.max_size", otelcfg.Int(1), "A span that fails is sent again alone."},
		{"sending_queue.batch.flush_timeout", otelcfg.Literal("100ms"), ""},
		// The exporter's own 5s would end an attempt before the backend's queue has answered.
		{"timeout", otelcfg.Literal("5m"), "protocol.otlp.timeout ends an attempt."},
		{"retry_on_failure.enabled", otelcfg.Bool(true), "To the backend that is right by then."},
		{"retry_on_failure.initial_interval", otelcfg.Literal("1s"), ""},
		{"retry_on_failure.randomization_factor", otelcfg.Float(0.5), ""},
		{"retry_on_failure.multiplier", otelcfg.Float(1.5), ""},
		{"retry_on_failure.max_interval", otelcfg.Literal("10s"), ""},
		{"retry_on_failure.max_elapsed_time", otelcfg.Literal("0s"), "Never gives up."},
		{"protocol.otlp.sending_queue.enabled", otelcfg.Bool(true), "Joins spans to requests, holds nothing back."},
		{"protocol.otlp.sending_queue.wait_for_result", otelcfg.Bool(true), ""},
		{"protocol.otlp.sending_queue.sizer", otelcfg.Literal("items"), ""},
		{"protocol.otlp.sending_queue.queue_size", otelcfg.Int(10000), ""},
		{"protocol.otlp.sending_queue.num_consumers", otelcfg.Int(4), ""},
		{"protocol.otlp.sending_queue.batch.min_size", otelcfg.Int(200), ""},
		{"protocol.otlp.sending_queue.batch.max_size", otelcfg.Int(1000), ""},
		{"protocol.otlp.sending_queue.batch.flush_timeout", otelcfg.Literal("50ms"), ""},
		{"protocol.otlp.retry_on_failure.enabled", otelcfg.Bool(false), ""},
	}
}

// balancerSettings put the one queue of otlp_balancer on disk. It tries again, elsewhere if need be, and sends nothing
// again that was answered, without being told.
func balancerSettings(storage *otelcfg.ID) []setting {
	return []setting{
		{"sending_queue.enabled", otelcfg.Bool(true), "Holds on disk what was acknowledged, until a backend has it."},
		{"sending_queue.storage", storage, ""},
		{"retry_on_failure.max_elapsed_time", otelcfg.Literal("0s"), "Never gives up."},
	}
}

// Balances reports whether a configuration has a load balancer, to which a profile would add something.
func Balances(config *otelcfg.Config) bool {
	return slices.ContainsFunc(config.Components, isBalancer)
}

func isBalancer(c otelcfg.Component) bool {
	return c.ID.Type == loadBalancing || c.ID.Type == otlpBalancer
}

// MakeResilient changes all load balancers of a configuration. Where River says otherwise, a warning names the place.
func MakeResilient(config *otelcfg.Config, diags *diag.List) {
	storage := &otelcfg.ID{Type: "file_storage", Name: "queue"}
	for _, c := range config.Components {
		if !isBalancer(c) {
			continue
		}
		wanted := settings(storage)
		if c.ID.Type == otlpBalancer {
			wanted = balancerSettings(storage)
		}
		for _, s := range wanted {
			if given, at := c.Body.Find(s.key); given != nil && !at.IsZero() && !reflect.DeepEqual(given, s.value) {
				diags.Warnf(at, diag.ChangedBehavior, "remove it, or convert without the profile",
					"the profile %s sets %s itself", Resilient, last(s.key))
			}
			c.Body.Set(s.key, s.value, diag.Range{}, s.comment)
		}
	}
	addExtensions(config, storage)
	addMemoryLimiter(config)
	config.UniqueNames()
}

func last(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// addExtensions adds the storage, and a health check unless there is one.
func addExtensions(config *otelcfg.Config, storage *otelcfg.ID) {
	if !slices.ContainsFunc(config.Components, func(c otelcfg.Component) bool { return c.ID.Type == healthCheck }) {
		add(config, otelcfg.Extensions, &otelcfg.ID{Type: healthCheck}, "", setting{
			"endpoint", otelcfg.Literal("localhost:13133"), ""})
	}
	directory := otelcfg.Text{Pieces: []otelcfg.Piece{{URI: "env:OTELCOL_RIVER_QUEUE:-/var/lib/otelcol-river/queue"}}}
	add(config, otelcfg.Extensions, storage, "",
		setting{"directory", directory, ""}, setting{"create_directory", otelcfg.Bool(true), ""})
}

// addMemoryLimiter puts a memory limiter behind the receivers of every pipeline that has none. A receiver otlp_balancer
// hands no data to its pipeline: the bytes of its queue are limited instead.
func addMemoryLimiter(config *otelcfg.Config) {
	id := &otelcfg.ID{Type: memoryLimiter, Name: Resilient}
	received := map[*otelcfg.ID]bool{}
	for _, c := range config.Components {
		received[c.ID] = c.Section == otelcfg.Receivers && c.ID.Type != otlpBalancer
	}
	used := false
	for i, p := range config.Pipelines {
		limited := slices.ContainsFunc(p.Processors, func(id *otelcfg.ID) bool { return id.Type == memoryLimiter })
		if limited || !slices.ContainsFunc(p.Receivers, func(id *otelcfg.ID) bool { return received[id] }) {
			continue
		}
		config.Pipelines[i].Processors = append([]*otelcfg.ID{id}, p.Processors...)
		used = true
	}
	if used {
		add(config, otelcfg.Processors, id, "Refuses data before the collector runs out of memory.",
			setting{"check_interval", otelcfg.Literal("1s"), ""},
			setting{"limit_percentage", otelcfg.Int(80), ""},
			setting{"spike_limit_percentage", otelcfg.Int(20), ""})
	}
}

// add puts a component in front of the others: an extension or a processor that no block of River stands for.
func add(config *otelcfg.Config, section otelcfg.Section, id *otelcfg.ID, comment string, settings ...setting) {
	body := &otelcfg.Map{}
	for _, s := range settings {
		body.Put(s.key, s.value, diag.Range{}, "")
	}
	config.Components = append([]otelcfg.Component{{Section: section, ID: id, Body: body, Comment: comment}},
		config.Components...)
}
