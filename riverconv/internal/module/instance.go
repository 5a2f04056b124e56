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

// The components by which Agent Flow loads modules. Their arguments stand in a block, and what they export in a field.
const (
	moduleFile     = "module.file"
	moduleString   = "module.string"
	argumentsBlock = "arguments"
	exportsField   = "exports"
)

func isModuleComponent(name string) bool { return strings.HasPrefix(name, "module.") }

// instance is the use of a module: of a custom component, or by a module component.
type instance struct {
	part   part
	block  *ast.BlockStmt
	caller *scope
	key    string // by which references name it
	given  map[string]*lazy
	inner  *scope // nil if it cannot be opened, which has been reported
	opened progress
}

func (i *instance) isModuleComponent() bool {
	return !i.caller.names.knows(i.block.Name[0]) // else an import hides it
}

// open returns the scope of the module. It returns nil after an error has been reported.
func (i *instance) open() *scope {
	switch i.opened {
	case begun:
		i.caller.diags.Errorf(syntax.NameRange(i.block), diag.Cycle, "write the module out in one of the places",
			"the module %s depends on itself", i.key)
		return nil
	case notBegun:
		i.opened = begun
		i.given = i.handedOver()
		x, at := i.caller.expansion, syntax.NameRange(i.block)
		if x.budget.enter(at) && x.budget.use(at) {
			i.enter()
		}
		x.budget.leave()
		i.opened = done
	}
	return i.inner
}

// enter opens the scope, if the module can be had.
func (i *instance) enter() {
	def, ok := i.definition()
	if !ok || !i.mayNest(def) {
		return
	}
	i.inner = enter(scope{expansion: i.caller.expansion, def: def, caller: i.caller, id: i.caller.inner(i.key),
		given: i.given})
	i.checkArguments()
}

// definition finds what the instance is one of.
func (i *instance) definition() (*definition, bool) {
	if i.isModuleComponent() {
		return i.moduleComponent()
	}
	s, name := i.caller, i.block.GetBlockName()
	def, known := s.names.find(i.block.Name)
	if !known {
		s.diags.Errorf(syntax.NameRange(i.block), diag.UnknownComponent,
			nearest.Hint(name, s.names.all(), "declare it; a declare or import block hides components that begin with its name"),
			"unknown custom component %q", name)
	}
	return def, def != nil
}

// moduleComponent reads what a module component loads.
func (i *instance) moduleComponent() (*definition, bool) {
	s, name := i.caller, i.block.GetBlockName()
	if !s.labelled(i.block, "sampling") {
		return nil, false
	}
	rest := without(i.block, argumentsBlock)
	def := &definition{sees: newNames(nil), folder: s.def.folder, parameters: true}
	switch name {
	case moduleFile:
		path, at, ok := s.text(i.part, rest, "filename", fileArguments...)
		if !ok {
			return nil, false
		}
		files, ok := s.filesOf(path, at)
		if !ok {
			return nil, false
		}
		def.parts, ok = s.parseAll(files)
		def.folder, def.origin = folderOf(path, files[0]), "file "+files[0].Name
		return def, ok
	case moduleString:
		c, ok := s.content(i.part, rest)
		if !ok {
			return nil, false
		}
		p, ok := s.parse(c.name, c.text)
		def.parts, def.origin = []part{p}, "text "+string(c.text)
		return def, ok
	}
	s.diags.Errorf(syntax.NameRange(i.block), diag.UnsupportedComponent,
		"fetch the module, and load the file: "+moduleFile+` "`+i.block.Label+`" { filename = "..." }`,
		"%q needs a network or another service when it is read", name)
	return nil, false
}

// without returns a block without the blocks of a name in it.
func without(block *ast.BlockStmt, name string) *ast.BlockStmt {
	rest := *block
	rest.Body = slices.DeleteFunc(slices.Clone(block.Body), func(stmt ast.Stmt) bool {
		inner, ok := stmt.(*ast.BlockStmt)
		return ok && inner.GetBlockName() == name
	})
	return &rest
}

// blocksIn returns the blocks of a name that stand in a block.
func blocksIn(block *ast.BlockStmt, name string) (blocks []*ast.BlockStmt) {
	for _, stmt := range block.Body {
		if inner, ok := stmt.(*ast.BlockStmt); ok && inner.GetBlockName() == name {
			blocks = append(blocks, inner)
		}
	}
	return blocks
}

// mayNest reports a module that holds itself, or stands too deep in others.
func (i *instance) mayNest(def *definition) bool {
	depth := 0
	for s := i.caller; s != nil; s = s.caller {
		depth++
		if s.def == def || def.origin != nil && s.def.origin == def.origin {
			i.caller.diags.Errorf(syntax.NameRange(i.block), diag.Cycle, "remove this block",
				"the module %s holds itself", i.key)
			return false
		}
	}
	if depth > maxDepth {
		return i.caller.budget.refuse(syntax.NameRange(i.block), "write the inner modules out",
			"modules nest more than %d deep", maxDepth)
	}
	return true
}

// handedOver returns the arguments that the caller gives.
func (i *instance) handedOver() map[string]*lazy {
	s, block := i.caller, i.block
	if i.isModuleComponent() {
		found := blocksIn(i.block, argumentsBlock)
		if len(found) == 0 {
			return nil
		}
		block = found[0]
		for _, second := range found[1:] {
			s.diags.Errorf(syntax.NameRange(second), diag.Duplicate, "keep one of them",
				"block %q is given twice", argumentsBlock)
		}
	}
	given := map[string]*lazy{}
	for _, stmt := range block.Body {
		switch stmt := stmt.(type) {
		case *ast.BlockStmt:
			s.diags.Errorf(syntax.NameRange(stmt), diag.UnknownBlock, "hand over values: NAME = VALUE",
				"a module takes no blocks, such as %q", stmt.GetBlockName())
		case *ast.AttributeStmt:
			name := stmt.Name.Name
			if given[name] != nil {
				s.diags.Errorf(syntax.Range(stmt.Name), diag.Duplicate, "keep one of them", "argument %q is given twice", name)
				continue
			}
			given[name] = lazyExpression(s.in(i.part), stmt.Value, syntax.Range(stmt.Name))
		}
	}
	return given
}

// checkArguments compares what is handed over with what the module declares.
func (i *instance) checkArguments() {
	parameters := i.inner.parameters
	for _, name := range sortedKeys(i.given) {
		if parameters[name] == nil {
			i.caller.diags.Errorf(i.given[name].at, diag.UnknownArgument,
				nearest.Hint(name, sortedKeys(parameters), "remove it, or declare it in the module"),
				"the module %s has no argument %q", i.key, name)
		}
	}
	for _, name := range sortedKeys(parameters) {
		if i.given[name] == nil && !parameters[name].optional {
			i.caller.diags.Errorf(syntax.NameRange(i.block), diag.MissingArgument, "add a line such as: "+name+" = ...",
				"the module %s needs the argument %q", i.key, name)
		}
	}
}

// expand returns the blocks of the module.
func (i *instance) expand() []eval.Block {
	inner := i.open()
	for _, name := range sortedKeys(i.given) {
		i.given[name].get(i.caller.expansion)
	}
	if inner == nil {
		return nil
	}
	return inner.expand()
}

// resolve returns an export of the module, and how many names of the path it took. Without a name, it returns all.
func (i *instance) resolve(path []string, at diag.Range) (v eval.Value, taken int, ok bool) {
	inner := i.open()
	if inner == nil {
		return eval.Value{}, 0, false
	}
	if i.isModuleComponent() {
		if len(path) == 0 || path[0] != exportsField {
			i.caller.diags.Errorf(at, diag.WrongReference, "write "+i.key+"."+exportsField+".NAME",
				"what %s exports stands in its field %q", i.key, exportsField)
			return eval.Value{}, 0, false
		}
		path, taken = path[1:], 1
	}
	if len(path) == 0 {
		v, ok = inner.allExports()
		return v, taken, ok
	}
	export, known := inner.exports[path[0]]
	if !known {
		i.caller.diags.Errorf(at, diag.UnknownReference,
			nearest.Hint(path[0], sortedKeys(inner.exports), `export it there: export "`+path[0]+`" { value = ... }`),
			"the module %s exports no %q", i.key, path[0])
		return eval.Value{}, 0, false
	}
	v, ok = export.get(inner.expansion)
	v.Range = diag.Range{} // it counts as written where it is used
	return v, taken + 1, ok
}

// allExports returns the exports as one object.
func (s *scope) allExports() (v eval.Value, ok bool) {
	v, ok = eval.Value{Kind: eval.Object}, true
	for _, name := range sortedKeys(s.exports) {
		export, found := s.exports[name].get(s.expansion)
		ok = ok && found
		v.Fields = append(v.Fields, eval.Field{Name: name, Value: export})
	}
	return v, ok
}
