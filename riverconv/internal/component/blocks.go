package component

// serviceBlocks are the blocks that configure Agent Flow or Alloy as a program, and what a collector has instead.
var serviceBlocks = map[string]string{
	"http":          "a collector has no such server; its metrics are at localhost:8888, see service::telemetry::metrics",
	"livedebugging": "use the debug exporter, or the zpages extension",
	"remotecfg":     "pass the configuration by --config; the nearest idea is the OpAMP extension of otelcol-contrib",
	"tracing":       "set service::telemetry::traces; a collector sends its own traces to an OTLP endpoint",
}
