package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// storageFile holds the arguments of otelcol.storage.file, which keeps sending queues on disk.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.storage.file/
type storageFile struct {
	arguments.Block
	Directory            arguments.Arg     `river:"directory" type:"string"`
	Timeout              arguments.Arg     `river:"timeout" type:"duration" default:"1s"`
	Fsync                arguments.Arg     `river:"fsync" type:"bool" default:"false"`
	CreateDirectory      arguments.Arg     `river:"create_directory" type:"bool" default:"true" collector:"false"`
	DirectoryPermissions arguments.Arg     `river:"directory_permissions" type:"string" default:"0750"`
	Compaction           storageCompaction `river:"compaction,block"`
	DebugMetrics         debugMetrics      `river:"debug_metrics,block"`
}

// storageCompaction is the compaction block.
type storageCompaction struct {
	arguments.Block
	OnStart                    arguments.Arg `river:"on_start" type:"bool" default:"false"`
	OnRebound                  arguments.Arg `river:"on_rebound" type:"bool" default:"false"`
	Directory                  arguments.Arg `river:"directory" type:"string"`
	ReboundNeededThresholdMiB  arguments.Arg `river:"rebound_needed_threshold_mib" type:"int" default:"100"`
	ReboundTriggerThresholdMiB arguments.Arg `river:"rebound_trigger_threshold_mib" type:"int" default:"10"`
	MaxTransactionSize         arguments.Arg `river:"max_transaction_size" type:"int" default:"65536"`
	CheckInterval              arguments.Arg `river:"check_interval" type:"duration" default:"5s"`
	CleanupOnStart             arguments.Arg `river:"cleanup_on_start" type:"bool" default:"false"`
}

func init() {
	register(Component{
		Name:    "otelcol.storage.file",
		Section: otelcfg.Extensions,
		Type:    "file_storage",
		In:      dialect.Alloy,
		Doc:     "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.storage.file/",
	}, convertStorageFile)
}

// storageRoot is where a directory is made for a component that names none. Alloy keeps it below its own data path,
// which the collector does not have.
const storageRoot = "/var/lib/otelcol-river/"

func convertStorageFile(c *Conversion, args *storageFile) []Part {
	body := c.Encode(args)
	directory := otelcfg.Node(arguments.TextOf(args.Directory))
	if args.Directory.Empty() {
		directory = otelcfg.Literal(storageRoot + c.FullLabel())
		body.Set("directory", directory, c.Range, "")
		c.Diags.Warnf(c.Range, diag.ChangedBehavior, "set directory to a path that the collector may write",
			"Alloy chooses a directory below its data path; the collector gets %s%s", storageRoot, c.FullLabel())
	}
	if args.Compaction.Directory.Empty() {
		body.Set("compaction.directory", directory, c.Range, "")
	}
	return c.extension(body, arguments.Storage)
}
