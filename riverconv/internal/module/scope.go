package module

import (
	"slices"
	"strings"

	"github.com/grafana/alloy/syntax/ast"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/nearest"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/syntax"
)

// scope is one use of a definition: the names in it, and what they mean there.
type scope struct {
	*expansion
	def *definition
	// caller is the scope that uses the definition, nil for the configuration itself.
	caller *scope
	// id names the use among all others, "" for the configuration itself.
	id string
	// names holds the custom components that the statements may name.
	names *names
	// given holds what the caller hands over. It is complete before the scope is used.
	given map[string]*lazy
	// parameters and exports hold the argument and export blocks by label.
	parameters map[string]*parameter
	exports    map[string]*lazy
	// files holds local.file blocks, instances the uses of modules, both by the name that references use.
	files     map[string]*lazy
	instances map[string]*instance
	// loops holds foreach blocks by label.
	loops map[string]*ast.BlockStmt
	// components tells which names belong to components that stand in this scope.
	components map[string]bool
	// variable and item are those of a foreach.
	variable string
	item     eval.Value
}

// parameter is an argument block.
type parameter struct {
	optional bool
	fallback *lazy
}

// enter begins the use of a definition: it collects the names that the statements declare. Of the scope, all that comes
// from outside is given.
func enter(s scope) *scope {
	s.names = newNames(s.def.sees)
	s.parameters, s.exports = map[string]*parameter{}, map[string]*lazy{}
	s.files, s.instances, s.components = map[string]*lazy{}, map[string]*instance{}, map[string]bool{}
	s.loops = map[string]*ast.BlockStmt{}
	s.eachBlock(s.collectValue)
	s.eachBlock(s.collectDeclare)
	s.eachBlock(s.collectImport)
	s.eachBlock(s.collectUse)
	return &s
}

// inner returns the id of a module that is used in the scope.
func (s *scope) inner(key string) string {
	return eval.Within(s.id, key)
}

// eachBlock calls f with the blocks at the top of the module.
func (s *scope) eachBlock(f func(p part, block *ast.BlockStmt)) {
	for _, p := range s.def.parts {
		for _, stmt := range p.body {
			if block, ok := stmt.(*ast.BlockStmt); ok {
				f(p, block)
			}
		}
	}
}

// in returns the evaluator for what stands in a part of the module.
func (s *scope) in(p part) eval.Evaluator { return s.run.In(p.file, s) }

// The names of blocks that belong to the language of modules.
const (
	argumentBlock = "argument"
	exportBlock   = "export"
	declareBlock  = "declare"
	foreachBlock  = "foreach"
	templateBlock = "template"
)

func (s *scope) collectValue(p part, block *ast.BlockStmt) {
	switch block.GetBlockName() {
	case argumentBlock:
		if s.mayHaveParameters(block) && s.labelled(block, "endpoint") {
			s.collectParameter(p, block)
		}
	case exportBlock:
		if s.mayHaveParameters(block) && s.labelled(block, "input") {
			s.collectExport(p, block)
		}
	case localFile:
		s.collectFile(p, block)
	}
}

func (s *scope) mayHaveParameters(block *ast.BlockStmt) bool {
	if s.def.parameters {
		return true
	}
	s.diags.Errorf(syntax.NameRange(block), diag.UnknownBlock,
		"put it into a declare block; what others load as a module is converted together with them",
		"%q stands outside of a module", block.GetBlockName())
	return false
}

// labelled reports a block without a label.
func (s *scope) labelled(block *ast.BlockStmt, example string) bool {
	if block.Label != "" {
		return true
	}
	name := block.GetBlockName()
	s.diags.Errorf(syntax.NameRange(block), diag.BadLabel, "name it, as in: "+name+` "`+example+`" {`,
		"%q needs a label", name)
	return false
}

// vacant reports a block whose name is taken already.
func (s *scope) vacant(taken bool, block *ast.BlockStmt) bool {
	if taken {
		s.diags.Errorf(syntax.LabelRange(block), diag.Duplicate, "give them different labels, or remove one of them",
			"%s is declared twice", keyOf(block))
	}
	return !taken
}

func (s *scope) collectParameter(p part, block *ast.BlockStmt) {
	if _, taken := s.parameters[block.Label]; !s.vacant(taken, block) {
		return
	}
	arg := &parameter{}
	s.parameters[block.Label] = arg
	for _, a := range s.attributes(block, "optional", "default", "comment") {
		switch a.Name.Name {
		case "optional":
			v := s.in(p).Value(a.Value)
			if v.Kind != eval.Bool && v.Kind != "" {
				s.diags.Errorf(v.Range, diag.WrongType, "write true or false", "optional: expected a bool, got %s", v.Kind)
			}
			arg.optional = v.Bool
		case "comment":
			s.in(p).Value(a.Value)
		case "default":
			arg.fallback = lazyExpression(s.in(p), a.Value, syntax.Range(a.Name))
		}
	}
}

func (s *scope) collectExport(p part, block *ast.BlockStmt) {
	if _, taken := s.exports[block.Label]; !s.vacant(taken, block) {
		return
	}
	attributes := s.attributes(block, "value")
	if len(attributes) == 0 {
		s.diags.Errorf(syntax.NameRange(block), diag.MissingArgument,
			"add a line such as: value = otelcol.processor.batch.default.input", "argument %q is required in %q",
			"value", exportBlock)
		s.exports[block.Label] = &lazy{state: done}
		return
	}
	s.exports[block.Label] = lazyExpression(s.in(p), attributes[0].Value, syntax.Range(attributes[0].Name))
}

// attributes returns the attributes of a block that takes these, and no blocks. It reports all others.
func (s *scope) attributes(block *ast.BlockStmt, known ...string) (attributes []*ast.AttributeStmt) {
	given := map[string]bool{}
	for _, stmt := range block.Body {
		switch stmt := stmt.(type) {
		case *ast.BlockStmt:
			s.diags.Errorf(syntax.NameRange(stmt), diag.UnknownBlock, "remove it", "unknown block %q in %q",
				stmt.GetBlockName(), block.GetBlockName())
		case *ast.AttributeStmt:
			name := stmt.Name.Name
			switch {
			case !slices.Contains(known, name):
				s.diags.Errorf(syntax.Range(stmt.Name), diag.UnknownArgument, nearest.Hint(name, known, "remove it"),
					"unknown argument %q in %q", name, block.GetBlockName())
			case given[name]:
				s.diags.Errorf(syntax.Range(stmt.Name), diag.Duplicate, "keep one of them", "argument %q is given twice", name)
			default:
				given[name] = true
				attributes = append(attributes, stmt)
			}
		}
	}
	return attributes
}

// collectUse notes what other blocks are: uses of modules, or components.
func (s *scope) collectUse(p part, block *ast.BlockStmt) {
	name := block.GetBlockName()
	key := keyOf(block)
	switch {
	case name == foreachBlock:
		if _, taken := s.loops[block.Label]; s.vacant(taken, block) {
			s.loops[block.Label] = block
		}
	case isModuleBlock(name):
		return
	case s.names.knows(block.Name[0]) || !s.isAlloy() && isModuleComponent(name):
		if _, taken := s.instances[key]; s.vacant(taken, block) {
			s.instances[key] = &instance{part: p, block: block, caller: s, key: key}
		}
	default:
		s.components[key] = true
		s.declared[eval.Within(s.id, key)] = true
	}
}

// keyOf returns the name by which references mean a block.
func keyOf(block *ast.BlockStmt) string {
	return strings.TrimSuffix(block.GetBlockName()+"."+block.Label, ".")
}

// isModuleBlock reports whether a block says something about the module that it stands in.
func isModuleBlock(name string) bool {
	switch name {
	case argumentBlock, exportBlock, declareBlock, foreachBlock, localFile:
		return true
	}
	return strings.HasPrefix(name, importPrefix)
}

// Resolve implements eval.Scope.
func (s *scope) Resolve(path []string, at diag.Range) (v eval.Value, taken int, ok bool) {
	home := s
	for in := s; in != nil; in = in.def.around { // a template sees what is around it
		if v, taken, ok, found := in.own(path, at); found {
			return v, taken, ok
		}
		home = in
	}
	return home.reference(path), len(path), true // nobody declares it, which the graph reports
}

// own resolves a path by the names of the scope itself.
func (s *scope) own(path []string, at diag.Range) (v eval.Value, taken int, ok, found bool) {
	switch {
	case s.variable != "" && path[0] == s.variable:
		return s.item, 1, true, true
	case path[0] == "module_path" && s.isAlloy():
		return eval.Value{Kind: eval.String, Text: eval.Literally(s.def.folder)}, 1, true, true
	case path[0] == argumentBlock && s.def.parameters && len(path) > 2 && path[2] == "value":
		v, ok = s.argument(path[1], at)
		return v, 3, ok, true
	case path[0] == argumentBlock && s.def.parameters && len(path) > 1:
		s.diags.Errorf(at, diag.WrongReference, "write "+argumentBlock+"."+path[1]+".value",
			"the value of an argument stands in its field %q", "value")
		return eval.Value{}, 0, false, true
	}
	for n := len(path); n > 0; n-- {
		key := strings.Join(path[:n], ".")
		if i, isInstance := s.instances[key]; isInstance {
			v, more, ok := i.resolve(path[n:], at)
			return v, n + more, ok, true
		}
		if content, isFile := s.files[key]; isFile {
			v, ok = content.get(s.expansion)
			v.Range = diag.Range{} // it counts as written where it is used
			return v, n, ok, true
		}
		if s.components[key] {
			return s.reference(path), len(path), true, true
		}
	}
	return eval.Value{}, 0, false, false
}

// reference returns a reference to a component of the scope.
func (s *scope) reference(path []string) eval.Value {
	path = slices.Clone(path)
	path[0] = eval.Within(s.id, path[0])
	return eval.Value{Kind: eval.Reference, Path: path}
}

// argument returns what the caller hands over, or the default.
func (s *scope) argument(name string, at diag.Range) (eval.Value, bool) {
	p, known := s.parameters[name]
	if !known {
		s.diags.Errorf(at, diag.UnknownReference,
			nearest.Hint(name, sortedKeys(s.parameters), `declare it: argument "`+name+`" {}`),
			"the module has no argument %q", name)
		return eval.Value{}, false
	}
	if v, given := s.given[name]; given {
		return v.get(s.expansion)
	}
	if p.fallback != nil {
		return p.fallback.get(s.expansion)
	}
	return eval.Value{Kind: eval.Null}, p.optional // if it is required, the caller has been told
}
