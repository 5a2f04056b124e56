package module

import (
	"strings"

	"github.com/grafana/alloy/syntax/ast"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/syntax"
)

// expand returns the components of a module, and those of the modules that it uses in their place.
func (s *scope) expand() (blocks []eval.Block) {
	for _, p := range s.def.parts {
		for _, stmt := range p.file.Statements(p.body, p.opens) {
			switch inner := stmt.Stmt.(type) {
			case *ast.AttributeStmt:
				s.diags.Errorf(syntax.Range(inner.Name), diag.UnknownArgument,
					"put it into the block of the component that it belongs to",
					"argument %q stands outside of any block", inner.Name.Name)
			case *ast.BlockStmt:
				blocks = append(blocks, s.expandBlock(p, inner, stmt.Comment)...)
			}
		}
	}
	s.evaluateRest()
	s.names.reportUnused(s.expansion)
	return blocks
}

// expandBlock returns what a block at the top of a module stands for.
func (s *scope) expandBlock(p part, block *ast.BlockStmt, comment string) []eval.Block {
	name := block.GetBlockName()
	switch i, isInstance := s.instances[keyOf(block)]; {
	case name == foreachBlock && s.loops[block.Label] != block:
		return nil // the second of a label, which is reported
	case name == foreachBlock:
		return commented(s.expandForeach(p, block), comment)
	case isModuleBlock(name):
		return nil // enter has read it
	case isInstance && i.block != block:
		return nil // the second of a name, which is reported
	case isInstance:
		return commented(i.expand(), comment)
	case isModuleComponent(name): // in Alloy: collectUse takes those of Agent Flow
		s.diags.Errorf(syntax.NameRange(block), diag.OtherDialect,
			"write "+importFile+", or pass -dialect flow if this file is meant for Agent Flow",
			"%q does not exist in %s", name, s.set.Dialect.Product())
		return nil
	}
	if s.caller != nil && !s.budget.use(syntax.NameRange(block)) {
		return nil
	}
	b := s.in(p).Block(block, comment)
	b.Module = s.id
	b.Hint = s.names.nearest(name)
	if s.caller != nil && !s.carries(b.Body) {
		return nil
	}
	return []eval.Block{b}
}

// carries counts the values in a block of a module.
func (s *scope) carries(body eval.Body) bool {
	for _, a := range body.Attributes {
		if !s.budget.carry(a.Value) {
			return false
		}
	}
	for _, b := range body.Blocks {
		if !s.carries(b.Body) {
			return false
		}
	}
	return true
}

// evaluateRest finds the errors in values that nobody asked for.
func (s *scope) evaluateRest() {
	for _, name := range sortedKeys(s.exports) {
		s.exports[name].get(s.expansion)
	}
	for _, name := range sortedKeys(s.files) {
		file := s.files[name]
		unused := file.state == notBegun
		if _, ok := file.get(s.expansion); ok && unused {
			s.diags.Warnf(file.at, diag.NotUsed, "refer to "+name+", or remove it", "nothing uses %s", name)
		}
	}
	for _, name := range sortedKeys(s.parameters) {
		if fallback := s.parameters[name].fallback; fallback != nil {
			fallback.get(s.expansion)
		}
	}
}

// commented gives the comment of a statement to the first of the blocks in its place.
func commented(blocks []eval.Block, comment string) []eval.Block {
	if comment != "" && len(blocks) > 0 {
		blocks[0].Comment = strings.TrimSuffix(comment+"\n"+blocks[0].Comment, "\n")
	}
	return blocks
}
