package component

// serviceBlocks are the blocks that configure Agent Flow or Alloy as a program and are not converted, and what a
// collector has instead.
var serviceBlocks = map[string]string{
	"http":          "a collector has no such server; its metrics are at localhost:8888, see service::telemetry::metrics",
	"livedebugging": "use the debug exporter, or the zpages extension",
	"remotecfg":     "pass the configuration by --config; the nearest idea is the OpAMP extension of otelcol-contrib",
}

// isServiceBlock reports whether a block configures the program. It may not stand in a module.
func isServiceBlock(name string) bool {
	_, other := serviceBlocks[name]
	return other || name == loggingBlock || name == tracingBlock
}
