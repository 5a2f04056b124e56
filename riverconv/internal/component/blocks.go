package component

// moduleBlocks are the blocks by which River splits a configuration into modules, and what to do about each.
var moduleBlocks = map[string]string{
	"argument":      byInlining,
	"export":        byInlining,
	"declare":       byInlining,
	"foreach":       "write the components of its template once for each element",
	"import.file":   byInlining,
	"import.string": byInlining,
	"import.git":    byFetching,
	"import.http":   byFetching,
	"module.file":   byInlining,
	"module.string": byInlining,
	"module.git":    byFetching,
	"module.http":   byFetching,
}

const (
	byInlining = "write the components of the module into the configuration itself, with the arguments filled in"
	byFetching = "fetch the module, and write its components into the configuration itself"
)

// serviceBlocks are the blocks that configure Agent Flow or Alloy as a program, and what a collector has instead.
var serviceBlocks = map[string]string{
	"http":          "a collector has no such server; its metrics are at localhost:8888, see service::telemetry::metrics",
	"livedebugging": "use the debug exporter, or the zpages extension",
	"remotecfg":     "pass the configuration by --config; the nearest idea is the OpAMP extension of otelcol-contrib",
	"tracing":       "set service::telemetry::traces; a collector sends its own traces to an OTLP endpoint",
}
