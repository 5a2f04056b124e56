package component

import (
	"slices"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/nearest"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// matchProperties is the include or exclude block of a processor: which telemetry it applies to.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/otelcol.processor.attributes/#include-block
type matchProperties struct {
	arguments.Block
	MatchType        arguments.Arg    `river:"match_type,required" type:"string" oneof:"strict regexp"`
	Services         arguments.Arg    `river:"services" type:"list(string)"`
	SpanNames        arguments.Arg    `river:"span_names" type:"list(string)"`
	LogBodies        arguments.Arg    `river:"log_bodies" type:"list(string)"`
	LogSeverityTexts arguments.Arg    `river:"log_severity_texts" type:"list(string)"`
	MetricNames      arguments.Arg    `river:"metric_names" type:"list(string)"`
	SpanKinds        arguments.Arg    `river:"span_kinds" type:"list(string)"`
	Attributes       []matchAttribute `river:"attribute,block" key:"attributes"`
	Resources        []matchAttribute `river:"resource,block" key:"resources"`
	Libraries        []matchLibrary   `river:"library,block" key:"libraries"`
	Regexp           *matchRegexp     `river:"regexp,block"`
	LogSeverity      *matchSeverity   `river:"log_severity,block" key:"log_severity_number"`
}

// matchAttribute is an attribute or resource block.
type matchAttribute struct {
	arguments.Block
	Key   arguments.Arg `river:"key,required" type:"string"`
	Value arguments.Arg `river:"value" type:"any"`
}

// matchLibrary is a library block: an instrumentation scope.
type matchLibrary struct {
	arguments.Block
	Name    arguments.Arg `river:"name,required" type:"string"`
	Version arguments.Arg `river:"version" type:"string"`
}

// matchRegexp is the regexp block: the cache of results.
type matchRegexp struct {
	arguments.Block
	CacheEnabled       arguments.Arg `river:"cache_enabled" type:"bool" key:"cacheenabled"`
	CacheMaxNumEntries arguments.Arg `river:"cache_max_num_entries" type:"int" key:"cachemaxnumentries"`
}

// matchSeverity is the log_severity block. River names the severity, the collector numbers it.
type matchSeverity struct {
	arguments.Block
	Min            arguments.Arg `river:"min,required" type:"string" key:"-"`
	MatchUndefined arguments.Arg `river:"match_undefined,required" type:"bool"`
}

// severities holds the names of severities; the number of a name is its index plus one.
var severities = []string{
	"TRACE", "TRACE2", "TRACE3", "TRACE4", "DEBUG", "DEBUG2", "DEBUG3", "DEBUG4", "INFO", "INFO2", "INFO3", "INFO4",
	"WARN", "WARN2", "WARN3", "WARN4", "ERROR", "ERROR2", "ERROR3", "ERROR4", "FATAL", "FATAL2", "FATAL3", "FATAL4",
}

// encodeSeverity adds the severity of a match to a processor's body, as a number.
func encodeSeverity(body *otelcfg.Map, block string, match *matchProperties, diags *diag.List) {
	if match == nil || match.LogSeverity == nil || !match.LogSeverity.Min.Set {
		return
	}
	least := match.LogSeverity.Min
	path := block + ".log_severity_number.min"
	if least.Value.Symbolic() {
		diags.Warnf(least.Value.Range, diag.ReadsOtherUnit, "set the variable to a number from 1 (TRACE) to 24 (FATAL4)",
			"min: the collector reads the number of a severity here, not its name")
		body.Set(path, arguments.TextOf(least), least.Value.Range, least.Comment)
		return
	}
	number := slices.Index(severities, least.Text()) + 1
	if number == 0 {
		diags.Errorf(least.Value.Range, diag.InvalidValue,
			nearest.Hint(least.Text(), severities, "use TRACE, DEBUG, INFO, WARN, ERROR or FATAL, or WARN2 and the like"),
			"min cannot be %q", least.Text())
		return
	}
	body.Set(path, otelcfg.Int(number), least.Value.Range, least.Comment)
}
