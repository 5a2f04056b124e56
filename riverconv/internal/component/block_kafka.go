package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// kafkaAuth is the authentication block of the Kafka components. The collector keeps TLS apart from it.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.receiver.kafka/#authentication-block
type kafkaAuth struct {
	arguments.Block
	Plaintext *kafkaPlaintext `river:"plaintext,block" key:"plain_text"`
	SASL      *kafkaSASL      `river:"sasl,block"`
	TLS       *tlsClient      `river:"tls,block" key:"-"`
	Kerberos  *kafkaKerberos  `river:"kerberos,block"`
}

// kafkaPlaintext is the plaintext block.
type kafkaPlaintext struct {
	arguments.Block
	Username arguments.Arg `river:"username,required" type:"string"`
	Password arguments.Arg `river:"password,required" type:"secret"`
}

// kafkaSASL is the sasl block.
type kafkaSASL struct {
	arguments.Block
	Username  arguments.Arg `river:"username,required" type:"string"`
	Password  arguments.Arg `river:"password,required" type:"secret"`
	Mechanism arguments.Arg `river:"mechanism,required" type:"string" oneof:"PLAIN SCRAM-SHA-256 SCRAM-SHA-512 AWS_MSK_IAM_OAUTHBEARER AWS_MSK_IAM"`
	Version   arguments.Arg `river:"version" type:"int" default:"0" lost:"the collector's client agrees on the version with the broker"`
	AWSMSK    kafkaAWSMSK   `river:"aws_msk,block"`
}

// kafkaAWSMSK is the aws_msk block.
type kafkaAWSMSK struct {
	arguments.Block
	Region     arguments.Arg `river:"region,required" type:"string"`
	BrokerAddr arguments.Arg `river:"broker_addr,required" type:"string" in:"flow alloy" until:"alloy@1.10" lost:"the collector's client knows which broker it talks to"`
}

// kafkaKerberos is the kerberos block.
type kafkaKerberos struct {
	arguments.Block
	ServiceName            arguments.Arg `river:"service_name" type:"string"`
	Realm                  arguments.Arg `river:"realm" type:"string"`
	UseKeytab              arguments.Arg `river:"use_keytab" type:"bool"`
	Username               arguments.Arg `river:"username,required" type:"string"`
	Password               arguments.Arg `river:"password" type:"secret"`
	ConfigFile             arguments.Arg `river:"config_file" type:"string"`
	KeytabFile             arguments.Arg `river:"keytab_file" type:"string"`
	DisableFastNegotiation arguments.Arg `river:"disable_fast_negotiation" type:"bool" in:"alloy"`
}

// kafkaMetadata is the metadata block.
type kafkaMetadata struct {
	arguments.Block
	Full             arguments.Arg      `river:"full" type:"bool" default:"true" in:"alloy@1.9"`
	IncludeAllTopics arguments.Arg      `river:"include_all_topics" type:"bool" default:"true" key:"full" in:"flow alloy" until:"alloy@1.8"`
	RefreshInterval  arguments.Arg      `river:"refresh_interval" type:"duration" default:"10m" in:"alloy"`
	Retry            kafkaMetadataRetry `river:"retry,block"`
}

// kafkaMetadataRetry is the retry block in metadata.
type kafkaMetadataRetry struct {
	arguments.Block
	MaxRetries arguments.Arg `river:"max_retries" type:"int" default:"3" key:"max"`
	Backoff    arguments.Arg `river:"backoff" type:"duration" default:"250ms"`
}

// warnOfNotShared tells that a topic and an encoding of the component itself count for no signal. In River they count
// for those without a block of their own.
func warnOfNotShared(c *Conversion, topic, encoding arguments.Arg) {
	for _, shared := range []struct {
		name string
		arguments.Arg
	}{{"topic", topic}, {"encoding", encoding}} {
		if shared.Set && !shared.NameRange.IsZero() {
			c.Diags.Warnf(shared.NameRange, diag.PrecedenceApplied, "remove it, or write it into the blocks if it is meant",
				"each signal of %s has a block of its own, and %q was left out", c.Name(), shared.name)
		}
	}
}

// encodeKafkaTLS writes the tls block that stands inside authentication where the collector wants it. A tls block of
// the component itself counts before that one, in both programs.
func encodeKafkaTLS(c *Conversion, body *otelcfg.Map, auth *kafkaAuth, own *tlsClient) {
	switch inner := auth.TLS; {
	case inner == nil:
	case own != nil:
		c.Diags.Warnf(inner.NameRange, diag.PrecedenceApplied, "remove one of the two tls blocks",
			"the tls block of the component counts, and the one inside authentication was left out")
	default:
		body.Set("tls", c.Encode(inner), inner.NameRange, inner.Comment)
	}
}

// replaceMSKMechanism puts the way of AWS to authenticate that the collector has into the place of the older one.
func replaceMSKMechanism(c *Conversion, body *otelcfg.Map, auth *kafkaAuth) {
	if auth.SASL == nil || auth.SASL.Mechanism.Text() != "AWS_MSK_IAM" {
		return
	}
	at := auth.SASL.Mechanism
	c.Diags.Warnf(at.Value.Range, diag.ChangedBehavior, "let the role of the collector connect to the cluster by IAM",
		"the collector has no mechanism AWS_MSK_IAM; AWS_MSK_IAM_OAUTHBEARER takes its place")
	body.Set("auth.sasl.mechanism", otelcfg.Literal("AWS_MSK_IAM_OAUTHBEARER"), at.Value.Range, at.Comment)
}
