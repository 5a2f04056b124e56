package component

import "github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"

// queue is the block sending_queue, or queue in load balancing: requests that wait to be sent.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.loadbalancing/#queue-block
type queue struct {
	arguments.Block
	Enabled         arguments.Arg `river:"enabled" type:"bool" default:"true"`
	NumConsumers    arguments.Arg `river:"num_consumers" type:"int" default:"10"`
	QueueSize       arguments.Arg `river:"queue_size" type:"int" default:"1000" was:"flow@0.40=5000"`
	BlockOnOverflow arguments.Arg `river:"block_on_overflow" type:"bool" default:"false" in:"alloy"`
	Sizer           arguments.Arg `river:"sizer" type:"string" default:"requests" in:"alloy" oneof:"requests items bytes"`
	WaitForResult   arguments.Arg `river:"wait_for_result" type:"bool" default:"false" in:"alloy"`
	Storage         arguments.Arg `river:"storage" type:"storage" in:"alloy"`
	Batch           *queueBatch   `river:"batch,block" in:"alloy"`
}

// queueBatch is the batch block inside a queue. Without it nothing is batched. Its sizer is always written: without one
// the collector takes over the queue's, if that is set (Config.Unmarshal in exporterhelper/internal/queuebatch
// v0.158.0).
type queueBatch struct {
	arguments.Block
	FlushTimeout arguments.Arg `river:"flush_timeout" type:"duration" default:"200ms"`
	MinSize      arguments.Arg `river:"min_size" type:"int" default:"2000" was:"alloy@1.12=8192" collector:"8192"`
	MaxSize      arguments.Arg `river:"max_size" type:"int" default:"3000" was:"alloy@1.12=0" collector:"0"`
	Sizer        arguments.Arg `river:"sizer" type:"string" default:"items" collector:"" oneof:"items bytes"`
}

// retry is the block retry_on_failure, or retry in load balancing, of an exporter that retries by default.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.exporter.loadbalancing/#retry-block
type retry struct {
	arguments.Block
	Enabled             arguments.Arg `river:"enabled" type:"bool" default:"true"`
	InitialInterval     arguments.Arg `river:"initial_interval" type:"duration" default:"5s"`
	RandomizationFactor arguments.Arg `river:"randomization_factor" type:"float" default:"0.5"`
	Multiplier          arguments.Arg `river:"multiplier" type:"float" default:"1.5"`
	MaxInterval         arguments.Arg `river:"max_interval" type:"duration" default:"30s"`
	MaxElapsedTime      arguments.Arg `river:"max_elapsed_time" type:"duration" default:"5m"`
}
