package component

import "github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"

// remoteWrite holds the arguments of prometheus.remote_write, as far as a bridge out of otelcol needs them.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/prometheus.remote_write/
type remoteWrite struct {
	arguments.Block
	ExternalLabels arguments.Arg         `river:"external_labels" type:"map(string)"`
	Endpoints      []remoteWriteEndpoint `river:"endpoint,block" key:"-"`
	WAL            *arguments.Opaque     `river:"wal,block" lost:"the queue of the collector's exporter is in memory; what it holds is lost at a crash"`
}

// remoteWriteEndpoint is the endpoint block. Its keys are those of the collector's prometheus_remote_write exporter.
type remoteWriteEndpoint struct {
	arguments.Block
	URL                  arguments.Arg       `river:"url,required" type:"string" key:"endpoint"`
	Name                 arguments.Arg       `river:"name" type:"string" key:"-"`
	RemoteTimeout        arguments.Arg       `river:"remote_timeout" type:"duration" default:"30s" collector:"5s" key:"timeout"`
	Headers              arguments.Arg       `river:"headers" type:"map(secret)"`
	ProxyURL             arguments.Arg       `river:"proxy_url" type:"string"`
	SendExemplars        arguments.Arg       `river:"send_exemplars" type:"bool" lost:"the collector always sends exemplars"`
	SendNativeHistograms arguments.Arg       `river:"send_native_histograms" type:"bool" lost:"the collector always sends exponential histograms as native ones"`
	EnableHTTP2          arguments.Arg       `river:"enable_http2" type:"bool" key:"force_attempt_http2"`
	FollowRedirects      arguments.Arg       `river:"follow_redirects" type:"bool" lost:"the collector follows redirects"`
	ProtobufMessage      arguments.Arg       `river:"protobuf_message" type:"string" in:"alloy" key:"protobuf_message"`
	QueueConfig          *arguments.Opaque   `river:"queue_config,block" lost:"the collector's queue works differently; see remote_write_queue and retry_on_failure of its exporter"`
	MetadataConfig       remoteWriteMetadata `river:"metadata_config,block" key:"."`
	WriteRelabelConfigs  []arguments.Opaque  `river:"write_relabel_config,block" key:"-"`
	Auth                 sinkAuth            `river:",squash"`
}

// remoteWriteMetadata is the metadata_config block.
type remoteWriteMetadata struct {
	arguments.Block
	Send              arguments.Arg `river:"send" type:"bool" default:"true" key:"send_metadata" collector:"false"`
	SendInterval      arguments.Arg `river:"send_interval" type:"duration" lost:"the collector sends metadata with the samples"`
	MaxSamplesPerSend arguments.Arg `river:"max_samples_per_send" type:"int" lost:"the collector sends metadata with the samples"`
}

func init() {
	registerSink[remoteWrite]("prometheus.remote_write")
}
