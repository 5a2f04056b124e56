package riverconv

import (
	"path/filepath"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
)

// chooseDialect takes the dialect of the options, or tells it by the endings of the file names.
func chooseDialect(sources []Source, opts Options) (d dialect.Dialect, diags diag.List) {
	if len(sources) == 0 {
		diags.Errorf(diag.Range{}, diag.NoInput, "pass a configuration file", "there is nothing to convert")
		return d, diags
	}
	if opts.Dialect != "" {
		d, err := dialect.Parse(opts.Dialect)
		if err != nil {
			diags.Errorf(startOf(sources[0]), diag.InvalidValue, "correct the option", "%v", err)
		}
		return d, diags
	}
	byName := map[dialect.Name]Source{}
	for _, src := range sources {
		switch filepath.Ext(src.Name) {
		case ".alloy":
			byName[dialect.Alloy] = src
		case ".river":
			byName[dialect.Flow] = src
		default:
			byName[dialect.Flow] = src
			diags.Warnf(startOf(src), diag.AssumedDialect, "pass -dialect flow or -dialect alloy",
				"the name does not tell the dialect; Grafana Agent Flow is assumed")
		}
	}
	if len(byName) > 1 {
		diags.Errorf(startOf(byName[dialect.Alloy]), diag.OtherDialect,
			"convert them apart, or pass -dialect if they belong together",
			"it is written for Grafana Alloy, and %s for Grafana Agent Flow", byName[dialect.Flow].Name)
		return d, diags
	}
	for name := range byName {
		d = dialect.Newest(name)
	}
	return d, diags
}
