package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// fileExporter holds the arguments of otelcol.exporter.file. Alloy documents an encoding and refuses every one.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.exporter.file/
type fileExporter struct {
	arguments.Block
	Path              arguments.Arg    `river:"path,required" type:"string"`
	Append            arguments.Arg    `river:"append" type:"bool" default:"false"`
	Format            arguments.Arg    `river:"format" type:"string" default:"json" oneof:"json proto"`
	Encoding          arguments.Arg    `river:"encoding" type:"string" key:"-"`
	Compression       arguments.Arg    `river:"compression" type:"string" oneof:"zstd ''"`
	FlushInterval     arguments.Arg    `river:"flush_interval" type:"duration" default:"1s"`
	CompressionParams *fileCompression `river:"compression_params,block"`
	Rotation          *fileRotation    `river:"rotation,block"`
	GroupBy           *fileGroupBy     `river:"group_by,block"`
	DebugMetrics      debugMetrics     `river:"debug_metrics,block"`
}

// fileCompression is the compression_params block.
type fileCompression struct {
	arguments.Block
	Level arguments.Arg `river:"level,required" type:"int"`
}

// fileRotation is the rotation block. A block without max_megabytes means 100 MB in both programs, but the collector
// does not say so.
type fileRotation struct {
	arguments.Block
	MaxMegabytes arguments.Arg `river:"max_megabytes" type:"int" default:"100" collector:"0"`
	MaxDays      arguments.Arg `river:"max_days" type:"int" default:"0"`
	MaxBackups   arguments.Arg `river:"max_backups" type:"int" default:"100"`
	LocalTime    arguments.Arg `river:"localtime" type:"bool" default:"false"`
}

// fileGroupBy is the group_by block.
type fileGroupBy struct {
	arguments.Block
	Enabled           arguments.Arg `river:"enabled" type:"bool" default:"false"`
	ResourceAttribute arguments.Arg `river:"resource_attribute" type:"string" default:"fileexporter.path_segment"`
	MaxOpenFiles      arguments.Arg `river:"max_open_files" type:"int" default:"100"`
}

func init() {
	register(Component{
		Name:    "otelcol.exporter.file",
		Section: otelcfg.Exporters,
		Type:    "file",
		In:      dialect.Alloy,
		Signals: Signals,
		Outside: true,
		Doc:     "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.exporter.file/",
	}, convertFileExporter)
}

func convertFileExporter(c *Conversion, args *fileExporter) []Part {
	if !args.Encoding.Empty() {
		c.Diags.Errorf(args.Encoding.NameRange, diag.InvalidValue,
			"remove it; in the converted configuration you may name an encoding extension of the collector",
			"Alloy takes no encoding but the empty one")
	}
	if args.Append.Value.Bool && args.Rotation != nil {
		c.Diags.Errorf(args.Rotation.NameRange, diag.InvalidValue, "remove one of the two",
			"a file that rotates cannot be appended to: %q and %q exclude each other", "rotation", "append")
	}
	return c.only(c.Encode(args))
}
