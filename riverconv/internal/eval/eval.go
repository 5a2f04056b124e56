package eval

import (
	"slices"

	"github.com/grafana/alloy/syntax/ast"
	"github.com/grafana/alloy/syntax/token"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/nearest"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/syntax"
)

// Settings say where and for what a configuration is evaluated.
type Settings struct {
	Dialect dialect.Dialect
	// LookupEnv reads a variable for the few expressions that cannot stay symbolic.
	LookupEnv func(name string) (string, bool)
}

// Scope gives the names in expressions their values, but for those of the standard library.
type Scope interface {
	// Resolve returns the value of the names at the front of a path, and how many of them it took. It returns false after
	// it has reported an error.
	Resolve(path []string, at diag.Range) (v Value, taken int, ok bool)
}

// Run is one evaluation of a configuration, across its files and scopes.
type Run struct {
	set   Settings
	diags *diag.List
	// toldExpansion is set once the user knows that the collector expands variables a second time.
	toldExpansion bool
}

// NewRun begins an evaluation that reports to diags. An attribute whose expression is wrong gets a value without a
// kind.
func NewRun(set Settings, diags *diag.List) *Run { return &Run{set: set, diags: diags} }

// Evaluator evaluates what stands in one file, within one scope.
type Evaluator struct {
	*Run
	file  *syntax.File
	scope Scope
}

// In returns an evaluator for a file and a scope.
func (r *Run) In(file *syntax.File, scope Scope) Evaluator { return Evaluator{r, file, scope} }

// Block evaluates a block with all that stands in it. The comment is the one that belongs to it.
func (e Evaluator) Block(stmt *ast.BlockStmt, comment string) Block {
	return Block{
		Name:       stmt.GetBlockName(),
		Label:      stmt.Label,
		NameRange:  syntax.NameRange(stmt),
		LabelRange: syntax.LabelRange(stmt),
		Range:      syntax.Range(stmt),
		Comment:    comment,
		Body:       e.Body(stmt),
	}
}

// Body evaluates what stands in a block.
func (e Evaluator) Body(block *ast.BlockStmt) Body {
	var body Body
	given := map[string]diag.Range{}
	for _, stmt := range e.file.Statements(block.Body, syntax.OpeningLine(block)) {
		switch inner := stmt.Stmt.(type) {
		case *ast.AttributeStmt:
			if e.repeats(inner, given) {
				continue
			}
			body.Attributes = append(body.Attributes, Attribute{
				Name: inner.Name.Name, NameRange: syntax.Range(inner.Name), Value: e.Value(inner.Value), Comment: stmt.Comment,
			})
		case *ast.BlockStmt:
			body.Blocks = append(body.Blocks, e.Block(inner, stmt.Comment))
		}
	}
	return body
}

// repeats reports an attribute that was given before.
func (e Evaluator) repeats(stmt *ast.AttributeStmt, given map[string]diag.Range) bool {
	name, at := stmt.Name.Name, syntax.Range(stmt.Name)
	first, repeated := given[name]
	if !repeated {
		given[name] = at
		return false
	}
	e.diags.Errorf(at, diag.Duplicate, "it was given at "+first.String()+"; keep one of them",
		"argument %q is given twice", name)
	return true
}

// Value evaluates the expression of an attribute. If that is wrong, the value has no kind: it is given, if wrongly.
func (e Evaluator) Value(x ast.Expr) Value {
	v, ok := e.expr(x)
	if !ok {
		v = Value{Range: v.Range}
	}
	e.tellExpansion(v)
	return v
}

// tellExpansion warns at the first variable that the collector will read. It is no matter for variables that were
// evaluated on the way.
func (e Evaluator) tellExpansion(v Value) {
	for _, item := range v.List {
		e.tellExpansion(item)
	}
	for _, f := range v.Fields {
		e.tellExpansion(f.Value)
	}
	if e.toldExpansion || !slices.ContainsFunc(v.Text, func(p Piece) bool { return p.Env != "" }) {
		return // of files, some keys take the path, and nothing is expanded
	}
	e.toldExpansion = true
	e.diags.Warnf(v.Range, diag.ExpandedAgain,
		"write $$ for every $ in them that is followed by { or $",
		"the collector expands ${...} and $$ inside variables and files that it reads, River takes them literally")
}

// expr evaluates an expression. It returns false after it has reported an error.
func (e Evaluator) expr(x ast.Expr) (Value, bool) {
	v, ok := e.bare(x)
	if v.Range.IsZero() { // else it was written elsewhere, and handed over
		v.Range = syntax.Range(x)
	}
	return v, ok
}

// bare evaluates an expression; the caller sets the range.
func (e Evaluator) bare(x ast.Expr) (Value, bool) {
	switch x := x.(type) {
	case *ast.LiteralExpr:
		return e.constant(x, nil, x)
	case *ast.ParenExpr:
		return e.bare(x.Inner)
	case *ast.ArrayExpr:
		return e.array(x)
	case *ast.ObjectExpr:
		return e.object(x)
	case *ast.IdentifierExpr, *ast.AccessExpr:
		return e.name(x)
	case *ast.CallExpr:
		return e.call(x)
	case *ast.BinaryExpr:
		return e.binary(x)
	case *ast.UnaryExpr:
		operands, ok := e.operands(x.Value)
		if !ok {
			return Value{}, false
		}
		return e.constant(&ast.UnaryExpr{Kind: x.Kind, KindPos: x.KindPos, Value: placeholder(0, x)}, operands, x)
	case *ast.IndexExpr:
		return e.index(x)
	}
	e.diags.Errorf(syntax.Range(x), diag.BadExpression, "write the value itself", "expression of an unknown form")
	return Value{}, false
}

func (e Evaluator) array(x *ast.ArrayExpr) (Value, bool) {
	v, all := Value{Kind: Array, List: []Value{}}, true
	for _, element := range x.Elements {
		item, ok := e.expr(element)
		all = all && ok
		v.List = append(v.List, item)
	}
	return v, all
}

func (e Evaluator) object(x *ast.ObjectExpr) (Value, bool) {
	v, all := Value{Kind: Object, Fields: []Field{}}, true
	for _, field := range x.Fields {
		item, ok := e.expr(field.Value)
		all = all && ok
		// Of fields with one name River keeps the last.
		if i := slices.IndexFunc(v.Fields, func(f Field) bool { return f.Name == field.Name.Name }); i >= 0 {
			e.diags.Warnf(syntax.Range(field.Name), diag.Duplicate, "the last one counts; remove the others",
				"field %q is given twice", field.Name.Name)
			v.Fields[i].Value = item
			continue
		}
		v.Fields = append(v.Fields, Field{Name: field.Name.Name, Value: item})
	}
	return v, all
}

// index evaluates LIST[NUMBER] or OBJECT[KEY]. The elements beside it need not be known.
func (e Evaluator) index(x *ast.IndexExpr) (Value, bool) {
	whole, wholeOK := e.expr(x.Value)
	key, keyOK := e.expr(x.Index)
	if !wholeOK || !keyOK {
		return Value{}, false
	}
	switch {
	case whole.Kind == Array && key.Kind == Number && key.Number.Integer:
		if n := key.Number.Int; n >= 0 && n < int64(len(whole.List)) {
			return whole.List[n], true
		}
		e.diags.Errorf(syntax.Range(x), diag.BadExpression, "the first element has the index 0",
			"index %d is outside of a list of %d elements", key.Number.Int, len(whole.List))
		return Value{}, false
	case whole.Kind == Object && key.Kind == String && !key.Symbolic():
		v, _ := whole.Field(key.Text.Literal())
		return v, true
	}
	operands, ok := e.known(whole, key)
	if !ok {
		return Value{}, false
	}
	return e.constant(&ast.IndexExpr{Value: placeholder(0, x), Index: placeholder(1, x),
		LBrackPos: x.LBrackPos, RBrackPos: x.RBrackPos}, operands, x)
}

// name evaluates a dotted name: a constant of the standard library, a name of the scope, or a field of either.
func (e Evaluator) name(x ast.Expr) (Value, bool) {
	path, ok := dotted(x)
	if !ok { // a field of a computed value, as in f(x).name
		access := x.(*ast.AccessExpr)
		v, ok := e.expr(access.Value)
		if !ok {
			return Value{}, false
		}
		return e.field(v, access.Name.Name, x)
	}
	full := join(path)
	if in, ok := constants[full]; ok {
		if !e.available(x, full, in) {
			return Value{}, false
		}
		v, ok := e.constant(x, nil, x)
		if ok {
			e.diags.Warnf(syntax.Range(x), diag.FixedValue,
				`write the value itself, or use env("NAME"), which the collector reads when it starts`,
				"%s is evaluated now, to %q", full, v.Text.Literal())
		}
		return v, ok
	}
	v, taken, ok := e.scope.Resolve(path, syntax.Range(x))
	if !ok {
		return Value{}, false
	}
	for _, name := range path[taken:] {
		if v, ok = e.field(v, name, x); !ok {
			return Value{}, false
		}
	}
	return v, true
}

// field returns a field of a value. That of a reference is a reference.
func (e Evaluator) field(v Value, name string, x ast.Expr) (Value, bool) {
	if v.Kind == Reference {
		v.Path = append(slices.Clone(v.Path), name)
		return v, true
	}
	if found, ok := v.Field(name); ok {
		return found, true
	}
	if v.Kind == Object {
		var names []string
		for _, f := range v.Fields {
			names = append(names, f.Name)
		}
		e.diags.Errorf(syntax.Range(x), diag.BadExpression, nearest.Hint(name, names, "write the value itself"),
			"the object has no field %q", name)
		return Value{}, false
	}
	operands, ok := e.known(v)
	if !ok {
		return Value{}, false
	}
	access := &ast.AccessExpr{Value: placeholder(0, x), Name: &ast.Ident{Name: name, NamePos: ast.StartPos(x)}}
	return e.constant(access, operands, x)
}

// maxPieces bounds the variables and literals of a text, and the elements of a list that is joined from others.
const maxPieces = 1 << 16

// maxExponent bounds powers: the syntax module multiplies integers that often.
const maxExponent = 1000

// binary evaluates an operator. A sum of strings stays symbolic, everything else needs to know its operands.
func (e Evaluator) binary(x *ast.BinaryExpr) (Value, bool) {
	left, leftOK := e.expr(x.Left)
	right, rightOK := e.expr(x.Right)
	if !leftOK || !rightOK {
		return Value{}, false
	}
	if isSum(x) && left.Kind == String && right.Kind == String && (left.Symbolic() || right.Symbolic()) {
		if len(left.Text)+len(right.Text) > maxPieces {
			e.diags.Errorf(syntax.Range(x), diag.BadExpression, "put all of it into one variable",
				"a text cannot consist of more than %d pieces", maxPieces)
			return Value{}, false
		}
		text := slices.Concat(left.Text, right.Text)
		if !expandable(text) && text.HoldsFile() {
			e.diags.Errorf(syntax.Range(x), diag.BadExpression, "put all of it into the file",
				"the collector cannot read a file beside a literal ${...}")
			return Value{}, false
		}
		if !expandable(text) {
			e.diags.Warnf(syntax.Range(x), diag.FixedValue,
				"the collector cannot expand a variable beside a literal ${...}; put all of it into the variable",
				"an environment variable is evaluated now")
			text = Literally(e.resolve(text))
		}
		return Value{Kind: String, Text: text}, true
	}
	operands, ok := e.known(left, right)
	if !ok {
		return Value{}, false
	}
	if x.Kind == token.POW && right.Number.Int > maxExponent {
		e.diags.Errorf(right.Range, diag.BadExpression, "write the value itself", "an exponent cannot exceed %d", maxExponent)
		return Value{}, false
	}
	return e.constant(&ast.BinaryExpr{Kind: x.Kind, KindPos: x.KindPos, Left: placeholder(0, x), Right: placeholder(1, x)},
		operands, x)
}
