package module

import (
	"strings"

	"github.com/grafana/alloy/syntax/ast"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/syntax"
)

// localFile is a component that is no part of any pipeline: its content is a value for others.
// https://grafana.com/docs/agent/v0.40/flow/reference/components/local.file/
const localFile = "local.file"

func (s *scope) collectFile(p part, block *ast.BlockStmt) {
	key := localFile + "." + block.Label + ".content"
	if _, taken := s.files[key]; !s.labelled(block, "token") || !s.vacant(taken, block) {
		return
	}
	s.files[key] = &lazy{at: syntax.NameRange(block), find: func() (eval.Value, bool) { return s.fileValue(p, block) }}
}

// fileValue returns the content of a local.file as a value that the collector reads.
func (s *scope) fileValue(p part, block *ast.BlockStmt) (eval.Value, bool) {
	path, ok := s.required(p, block, "filename", fileArguments...)
	if ok && strings.ContainsAny(path.Text.Literal(), "$}") {
		s.diags.Errorf(path.Range, diag.InvalidValue, "rename the file",
			"the collector cannot read a file whose path holds $ or }")
		ok = false
	}
	return eval.Value{Kind: eval.String, Text: eval.Text{{File: path.Text}}}, ok
}

// fileContent reads the module that is the content of a local.file.
func (s *scope) fileContent(p part, v eval.Value) (content, bool) {
	path, ok := s.in(p).Known(eval.Value{Kind: eval.String, Range: v.Range, Text: v.Text[0].File})
	if !ok {
		return content{}, false
	}
	files, ok := s.filesOf(path, v.Range)
	if !ok || len(files) != 1 {
		return content{}, false
	}
	return content{files[0].Name, files[0].Text, v.Range}, true
}
