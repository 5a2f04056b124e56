package eval

import "github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"

// functions lists the functions of the standard library and the dialects that have them; "" stands for both.
var functions = map[string]dialect.Name{
	"coalesce": "", "concat": "", "env": "", "format": "", "join": "", "json_decode": "", "json_path": "",
	"nonsensitive": "", "replace": "", "split": "", "to_lower": "", "to_upper": "", "trim": "", "trim_prefix": "",
	"trim_suffix": "", "trim_space": "",

	"yaml_decode": dialect.Alloy, "base64_decode": dialect.Alloy,

	"sys.env": dialect.Alloy, "convert.nonsensitive": dialect.Alloy,
	"array.concat": dialect.Alloy, "array.combine_maps": dialect.Alloy, "array.group_by": dialect.Alloy,
	"encoding.from_json": dialect.Alloy, "encoding.from_yaml": dialect.Alloy, "encoding.from_base64": dialect.Alloy,
	"encoding.from_URLbase64": dialect.Alloy, "encoding.to_json": dialect.Alloy, "encoding.to_base64": dialect.Alloy,
	"encoding.to_URLbase64": dialect.Alloy, "encoding.url_encode": dialect.Alloy, "encoding.url_decode": dialect.Alloy,
	"file.path_join": dialect.Alloy,
	"string.format":  dialect.Alloy, "string.join": dialect.Alloy, "string.replace": dialect.Alloy,
	"string.split": dialect.Alloy, "string.to_lower": dialect.Alloy, "string.to_upper": dialect.Alloy,
	"string.trim": dialect.Alloy, "string.trim_prefix": dialect.Alloy, "string.trim_suffix": dialect.Alloy,
	"string.trim_space": dialect.Alloy,
}

// constants lists the fields of the constants object and the dialects that have them.
var constants = map[string]dialect.Name{
	"constants.hostname": "", "constants.os": "", "constants.arch": "", "constants.version": dialect.Alloy,
}
