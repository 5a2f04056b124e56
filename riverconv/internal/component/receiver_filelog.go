package component

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/arguments"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/otelcfg"
)

// fileLog holds the arguments of otelcol.receiver.filelog. Its operators are those of the collector that Alloy is built
// from, and are passed through as they are. Alloy's documentation gives 10 as the default of max_concurrent_files and
// max_batches, its code does not.
// https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.receiver.filelog/
type fileLog struct {
	arguments.Block
	Include                   arguments.Arg `river:"include,required" type:"list(string)"`
	Exclude                   arguments.Arg `river:"exclude" type:"list(string)"`
	ExcludeOlderThan          arguments.Arg `river:"exclude_older_than" type:"duration" default:"0s"`
	OrderingCriteria          *fileOrder    `river:"ordering_criteria,block"`
	PollInterval              arguments.Arg `river:"poll_interval" type:"duration" default:"200ms"`
	MaxConcurrentFiles        arguments.Arg `river:"max_concurrent_files" type:"int" default:"1024"`
	MaxBatches                arguments.Arg `river:"max_batches" type:"int" default:"0"`
	StartAt                   arguments.Arg `river:"start_at" type:"string" default:"end" oneof:"beginning end"`
	FingerprintSize           arguments.Arg `river:"fingerprint_size" type:"bytes" default:"1KiB" collector:"1000B"`
	MaxLogSize                arguments.Arg `river:"max_log_size" type:"bytes" default:"1MiB"`
	Encoding                  arguments.Arg `river:"encoding" type:"string" default:"utf-8"`
	Multiline                 *multiline    `river:"multiline,block"`
	OuterSpace                outerSpace    `river:",squash"`
	ForceFlushPeriod          arguments.Arg `river:"force_flush_period" type:"duration" default:"500ms"`
	Header                    *fileHeader   `river:"header,block"`
	DeleteAfterRead           arguments.Arg `river:"delete_after_read" type:"bool" default:"false"`
	Compression               arguments.Arg `river:"compression" type:"string" oneof:"gzip auto ''"`
	AcquireFSLock             arguments.Arg `river:"acquire_fs_lock" type:"bool" default:"false"`
	FileCacheAdvise           arguments.Arg `river:"file_cache_advise" type:"bool" default:"false" in:"alloy@1.18"`
	IncludeFileRecordNumber   arguments.Arg `river:"include_file_record_number" type:"bool" default:"false"`
	IncludeFileName           arguments.Arg `river:"include_file_name" type:"bool" default:"true"`
	IncludeFilePath           arguments.Arg `river:"include_file_path" type:"bool" default:"false"`
	IncludeFileNameResolved   arguments.Arg `river:"include_file_name_resolved" type:"bool" default:"false"`
	IncludeFilePathResolved   arguments.Arg `river:"include_file_path_resolved" type:"bool" default:"false"`
	IncludeFileOwnerName      arguments.Arg `river:"include_file_owner_name" type:"bool" default:"false"`
	IncludeFileOwnerGroupName arguments.Arg `river:"include_file_owner_group_name" type:"bool" default:"false"`
	IncludeFilePermissions    arguments.Arg `river:"include_file_permissions" type:"bool" default:"false" in:"alloy@1.18"`
	Attributes                arguments.Arg `river:"attributes" type:"map(string)"`
	Resource                  arguments.Arg `river:"resource" type:"map(string)"`
	Operators                 arguments.Arg `river:"operators" type:"list(map(any))"`
	Storage                   arguments.Arg `river:"storage" type:"storage" in:"alloy@1.9"`
	RetryOnFailure            receiverRetry `river:"retry_on_failure,block"`
	Output                    output        `river:"output,block,required"`
	DebugMetrics              debugMetrics  `river:"debug_metrics,block"`
}

// fileOrder is the ordering_criteria block: which of the files are read, if not all are.
type fileOrder struct {
	arguments.Block
	Regex   arguments.Arg `river:"regex" type:"string"`
	TopN    arguments.Arg `river:"top_n" type:"int" default:"1"`
	GroupBy arguments.Arg `river:"group_by" type:"string"`
	SortBy  []fileSort    `river:"sort_by,block,required"`
}

// fileSort is the sort_by block. Its documentation says that it sorts upwards by default, its code does not.
type fileSort struct {
	arguments.Block
	SortType  arguments.Arg `river:"sort_type,required" type:"string" oneof:"timestamp numeric lexicographic mtime"`
	RegexKey  arguments.Arg `river:"regex_key" type:"string"`
	Ascending arguments.Arg `river:"ascending" type:"bool" default:"false"`
	Layout    arguments.Arg `river:"layout" type:"string"`
	Location  arguments.Arg `river:"location" type:"string" default:"UTC"`
}

// fileHeader is the header block: lines at the beginning of a file that tell about the others.
type fileHeader struct {
	arguments.Block
	Pattern           arguments.Arg `river:"pattern,required" type:"string"`
	MetadataOperators arguments.Arg `river:"metadata_operators,required" type:"list(map(any))"`
}

func init() {
	register(Component{
		Name:    "otelcol.receiver.filelog",
		Section: otelcfg.Receivers,
		Type:    "file_log",
		In:      dialect.Alloy,
		Signals: []Signal{Logs},
		signals: sendsLogs,
		Outside: true,
		Doc:     "https://grafana.com/docs/alloy/latest/reference/components/otelcol/otelcol.receiver.filelog/",
	}, convertFileLog)
}

func convertFileLog(c *Conversion, args *fileLog) []Part {
	args.Multiline.checkOne(c.Diags)
	checkFileStart(args, c.Diags)
	if del := args.DeleteAfterRead; del.Value.Bool || del.Value.Symbolic() {
		c.Diags.Warnf(del.NameRange, diag.NeedsPermission,
			"start the collector with --feature-gates=filelog.allowFileDeletion, or remove it",
			"the collector deletes files only if a feature gate lets it; Alloy opens that gate by itself")
	}
	if args.OrderingCriteria != nil {
		for i := range args.OrderingCriteria.SortBy {
			adaptSort(&args.OrderingCriteria.SortBy[i], c.Diags)
		}
	}
	return c.only(c.Encode(args))
}

// checkFileStart reports what cannot be had of files that are read from their end.
func checkFileStart(args *fileLog, diags *diag.List) {
	if args.StartAt.Set && args.StartAt.Text() != "end" {
		return
	}
	const todo = `add start_at = "beginning"`
	if args.DeleteAfterRead.Value.Bool {
		diags.Errorf(args.DeleteAfterRead.NameRange, diag.InvalidValue, todo,
			"%q works only for files that are read from the beginning", "delete_after_read")
	}
	if args.Header != nil {
		diags.Errorf(args.Header.NameRange, diag.InvalidValue, todo,
			"%q works only for files that are read from the beginning", "header")
	}
}

// adaptSort brings two kinds of order to work that Alloy documents and accepts, but that no version of it starts with.
func adaptSort(sort *fileSort, diags *diag.List) {
	switch by := &sort.SortType; by.Text() {
	case "lexicographic":
		diags.Warnf(by.Value.Range, diag.DocsDiffer, "check that the files come in the order that you mean",
			"Alloy documents %q and does not start with it; the collector's %q was taken", "lexicographic", "alphabetical")
		by.Value.Text = eval.Literally("alphabetical")
	case "mtime":
		diags.Warnf(by.Value.Range, diag.NeedsPermission, "start the collector with --feature-gates=filelog.mtimeSortType",
			"the collector sorts files by their time only if a feature gate lets it; Alloy does not start with it")
	}
}
