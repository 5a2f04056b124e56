package eval

import (
	"slices"

	"github.com/grafana/alloy/syntax/ast"
	"github.com/grafana/alloy/syntax/token"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/syntax"
)

// Settings say where and for what a configuration is evaluated.
type Settings struct {
	Dialect dialect.Dialect
	// LookupEnv reads a variable for the few expressions that cannot stay symbolic.
	LookupEnv func(name string) (string, bool)
}

// Evaluate evaluates the files of one configuration as one body. It reports all errors; an attribute whose expression
// is wrong has a value without a kind.
func Evaluate(files []*syntax.File, set Settings) (Body, diag.List) {
	var whole Body
	e := evaluator{set: set, files: map[string]Text{}}
	for _, f := range files {
		e.file = f
		e.collectFiles(f.Body)
	}
	for _, f := range files {
		e.file = f
		body := e.body(f.Body, 0)
		whole.Attributes = append(whole.Attributes, body.Attributes...)
		whole.Blocks = append(whole.Blocks, body.Blocks...)
	}
	return whole, e.diags
}

type evaluator struct {
	set   Settings
	file  *syntax.File
	diags diag.List
	// files holds the paths behind references to the content of local.file components.
	files map[string]Text
	// toldExpansion is set once the user knows that the collector expands variables a second time.
	toldExpansion bool
}

// body evaluates the statements of a file or block that opens on a line.
func (e *evaluator) body(stmts ast.Body, opens int) Body {
	var body Body
	given := map[string]diag.Range{}
	above := opens // the line on which the statement before ends
	for _, stmt := range stmts {
		comment := e.file.Comment(stmt, above)
		above = syntax.LastLine(stmt)
		switch stmt := stmt.(type) {
		case *ast.AttributeStmt:
			if a, ok := e.attribute(stmt, given); ok {
				a.Comment = comment
				body.Attributes = append(body.Attributes, a)
			}
		case *ast.BlockStmt:
			if stmt.GetBlockName() == localFile {
				continue // collectFiles has read it
			}
			body.Blocks = append(body.Blocks, Block{
				Name:       stmt.GetBlockName(),
				Label:      stmt.Label,
				NameRange:  syntax.NameRange(stmt),
				LabelRange: syntax.LabelRange(stmt),
				Range:      syntax.Range(stmt),
				Comment:    comment,
				Body:       e.body(stmt.Body, syntax.OpeningLine(stmt)),
			})
		}
	}
	return body
}

// attribute evaluates an attribute. An attribute whose expression is wrong stays, with a value of no kind: it is given,
// if wrongly. One that was given before is left out.
func (e *evaluator) attribute(stmt *ast.AttributeStmt, given map[string]diag.Range) (Attribute, bool) {
	name, at := stmt.Name.Name, syntax.Range(stmt.Name)
	if first, repeated := given[name]; repeated {
		e.diags.Errorf(at, diag.Duplicate, "it was given at "+first.String()+"; keep one of them",
			"argument %q is given twice", name)
		return Attribute{}, false
	}
	given[name] = at
	v, ok := e.expr(stmt.Value)
	if !ok {
		v = Value{}
	}
	e.tellExpansion(v)
	return Attribute{Name: name, NameRange: at, Value: v}, true
}

// tellExpansion warns at the first variable that the collector will read. It is no matter for variables that were
// evaluated on the way.
func (e *evaluator) tellExpansion(v Value) {
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
func (e *evaluator) expr(x ast.Expr) (Value, bool) {
	v, ok := e.bare(x)
	v.Range = syntax.Range(x)
	return v, ok
}

// bare evaluates an expression; the caller sets the range.
func (e *evaluator) bare(x ast.Expr) (Value, bool) {
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
		operands, ok := e.operands(x.Value, x.Index)
		if !ok {
			return Value{}, false
		}
		index := &ast.IndexExpr{Value: placeholder(0, x), Index: placeholder(1, x),
			LBrackPos: x.LBrackPos, RBrackPos: x.RBrackPos}
		return e.constant(index, operands, x)
	}
	e.diags.Errorf(syntax.Range(x), diag.BadExpression, "write the value itself", "expression of an unknown form")
	return Value{}, false
}

func (e *evaluator) array(x *ast.ArrayExpr) (Value, bool) {
	v, all := Value{Kind: Array, List: []Value{}}, true
	for _, element := range x.Elements {
		item, ok := e.expr(element)
		all = all && ok
		v.List = append(v.List, item)
	}
	return v, all
}

func (e *evaluator) object(x *ast.ObjectExpr) (Value, bool) {
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

// name evaluates a dotted name: a constant of the standard library or a reference to a component.
func (e *evaluator) name(x ast.Expr) (Value, bool) {
	path, ok := dotted(x)
	if !ok { // a field of a computed value, as in f(x).name
		access := x.(*ast.AccessExpr)
		operands, ok := e.operands(access.Value)
		if !ok {
			return Value{}, false
		}
		return e.constant(&ast.AccessExpr{Value: placeholder(0, x), Name: access.Name}, operands, x)
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
	if file, ok := e.files[full]; ok {
		return Value{Kind: String, Text: Text{{File: file}}}, true
	}
	return Value{Kind: Reference, Path: path}, true
}

// maxExponent bounds powers: the syntax module multiplies integers that often.
const maxExponent = 1000

// binary evaluates an operator. A sum of strings stays symbolic, everything else needs to know its operands.
func (e *evaluator) binary(x *ast.BinaryExpr) (Value, bool) {
	left, leftOK := e.expr(x.Left)
	right, rightOK := e.expr(x.Right)
	if !leftOK || !rightOK {
		return Value{}, false
	}
	if isSum(x) && left.Kind == String && right.Kind == String && (left.Symbolic() || right.Symbolic()) {
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
