package module

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/grafana/alloy/syntax/ast"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/syntax"
)

// importPrefix begins the names of the blocks that import modules.
const importPrefix = "import."

const (
	importFile   = "import.file"
	importString = "import.string"
)

func (s *scope) collectImport(p part, block *ast.BlockStmt) {
	if strings.HasPrefix(block.GetBlockName(), importPrefix) {
		s.names.importModule(s, p, block, nil)
	}
}

// importModule adds the namespace of an imported module. The scope is the one that the block stands in; within holds
// what is being imported around it.
func (n *names) importModule(s *scope, p part, block *ast.BlockStmt, within []string) {
	name := block.GetBlockName()
	switch {
	case !s.labelled(block, "sampling"):
		return
	case n.imports[block.Label] != nil:
		s.diags.Errorf(syntax.LabelRange(block), diag.Duplicate, "rename or remove one of them",
			"the namespace %q is declared twice", block.Label)
		return
	}
	lib := &library{}
	n.imports[block.Label] = lib
	n.blocks[name+" "+block.Label] = block
	switch name {
	case importFile:
		if path, at, ok := s.text(p, block, "filename", watchArguments...); ok {
			lib.names = s.importPath(path, at, within)
		}
	case importString:
		if content, ok := s.content(p, block); ok {
			lib.names = s.importText(content, within)
		}
	default:
		s.diags.Errorf(syntax.NameRange(block), diag.UnsupportedComponent,
			"fetch the module, and import the file: import.file "+`"`+block.Label+`" { filename = "..." }`,
			"%q needs a network or another service when it is read", name)
	}
}

// watchArguments are those that say how River finds out about changes of a file. The collector does not.
var watchArguments = []string{"detector", "poll_frequency"}

// fileArguments are those of components that read a file. One more of them hides its content from people.
var fileArguments = []string{"detector", "poll_frequency", "is_secret"}

// importPath imports the module that is a file or folder.
func (s *scope) importPath(path string, at diag.Range, within []string) *names {
	files, ok := s.filesOf(path, at)
	if !ok {
		return nil
	}
	key := "file"
	for _, f := range files {
		key += "\n" + f.Name
	}
	if lib, ok := s.imported(key, at, within); ok {
		return lib
	}
	parts, ok := s.parseAll(files)
	if !ok {
		return nil
	}
	return s.importParts(parts, folderOf(path, files[0]), slices.Concat(within, []string{key}), key)
}

// importText imports the module whose text is a value. What it imports itself counts from the folder of the scope, or
// from that of the file that holds the value.
func (s *scope) importText(c content, within []string) *names {
	key := strings.Join([]string{"text", s.def.folder, filepath.Dir(c.at.File), string(c.text)}, "\n")
	if lib, ok := s.imported(key, c.at, within); ok {
		return lib
	}
	p, ok := s.parse(c.name, c.text)
	if !ok {
		return nil
	}
	return s.importParts([]part{p}, s.def.folder, slices.Concat(within, []string{key}), key)
}

// imported returns a module that has been imported before. One that is still being imported imports itself.
func (s *scope) imported(key string, at diag.Range, within []string) (lib *names, ok bool) {
	if slices.Contains(within, key) {
		s.diags.Errorf(at, diag.Cycle, "remove one of the imports", "the module imports itself")
		return nil, true
	}
	if len(within) > maxDepth {
		s.budget.refuse(at, "import fewer modules within modules", "imports nest more than %d deep", maxDepth)
		return nil, true
	}
	lib, ok = s.libraries[key]
	return lib, ok
}

// importParts reads what an imported module declares and imports. It sees nothing of what imports it.
func (s *scope) importParts(parts []part, folder string, within []string, key string) *names {
	lib := newNames(nil)
	inside := &scope{expansion: s.expansion, def: &definition{folder: folder}, names: lib, caller: s}
	for _, p := range parts {
		for _, stmt := range p.body {
			block, isBlock := stmt.(*ast.BlockStmt)
			switch {
			case isBlock && block.GetBlockName() == declareBlock:
				lib.declare(s.expansion, p, block, folder, nil)
			case isBlock && strings.HasPrefix(block.GetBlockName(), importPrefix):
				lib.importModule(inside, p, block, within)
			default:
				s.diags.Errorf(syntax.Range(stmt), diag.UnknownBlock, "put it into a declare block",
					"an imported module may hold nothing but declare and import blocks")
			}
		}
	}
	s.libraries[key] = lib
	return lib
}

// text returns the argument of a block that names a module, as it is now.
func (s *scope) text(p part, block *ast.BlockStmt, name string, others ...string) (string, diag.Range, bool) {
	v, ok := s.required(p, block, name, others...)
	if !ok {
		return "", diag.Range{}, false
	}
	text, ok := s.in(p).Known(v)
	return text, v.Range, ok
}

// required evaluates the one argument of a block that has a meaning here, a string that is not empty. It may have
// others.
func (s *scope) required(p part, block *ast.BlockStmt, name string, others ...string) (eval.Value, bool) {
	example := name + ` = "module.river"`
	switch {
	case block.GetBlockName() == localFile:
		example = name + ` = "/run/secrets/token"`
	case name == "content":
		example = "content = `declare \"sampling\" { ... }`"
	}
	for _, a := range s.attributes(block, append([]string{name}, others...)...) {
		v := s.in(p).Value(a.Value)
		if a.Name.Name != name {
			continue // it only has to be right
		}
		switch {
		case v.Kind == "":
			return v, false
		case v.Kind != eval.String:
			s.diags.Errorf(v.Range, diag.WrongType, "write a text, as in: "+example,
				"%s: expected a string, got %s", name, v.Kind)
			return v, false
		case v.Symbolic() || v.Text.Literal() != "":
			return v, true
		}
	}
	s.diags.Errorf(syntax.NameRange(block), diag.MissingArgument, "add a line such as: "+example,
		"argument %q is required in %q", name, block.GetBlockName())
	return eval.Value{}, false
}

// content is the text of a module that is a value.
type content struct {
	name string // of the file for diagnostics
	text []byte
	at   diag.Range
}

// content returns the argument content of a block. If it is the content of a local.file, that is read now.
func (s *scope) content(p part, block *ast.BlockStmt) (content, bool) {
	v, ok := s.required(p, block, "content")
	if !ok {
		return content{}, false
	}
	if len(v.Text) == 1 && len(v.Text[0].File) > 0 {
		return s.fileContent(p, v)
	}
	text, ok := s.in(p).Known(v)
	return content{v.Range.File + ": " + block.GetBlockName() + "." + block.Label, []byte(text), v.Range}, ok
}

// folderOf returns the folder of a module: the path itself, or that of the file there.
func folderOf(path string, first File) string {
	if filepath.Clean(path) == filepath.Dir(first.Name) {
		return filepath.Clean(path)
	}
	return filepath.Dir(first.Name)
}
