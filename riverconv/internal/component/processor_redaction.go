package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// redaction holds the arguments of otelcol.processor.redaction. They are the collector's, key by key. Alloy 1.18 has no
// such component yet: the arguments are those of the release candidates after it.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.processor.redaction/
type redaction struct {
	arguments.Block
	AllowAllKeys       arguments.Arg `river:"allow_all_keys" type:"bool" default:"false"`
	AllowedKeys        arguments.Arg `river:"allowed_keys" type:"list(string)"`
	IgnoredKeys        arguments.Arg `river:"ignored_keys" type:"list(string)"`
	IgnoredKeyPatterns arguments.Arg `river:"ignored_key_patterns" type:"list(string)"`
	BlockedKeyPatterns arguments.Arg `river:"blocked_key_patterns" type:"list(string)"`
	AllowedValues      arguments.Arg `river:"allowed_values" type:"list(string)"`
	BlockedValues      arguments.Arg `river:"blocked_values" type:"list(string)"`
	HashFunction       arguments.Arg `river:"hash_function" type:"string" oneof:"sha1 sha3 md5 hmac-sha256 hmac-sha512 ''" anycase:""`
	HMACKey            arguments.Arg `river:"hmac_key" type:"secret"`
	RedactAllTypes     arguments.Arg `river:"redact_all_types" type:"bool" default:"false"`
	Summary            arguments.Arg `river:"summary" type:"string"`
	URLSanitizer       *sanitizeURLs `river:"url_sanitizer,block"`
	DBSanitizer        *sanitizeDBs  `river:"db_sanitizer,block"`
	Output             output        `river:"output,block,required"`
	DebugMetrics       debugMetrics  `river:"debug_metrics,block"`
}

// sanitizeURLs is the url_sanitizer block.
type sanitizeURLs struct {
	arguments.Block
	Enabled          arguments.Arg `river:"enabled" type:"bool" default:"false"`
	Attributes       arguments.Arg `river:"attributes" type:"list(string)"`
	SanitizeSpanName arguments.Arg `river:"sanitize_span_name" type:"bool" default:"true"`
}

// sanitizeDBs is the db_sanitizer block. One block in it stands for each kind of database.
type sanitizeDBs struct {
	arguments.Block
	SanitizeSpanName arguments.Arg `river:"sanitize_span_name" type:"bool" default:"true"`
	SQL              sanitizeDB    `river:"sql,block"`
	Redis            sanitizeDB    `river:"redis,block"`
	Valkey           sanitizeDB    `river:"valkey,block"`
	Memcached        sanitizeDB    `river:"memcached,block"`
	Mongo            sanitizeDB    `river:"mongo,block"`
	OpenSearch       sanitizeDB    `river:"opensearch,block"`
	ES               sanitizeDB    `river:"es,block"`
}

// sanitizeDB is the block of one kind of database.
type sanitizeDB struct {
	arguments.Block
	Enabled    arguments.Arg `river:"enabled" type:"bool" default:"false"`
	Attributes arguments.Arg `river:"attributes" type:"list(string)"`
}

func init() {
	register[redaction](Component{
		Name:    "otelcol.processor.redaction",
		Section: otelcfg.Processors,
		Type:    "redaction",
		In:      dialect.Alloy,
		Signals: Signals,
		Outside: true,
		Doc:     "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.processor.redaction/",
	}, nil)
}
