package component

import (
	"slices"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// kafkaExporter holds the arguments of otelcol.exporter.kafka. Its encoding, or the blocks that it has, decide which
// signals Alloy exports with it.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.exporter.kafka/
type kafkaExporter struct {
	arguments.Block
	ProtocolVersion        arguments.Arg    `river:"protocol_version,required" type:"string"`
	Brokers                arguments.Arg    `river:"brokers" type:"list(string)" default:"localhost:9092"`
	ResolveCanonical       arguments.Arg    `river:"resolve_canonical_bootstrap_servers_only" type:"bool" default:"false" lost:"the collector's client has no such lookup; name the brokers as their certificates do"`
	ClientID               arguments.Arg    `river:"client_id" type:"string" default:"otel-collector" was:"alloy@1.11=sarama" collector:"otel-collector"`
	Topic                  arguments.Arg    `river:"topic" type:"string" key:"-"`
	TopicFromAttribute     arguments.Arg    `river:"topic_from_attribute" type:"string"`
	Encoding               arguments.Arg    `river:"encoding" type:"string" key:"-"`
	PartitionTracesByID    arguments.Arg    `river:"partition_traces_by_id" type:"bool" default:"false"`
	PartitionMetrics       arguments.Arg    `river:"partition_metrics_by_resource_attributes" type:"bool" default:"false"`
	PartitionLogs          arguments.Arg    `river:"partition_logs_by_resource_attributes" type:"bool" default:"false"`
	PartitionLogsByTraceID arguments.Arg    `river:"partition_logs_by_trace_id" type:"bool" default:"false"`
	Timeout                arguments.Arg    `river:"timeout" type:"duration" default:"5s"`
	ConnIdleTimeout        arguments.Arg    `river:"conn_idle_timeout" type:"duration" default:"9m"`
	IncludeMetadataKeys    arguments.Arg    `river:"include_metadata_keys" type:"list(string)"`
	Traces                 *kafkaSignal     `river:"traces,block"`
	Metrics                *kafkaSignal     `river:"metrics,block"`
	Logs                   *kafkaSignal     `river:"logs,block"`
	Authentication         kafkaAuth        `river:"authentication,block" key:"auth"`
	TLS                    *tlsClient       `river:"tls,block"`
	Metadata               kafkaMetadata    `river:"metadata,block"`
	Producer               kafkaProducer    `river:"producer,block"`
	RecordPartitioner      kafkaPartitioner `river:"record_partitioner,block"`
	RetryOnFailure         retry            `river:"retry_on_failure,block"`
	SendingQueue           queue            `river:"sending_queue,block"`
	DebugMetrics           debugMetrics     `river:"debug_metrics,block"`
}

// kafkaSignal is the traces, metrics or logs block: how a signal is sent.
type kafkaSignal struct {
	arguments.Block
	Topic                     arguments.Arg `river:"topic" type:"string"`
	TopicFromMetadataKey      arguments.Arg `river:"topic_from_metadata_key" type:"string"`
	Encoding                  arguments.Arg `river:"encoding" type:"string"`
	MessageKeyFromMetadataKey arguments.Arg `river:"message_key_from_metadata_key" type:"string"`
}

// kafkaProducer is the producer block. Up to Alloy 1.14 a flush took any number of messages. The collector wants a
// number, and the largest that it takes means the same.
type kafkaProducer struct {
	arguments.Block
	MaxMessageBytes        arguments.Arg    `river:"max_message_bytes" type:"int" default:"1000000"`
	MaxBrokerWriteBytes    arguments.Arg    `river:"max_broker_write_bytes" type:"int" default:"104857600"`
	RequiredAcks           arguments.Arg    `river:"required_acks" type:"int" default:"1"`
	Compression            arguments.Arg    `river:"compression" type:"string" default:"none" oneof:"none gzip snappy lz4 zstd"`
	FlushMaxMessages       arguments.Arg    `river:"flush_max_messages" type:"int" default:"10000" was:"alloy@1.14=2147483647"`
	AllowAutoTopicCreation arguments.Arg    `river:"allow_auto_topic_creation" type:"bool" default:"true"`
	Linger                 arguments.Arg    `river:"linger" type:"duration" default:"10ms"`
	CompressionParams      kafkaCompression `river:"compression_params,block"`
}

// kafkaCompression is the compression_params block.
type kafkaCompression struct {
	arguments.Block
	Level arguments.Arg `river:"level" type:"int" default:"0"`
}

// kafkaPartitioner is the record_partitioner block. Two of its choices are switches in River, and empty sections in the
// collector.
type kafkaPartitioner struct {
	arguments.Block
	RoundRobin  arguments.Arg   `river:"round_robin" type:"bool" default:"false" key:"-"`
	LeastBackup arguments.Arg   `river:"least_backup" type:"bool" default:"false" key:"-"`
	StickyKey   *kafkaStickyKey `river:"sticky_key,block"`
}

// kafkaStickyKey is the sticky_key block. A section of its own has no default in the collector (Unmarshal of
// RecordPartitionerConfig in kafkaexporter v0.158.0).
type kafkaStickyKey struct {
	arguments.Block
	Hasher arguments.Arg `river:"hasher" type:"string" default:"sarama_compat" collector:"" oneof:"sarama_compat murmur2"`
}

func init() {
	register(Component{
		Name:    "otelcol.exporter.kafka",
		Section: otelcfg.Exporters,
		Type:    "kafka",
		In:      dialect.Alloy,
		Signals: Signals,
		signals: kafkaExportedSignals,
		Outside: true,
		Doc:     "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.exporter.kafka/",
	}, convertKafkaExporter)
}

// kafkaEncodings lists the encodings by which Alloy chooses signals. Any other one chooses none.
var kafkaEncodings = map[string][]Signal{
	"raw":          {Logs},
	"jaeger_proto": {Traces},
	"jaeger_json":  {Traces},
	"zipkin_proto": {Traces},
	"zipkin_json":  {Traces},
	"otlp_proto":   Signals,
	"otlp_json":    Signals,
}

// kafkaExportedSignals returns the signals that Alloy exports by the encoding and the blocks of an instance.
func kafkaExportedSignals(args any, inst *Instance, _ dialect.Dialect, diags *diag.List) (signals []Signal) {
	k := args.(*kafkaExporter)
	if k.Encoding.Value.Symbolic() {
		diags.Warnf(k.Encoding.Value.Range, diag.ChangedBehavior,
			"write blocks traces, metrics and logs for the signals that it exports, with the encoding in them",
			"which signals are exported depends on the variable in Alloy; all are in the collector")
		return Signals
	}
	blocks := k.blocks()
	for _, s := range Signals {
		if slices.Contains(kafkaEncodings[k.Encoding.Text()], s) || blocks[s] != nil {
			signals = append(signals, s)
		}
	}
	if len(signals) == 0 {
		diags.Warnf(inst.Range, diag.DocsDiffer, "add traces {}, metrics {} or logs {} for what it should export",
			"Alloy exports nothing here, whatever its documentation says about defaults, and it was left out")
	}
	return signals
}

// blocks returns the blocks of signals, nil where there is none.
func (k *kafkaExporter) blocks() map[Signal]*kafkaSignal {
	return map[Signal]*kafkaSignal{Traces: k.Traces, Metrics: k.Metrics, Logs: k.Logs}
}

func convertKafkaExporter(c *Conversion, args *kafkaExporter) []Part {
	blocks := args.blocks()
	for _, s := range Signals {
		if b := blocks[s]; b != nil {
			dropEmpty(&b.Topic, &b.TopicFromMetadataKey, &b.Encoding, &b.MessageKeyFromMetadataKey)
		}
	}
	dropEmpty(&args.Topic, &args.Encoding)
	body := c.Encode(args)
	shared := false
	for _, s := range c.Wired {
		if blocks[s] != nil {
			continue // then the older arguments do not count, even if the block is empty
		}
		shared = true
		if args.Topic.Set {
			body.Set(string(s)+".topic", arguments.TextOf(args.Topic), args.Topic.Value.Range, args.Topic.Comment)
		}
		if e := args.Encoding; e.Set {
			body.Set(string(s)+".encoding", arguments.TextOf(e), e.Value.Range, e.Comment)
		}
	}
	if !shared {
		warnOfNotShared(c, args.Topic, args.Encoding)
	}
	choosePartitioner(c, body, &args.RecordPartitioner)
	encodeKafkaTLS(c, body, &args.Authentication, args.TLS)
	replaceMSKMechanism(c, body, &args.Authentication)
	return c.only(body)
}

// choosePartitioner writes the switches of a partitioner as sections.
func choosePartitioner(c *Conversion, body *otelcfg.Map, p *kafkaPartitioner) {
	for _, choice := range []struct {
		key string
		on  arguments.Arg
	}{{"round_robin", p.RoundRobin}, {"least_backup", p.LeastBackup}} {
		switch {
		case choice.on.Value.Symbolic():
			c.Diags.Errorf(choice.on.Value.Range, diag.InvalidValue, "write true or false",
				"%s cannot be left to a variable: the collector has a section for it, which is there or not", choice.key)
		case choice.on.Value.Bool:
			body.Set("record_partitioner."+choice.key, &otelcfg.Map{}, choice.on.Value.Range, choice.on.Comment)
		}
	}
}
