package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// kafkaReceiver holds the arguments of otelcol.receiver.kafka. Agent Flow, and Alloy before 1.13, read all signals from
// one topic in one encoding, unless Alloy's block of the signal is there. Up to Alloy 1.14 the size of a fetch had no
// limit of its own; 100 MiB are the most that the client of either program reads at once.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.receiver.kafka/
type kafkaReceiver struct {
	arguments.Block
	Brokers                  arguments.Arg         `river:"brokers,required" type:"list(string)"`
	ProtocolVersion          arguments.Arg         `river:"protocol_version,required" type:"string"`
	SessionTimeout           arguments.Arg         `river:"session_timeout" type:"duration" default:"10s" in:"alloy"`
	HeartbeatInterval        arguments.Arg         `river:"heartbeat_interval" type:"duration" default:"3s" in:"alloy"`
	Topic                    arguments.Arg         `river:"topic" type:"string" was:"flow@0.40=otlp_spans; alloy@1.0=otlp_spans" key:"-"`
	Encoding                 arguments.Arg         `river:"encoding" type:"string" key:"-"`
	GroupID                  arguments.Arg         `river:"group_id" type:"string" default:"otel-collector"`
	ClientID                 arguments.Arg         `river:"client_id" type:"string" default:"otel-collector"`
	InitialOffset            arguments.Arg         `river:"initial_offset" type:"string" default:"latest" oneof:"latest earliest"`
	ResolveCanonical         arguments.Arg         `river:"resolve_canonical_bootstrap_servers_only" type:"bool" default:"false" in:"flow@0.41 alloy" lost:"the collector's client has no such lookup; name the brokers as their certificates do"`
	MinFetchSize             arguments.Arg         `river:"min_fetch_size" type:"int" default:"1" in:"alloy"`
	MaxFetchSize             arguments.Arg         `river:"max_fetch_size" type:"int" default:"1048576" was:"alloy@1.14=104857600" in:"alloy"`
	DefaultFetchSize         arguments.Arg         `river:"default_fetch_size" type:"int" default:"1048576" key:"max_partition_fetch_size" in:"alloy@1.5" until:"alloy@1.14"`
	MaxPartitionFetchSize    arguments.Arg         `river:"max_partition_fetch_size" type:"int" default:"1048576" in:"alloy"`
	MaxFetchWait             arguments.Arg         `river:"max_fetch_wait" type:"duration" default:"250ms" in:"alloy"`
	GroupRebalanceStrategy   arguments.Arg         `river:"group_rebalance_strategy" type:"string" oneof:"range roundrobin sticky cooperative-sticky ''" key:"-" in:"alloy"`
	GroupRebalanceStrategies arguments.Arg         `river:"group_rebalance_strategies" type:"list(string)" oneof:"range roundrobin sticky cooperative-sticky" key:"-" in:"alloy"`
	GroupInstanceID          arguments.Arg         `river:"group_instance_id" type:"string" in:"alloy"`
	RackID                   arguments.Arg         `river:"rack_id" type:"string" in:"alloy"`
	UseLeaderEpoch           arguments.Arg         `river:"use_leader_epoch" type:"bool" default:"true" in:"alloy"`
	ConnIdleTimeout          arguments.Arg         `river:"conn_idle_timeout" type:"duration" default:"9m" in:"alloy"`
	Traces                   *kafkaTopics          `river:"traces,block" in:"alloy"`
	Metrics                  *kafkaTopics          `river:"metrics,block" in:"alloy"`
	Logs                     *kafkaTopics          `river:"logs,block" in:"alloy"`
	Authentication           kafkaAuth             `river:"authentication,block" key:"auth"`
	TLS                      *tlsClient            `river:"tls,block" in:"alloy"`
	Metadata                 kafkaMetadata         `river:"metadata,block"`
	Autocommit               kafkaAutocommit       `river:"autocommit,block"`
	MessageMarking           kafkaMessageMarking   `river:"message_marking,block"`
	HeaderExtraction         kafkaHeaderExtraction `river:"header_extraction,block"`
	ErrorBackoff             kafkaErrorBackoff     `river:"error_backoff,block" in:"alloy"`
	Output                   output                `river:"output,block,required"`
	DebugMetrics             debugMetrics          `river:"debug_metrics,block"`
}

// kafkaTopics is the traces, metrics or logs block: what is read for a signal.
type kafkaTopics struct {
	arguments.Block
	Topic         arguments.Arg `river:"topic" type:"string" key:"-"`
	Topics        arguments.Arg `river:"topics" type:"list(string)"`
	Encoding      arguments.Arg `river:"encoding" type:"string"`
	ExcludeTopics arguments.Arg `river:"exclude_topics" type:"list(string)"`
}

// kafkaAutocommit is the autocommit block.
type kafkaAutocommit struct {
	arguments.Block
	Enable   arguments.Arg `river:"enable" type:"bool" default:"true"`
	Interval arguments.Arg `river:"interval" type:"duration" default:"1s"`
}

// kafkaMessageMarking is the message_marking block.
type kafkaMessageMarking struct {
	arguments.Block
	AfterExecution      arguments.Arg `river:"after_execution" type:"bool" default:"false" key:"after"`
	IncludeUnsuccessful arguments.Arg `river:"include_unsuccessful" type:"bool" default:"false" key:"on_error"`
}

// kafkaHeaderExtraction is the header_extraction block.
type kafkaHeaderExtraction struct {
	arguments.Block
	ExtractHeaders arguments.Arg `river:"extract_headers" type:"bool" default:"false"`
	Headers        arguments.Arg `river:"headers" type:"list(string)"`
}

// kafkaErrorBackoff is the error_backoff block. Its zero values are no defaults worth having, but are River's and the
// collector's.
type kafkaErrorBackoff struct {
	arguments.Block
	Enabled             arguments.Arg `river:"enabled" type:"bool" default:"false"`
	InitialInterval     arguments.Arg `river:"initial_interval" type:"duration" default:"0s"`
	RandomizationFactor arguments.Arg `river:"randomization_factor" type:"float" default:"0"`
	Multiplier          arguments.Arg `river:"multiplier" type:"float" default:"0"`
	MaxInterval         arguments.Arg `river:"max_interval" type:"duration" default:"0s"`
	MaxElapsedTime      arguments.Arg `river:"max_elapsed_time" type:"duration" default:"0s"`
}

func init() {
	register(Component{
		Name:    "otelcol.receiver.kafka",
		Section: otelcfg.Receivers,
		Type:    "kafka",
		Signals: Signals,
		Outside: true,
		Doc:     "https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.receiver.kafka/",
	}, convertKafkaReceiver)
}

// The versions of Alloy in which the meaning of arguments changed: the last one that read all signals from one topic,
// and the first one whose receiver told permanent errors from others.
var (
	kafkaOneTopic        = dialect.Version{Major: 1, Minor: 12}
	kafkaPermanentErrors = dialect.Version{Major: 1, Minor: 11}
)

func convertKafkaReceiver(c *Conversion, args *kafkaReceiver) []Part {
	if old := args.DefaultFetchSize; old.Set && args.MaxPartitionFetchSize.Set {
		c.Diags.Warnf(old.NameRange, diag.PrecedenceApplied, "remove it",
			"max_partition_fetch_size counts, and default_fetch_size was left out")
		args.DefaultFetchSize = arguments.Arg{}
	}
	common := commonTopic(c, args)
	blocks := map[Signal]*kafkaTopics{Traces: args.Traces, Metrics: args.Metrics, Logs: args.Logs}
	for _, s := range Signals {
		if block := blocks[s]; block != nil {
			dropEmpty(&block.Topic, &block.Encoding)
		}
	}
	body := c.Encode(args)
	shared := false
	for _, s := range Signals {
		switch block := blocks[s]; {
		case block != nil:
			encodeOldTopic(c, body, s, block)
		case c.Carries(s):
			shared = true
			encodeOldTopic(c, body, s, common)
			if e := common.Encoding; e.Set {
				body.Set(string(s)+".encoding", arguments.TextOf(e), e.Value.Range, e.Comment)
			}
		}
	}
	if !shared {
		warnOfNotShared(c, common.Topic, common.Encoding)
	}
	rebalance(c, body, args)
	encodeKafkaTLS(c, body, &args.Authentication, args.TLS)
	replaceMSKMechanism(c, body, &args.Authentication)
	if mark := args.MessageMarking.IncludeUnsuccessful; mark.Set && c.Dialect.Name == dialect.Alloy &&
		!c.Dialect.Version.Less(kafkaPermanentErrors) {
		// Left out, the collector takes the value of on_error for it.
		body.Set("message_marking.on_permanent_error", otelcfg.Bool(false), mark.Value.Range, "")
	}
	return c.only(body)
}

// encodeOldTopic writes the one topic that River reads instead of a list of topics.
func encodeOldTopic(c *Conversion, body *otelcfg.Map, s Signal, from *kafkaTopics) {
	if !from.Topic.Set {
		return
	}
	if from.Topics.Set {
		c.Diags.Warnf(from.Topics.NameRange, diag.PrecedenceApplied, "remove topic and name all topics in topics",
			"%s reads topic alone where it is set, and topics was left out", c.Dialect.Product())
	}
	body.Set(string(s)+".topics", singleton(from.Topic), from.Topic.Value.Range, from.Topic.Comment)
}

// commonTopic returns the topic and the encoding of signals that have no block of their own.
func commonTopic(c *Conversion, args *kafkaReceiver) *kafkaTopics {
	if c.Dialect.Name == dialect.Alloy && kafkaOneTopic.Less(c.Dialect.Version) {
		if args.Topic.Set {
			c.Diags.Errorf(args.Topic.NameRange, diag.OtherDialect,
				"write topics into the blocks traces, metrics and logs, or pass the -dialect of this file",
				"%q does not exist in %s after %s", "topic", c.Dialect.Product(), kafkaOneTopic)
		}
		if args.Encoding.Set {
			c.Diags.Warnf(args.Encoding.NameRange, diag.NoCounterpart,
				"write it into the blocks traces, metrics and logs if it is meant",
				"%s ignores %q here, and it was left out", c.Dialect.Product(), "encoding")
		}
		return &kafkaTopics{}
	}
	common := &kafkaTopics{Topic: args.Topic, Encoding: args.Encoding}
	dropEmpty(&common.Topic, &common.Encoding)
	if text, ok := arguments.DefaultIn(args, "topic", c.Dialect); ok && !common.Topic.Set {
		common.Topic = arguments.Arg{Set: true, Value: eval.Value{Kind: eval.String, Text: eval.Literally(text)}}
	}
	return common
}

// rebalance writes how the members of a group share partitions. River's choice is range where there is none, the
// collector's is cooperative-sticky, which a group that is spread over both programs cannot agree on.
func rebalance(c *Conversion, body *otelcfg.Map, args *kafkaReceiver) {
	one, several := args.GroupRebalanceStrategy, args.GroupRebalanceStrategies
	const key = "group_rebalance_strategies"
	switch {
	case !one.Empty() && !several.Empty():
		c.Diags.Errorf(one.NameRange, diag.InvalidValue, "remove one of them; group_rebalance_strategies is the newer one",
			"group_rebalance_strategy and group_rebalance_strategies exclude each other")
	case !one.Empty():
		body.Set(key, singleton(one), one.Value.Range, one.Comment)
	case !several.Empty():
		body.Set(key, arguments.TextsOf(several), several.Value.Range, several.Comment)
	default:
		body.Set(key, &otelcfg.List{Items: []otelcfg.Item{{Value: otelcfg.Literal("range")}}}, diag.Range{}, "")
	}
}

// singleton returns a list that holds the text of one argument.
func singleton(a arguments.Arg) *otelcfg.List {
	return &otelcfg.List{Items: []otelcfg.Item{{Value: arguments.TextOf(a), Range: a.Value.Range}}}
}
