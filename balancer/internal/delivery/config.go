package delivery

import (
	"errors"
	"fmt"
	"time"

	"go.opentelemetry.io/collector/component"
)

// Config is what users write about queue, retries and calls. All sizes are bytes.
type Config struct {
	Timeout        time.Duration `mapstructure:"timeout"` // of one call to a backend
	SendingQueue   QueueConfig   `mapstructure:"sending_queue"`
	RetryOnFailure RetryConfig   `mapstructure:"retry_on_failure"`
	MaxInFlight    int           `mapstructure:"max_in_flight"` // calls at a time to one backend
	DrainTimeout   time.Duration `mapstructure:"drain_timeout"` // how long a stop goes on sending
}

// QueueConfig is about what is accepted and not answered yet.
type QueueConfig struct {
	Enabled     bool          `mapstructure:"enabled"`      // without it, senders wait for the answers of the backends
	QueueSize   int           `mapstructure:"queue_size"`   // of all that is accepted and not answered
	Storage     *component.ID `mapstructure:"storage"`      // the extension that keeps the queue; nil: memory
	BackendSize int           `mapstructure:"backend_size"` // what one backend may hold before others get its data
	Batch       BatchConfig   `mapstructure:"batch"`
}

// BatchConfig is how shares for one backend are merged into calls.
type BatchConfig struct {
	FlushTimeout time.Duration `mapstructure:"flush_timeout"` // the longest wait for more
	MinSize      int           `mapstructure:"min_size"`      // enough to be sent at once
	MaxSize      int           `mapstructure:"max_size"`      // of a call, unless one share alone is larger
}

// RetryConfig is what is done about backends that do not answer.
type RetryConfig struct {
	InitialInterval time.Duration `mapstructure:"initial_interval"` // the first wait; then twice as long each time
	MaxInterval     time.Duration `mapstructure:"max_interval"`
	FailoverAfter   time.Duration `mapstructure:"failover_after"`   // without an answer, until others get its data
	MaxElapsedTime  time.Duration `mapstructure:"max_elapsed_time"` // until data is given up; 0: never
}

// DefaultConfig is what holds for whatever users do not write.
func DefaultConfig() Config {
	return Config{
		Timeout: 5 * time.Second,
		SendingQueue: QueueConfig{
			Enabled:     true,
			QueueSize:   64 << 20,
			BackendSize: 16 << 20,
			Batch:       BatchConfig{FlushTimeout: 5 * time.Millisecond, MinSize: 32 << 10, MaxSize: 2 << 20},
		},
		RetryOnFailure: RetryConfig{
			InitialInterval: 500 * time.Millisecond,
			MaxInterval:     5 * time.Second,
			FailoverAfter:   10 * time.Second,
		},
		MaxInFlight:  4,
		DrainTimeout: 30 * time.Second,
	}
}

// Validate says all that is wrong with the configuration, with the paths of the keys.
func (c Config) Validate() error {
	q, r := c.SendingQueue, c.RetryOnFailure
	return errors.Join(
		positive("timeout", c.Timeout),
		positive("sending_queue::queue_size", q.QueueSize),
		positive("sending_queue::backend_size", q.BackendSize),
		notNegative("sending_queue::batch::flush_timeout", q.Batch.FlushTimeout),
		notNegative("sending_queue::batch::min_size", q.Batch.MinSize),
		positive("sending_queue::batch::max_size", q.Batch.MaxSize),
		atLeast("sending_queue::batch::max_size", q.Batch.MaxSize, "min_size", q.Batch.MinSize),
		q.storable(),
		positive("retry_on_failure::initial_interval", r.InitialInterval),
		atLeast("retry_on_failure::max_interval", r.MaxInterval, "initial_interval", r.InitialInterval),
		notNegative("retry_on_failure::failover_after", r.FailoverAfter),
		notNegative("retry_on_failure::max_elapsed_time", r.MaxElapsedTime),
		positive("max_in_flight", c.MaxInFlight),
		notNegative("drain_timeout", c.DrainTimeout),
	)
}

func (q QueueConfig) storable() error {
	if q.Storage != nil && !q.Enabled {
		return fmt.Errorf("sending_queue::storage: there is no queue to keep on %q: set sending_queue::enabled, "+
			"or leave storage out", q.Storage)
	}
	return nil
}

func positive[T int | time.Duration](path string, value T) error {
	if value <= 0 {
		return fmt.Errorf("%s: %v is not greater than 0", path, value)
	}
	return nil
}

func notNegative[T int | time.Duration](path string, value T) error {
	if value < 0 {
		return fmt.Errorf("%s: %v is less than 0", path, value)
	}
	return nil
}

func atLeast[T int | time.Duration](path string, value T, other string, least T) error {
	if value < least {
		return fmt.Errorf("%s: %v is less than %s, which is %v", path, value, other, least)
	}
	return nil
}
