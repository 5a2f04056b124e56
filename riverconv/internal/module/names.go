package module

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/grafana/alloy/syntax/ast"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/nearest"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/syntax"
)

// names holds the custom components that statements may name.
type names struct {
	outer    *names
	declares map[string]*definition
	imports  map[string]*library
	blocks   map[string]*ast.BlockStmt // that declare them, by kind and label
}

// library is an imported module: the custom components that it declares. They are nil if it could not be read.
type library struct {
	*names
	used bool
}

func newNames(outer *names) *names {
	return &names{outer: outer, declares: map[string]*definition{}, imports: map[string]*library{},
		blocks: map[string]*ast.BlockStmt{}}
}

// knows reports whether a block whose name begins so is a custom component.
func (n *names) knows(first string) bool {
	for in := n; in != nil; in = in.outer {
		if in.declares[first] != nil || in.imports[first] != nil {
			return true
		}
	}
	return false
}

// find returns the definition of a custom component: a declared one, or NAMESPACE.NAME of an imported one. It returns
// nil and true if the module that would declare it could not be read.
func (n *names) find(name []string) (def *definition, known bool) {
	for in := n; in != nil; in = in.outer {
		if len(name) == 1 {
			def = in.declares[name[0]]
		} else if lib := in.imports[name[0]]; lib != nil {
			lib.used = true
			if lib.names == nil {
				return nil, true
			}
			def = lib.declares[strings.Join(name[1:], ".")]
		}
		if def != nil {
			def.used = true
			return def, true
		}
	}
	return nil, false
}

// all lists the names that find knows.
func (n *names) all() (all []string) {
	for in := n; in != nil; in = in.outer {
		all = slices.AppendSeq(all, maps.Keys(in.declares))
		for namespace, lib := range in.imports {
			if lib.names != nil {
				for name := range lib.declares {
					all = append(all, namespace+"."+name)
				}
			}
		}
	}
	slices.Sort(all)
	return all
}

// nearest returns a hint for a name that is nearly that of a custom component, or "".
func (n *names) nearest(name string) string {
	all := n.all()
	if hint := nearest.Hint(name, all, ""); hint != "" {
		return hint
	}
	for _, known := range all {
		if strings.HasSuffix(known, "."+name) {
			return "did you mean " + strconv.Quote(known) + "?"
		}
	}
	return ""
}

func (s *scope) collectDeclare(p part, block *ast.BlockStmt) {
	if block.GetBlockName() != declareBlock {
		return
	}
	var around *scope
	if s.def.around != nil {
		around = s // what a template declares sees what the template sees
	}
	s.names.declare(s.expansion, p, block, s.def.folder, around)
}

// declare adds a custom component.
func (n *names) declare(x *expansion, p part, block *ast.BlockStmt, folder string, around *scope) {
	at := syntax.LabelRange(block)
	switch {
	case block.Label == "" || block.Label == declareBlock:
		x.diags.Errorf(at, diag.BadLabel, `name the custom component, as in: declare "tail_sampling" {`,
			"%q needs the name of a custom component as its label", declareBlock)
	case n.declares[block.Label] != nil:
		x.diags.Errorf(at, diag.Duplicate, "rename or remove one of them",
			"%s %q is declared twice", declareBlock, block.Label)
	default:
		inner := part{file: p.file, body: block.Body, opens: syntax.OpeningLine(block)}
		n.declares[block.Label] = &definition{parts: []part{inner}, sees: n, folder: folder, parameters: true,
			origin: block, around: around}
		n.blocks[declareBlock+" "+block.Label] = block
	}
}

// reportUnused tells which of the names no statement has used. Beside errors that means little.
func (n *names) reportUnused(x *expansion) {
	if x.diags.HasErrors() {
		return
	}
	for _, key := range sortedKeys(n.blocks) {
		kind, label, _ := strings.Cut(key, " ")
		at := syntax.LabelRange(n.blocks[key])
		switch {
		case kind == declareBlock && !n.declares[label].used:
			x.diags.Warnf(at, diag.NotUsed, "use it, as in: "+label+` "default" { ... }, or remove it`,
				"nothing uses the custom component %q; it was left out", label)
		case kind != declareBlock && !n.imports[label].used:
			x.diags.Warnf(at, diag.NotUsed, "use what it declares, as in: "+label+`.NAME "default" { ... }, or remove it`,
				"nothing uses the module %q; it was left out", label)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
