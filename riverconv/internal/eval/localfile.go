package eval

import (
	"slices"
	"strings"

	"github.com/grafana/alloy/syntax/ast"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/nearest"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/syntax"
)

// localFile is a component that is no part of any pipeline: its content is a value for others.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/local.file/
const localFile = "local.file"

// localFileArguments are the arguments of local.file. All but the first say how River finds out about changes of the
// file, or hides its content from people; the collector does neither.
var localFileArguments = []string{"filename", "detector", "poll_frequency", "is_secret"}

// collectFiles evaluates the local.file blocks of a file and remembers what their content is called.
func (e *evaluator) collectFiles(stmts ast.Body) {
	for _, stmt := range stmts {
		block, ok := stmt.(*ast.BlockStmt)
		if !ok || block.GetBlockName() != localFile {
			continue
		}
		if block.Label == "" {
			e.diags.Errorf(syntax.NameRange(block), diag.BadLabel, `name it, as in: local.file "token" {`,
				"%q needs a label", localFile)
			continue
		}
		e.files[localFile+"."+block.Label+".content"] = e.filename(block)
	}
}

// filename returns the path of a local.file. If its arguments are wrong it reports that, and returns any path, so that
// references to the block are not reported as well.
func (e *evaluator) filename(block *ast.BlockStmt) Text {
	body := e.body(block.Body, 0)
	var path Text
	for _, inner := range body.Blocks {
		e.diags.Errorf(inner.NameRange, diag.UnknownBlock, "remove it", "unknown block %q in %q", inner.Name, localFile)
	}
	for _, a := range body.Attributes {
		switch {
		case !slices.Contains(localFileArguments, a.Name):
			e.diags.Errorf(a.NameRange, diag.UnknownArgument, nearest.Hint(a.Name, localFileArguments, "remove it"),
				"unknown argument %q in %q", a.Name, localFile)
		case a.Name == "filename" && a.Value.Kind != String:
			e.diags.Errorf(a.Value.Range, diag.WrongType, `write a path such as "/run/secrets/token"`,
				"filename: expected a string, got %s", a.Value.Kind)
			return Literally(localFile)
		case a.Name == "filename":
			path = a.Value.Text
			if strings.ContainsAny(a.Value.Text.Literal(), "$}") {
				e.diags.Errorf(a.Value.Range, diag.InvalidValue, "rename the file",
					"the collector cannot read a file whose path holds $ or }")
			}
		}
	}
	if path == nil || path.path() == "" {
		e.diags.Errorf(syntax.NameRange(block), diag.MissingArgument, `add a line such as: filename = "/run/secrets/token"`,
			"argument %q is required in %q", "filename", localFile)
		return Literally(localFile)
	}
	return path
}
