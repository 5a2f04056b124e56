package component

import "github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"

// lokiWrite holds the arguments of loki.write, as far as a bridge out of otelcol needs them.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/loki.write/
type lokiWrite struct {
	arguments.Block
	ExternalLabels arguments.Arg     `river:"external_labels" type:"map(string)" lost:"add them as resource attributes with a processor, and index them in Loki's otlp_config"`
	MaxStreams     arguments.Arg     `river:"max_streams" type:"int" lost:"Loki limits streams per tenant itself"`
	Endpoints      []lokiEndpoint    `river:"endpoint,block" key:"-"`
	WAL            *arguments.Opaque `river:"wal,block" lost:"use a sending queue with file_storage"`
}

// lokiEndpoint is the endpoint block. Its keys are those of the collector's otlp_http exporter.
type lokiEndpoint struct {
	arguments.Block
	URL               arguments.Arg     `river:"url,required" type:"string" key:"-"`
	Name              arguments.Arg     `river:"name" type:"string" key:"-"`
	TenantID          arguments.Arg     `river:"tenant_id" type:"string" key:"-"`
	Headers           arguments.Arg     `river:"headers" type:"map(secret)"`
	RemoteTimeout     arguments.Arg     `river:"remote_timeout" type:"duration" default:"10s" collector:"30s" key:"timeout"`
	ProxyURL          arguments.Arg     `river:"proxy_url" type:"string"`
	BatchWait         arguments.Arg     `river:"batch_wait" type:"duration" lost:"put a batch processor in front of the exporter"`
	BatchSize         arguments.Arg     `river:"batch_size" type:"bytes" lost:"put a batch processor in front of the exporter"`
	MinBackoffPeriod  arguments.Arg     `river:"min_backoff_period" type:"duration" key:"retry_on_failure.initial_interval" default:"500ms" collector:"5s"`
	MaxBackoffPeriod  arguments.Arg     `river:"max_backoff_period" type:"duration" key:"retry_on_failure.max_interval" default:"5m" collector:"30s"`
	MaxBackoffRetries arguments.Arg     `river:"max_backoff_retries" type:"int" lost:"the collector limits retries by time: see retry_on_failure::max_elapsed_time"`
	RetryOnHTTP429    arguments.Arg     `river:"retry_on_http_429" type:"bool" lost:"the collector always retries after a 429"`
	EnableHTTP2       arguments.Arg     `river:"enable_http2" type:"bool" key:"force_attempt_http2"`
	FollowRedirects   arguments.Arg     `river:"follow_redirects" type:"bool" lost:"the collector follows redirects"`
	QueueConfig       *arguments.Opaque `river:"queue_config,block" lost:"see sending_queue of the collector's exporter"`
	Auth              sinkAuth          `river:",squash"`
}

func init() {
	registerSink[lokiWrite]("loki.write")
}
