package eval

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/grafana/alloy/syntax/alloytypes"
	"github.com/grafana/alloy/syntax/ast"
	alloydiag "github.com/grafana/alloy/syntax/diag"
	"github.com/grafana/alloy/syntax/token"
	"github.com/grafana/alloy/syntax/vm"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/nearest"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/syntax"
)

// call evaluates a function call. env stays symbolic, concat keeps symbolic elements; other functions need to know
// their arguments.
func (e Evaluator) call(x *ast.CallExpr) (Value, bool) {
	path, ok := dotted(x.Value)
	if !ok {
		e.diags.Errorf(syntax.Range(x.Value), diag.BadExpression, "call a function by its name", "this cannot be called")
		return Value{}, false
	}
	name := join(path)
	in, ok := functions[name]
	if !ok {
		e.diags.Errorf(syntax.Range(x.Value), diag.UnknownReference,
			nearest.Hint(name, e.functionNames(), "use a function of the standard library or write the value itself"),
			"unknown function %q", name)
		return Value{}, false
	}
	if !e.available(x.Value, name, in) {
		return Value{}, false
	}
	args, all := make([]Value, len(x.Args)), true
	for i, arg := range x.Args {
		v, ok := e.expr(arg)
		args[i], all = v, all && ok
	}
	if !all {
		return Value{}, false
	}
	switch name {
	case "env", "sys.env":
		return e.env(x, name, args)
	case "concat", "array.concat":
		if v, ok := concat(args); ok {
			return e.boundedList(v, x)
		}
	case "coalesce":
		if v, ok := coalesce(args); ok {
			return v, true
		}
	case "nonsensitive", "convert.nonsensitive":
		if len(args) == 1 && args[0].Kind == String {
			return args[0], true
		}
	}
	operands, ok := e.known(args...)
	if !ok || !e.bounded(x, name, operands) {
		return Value{}, false
	}
	call := &ast.CallExpr{Value: x.Value, LParenPos: x.LParenPos, RParenPos: x.RParenPos}
	for i := range operands {
		call.Args = append(call.Args, placeholder(i, x))
	}
	v, ok := e.constant(call, operands, x)
	if ok && returnsBytes[name] {
		v = textOfBytes(v)
	}
	return v, ok
}

// returnsBytes holds the functions whose result Alloy takes for a string, though it is a list of bytes.
var returnsBytes = map[string]bool{
	"base64_decode": true, "encoding.from_base64": true, "encoding.from_URLbase64": true,
}

func textOfBytes(v Value) Value {
	text := make([]byte, len(v.List))
	for i, item := range v.List {
		text[i] = byte(item.Number.Int)
	}
	return Value{Kind: String, Text: Literally(string(text))}
}

// maxText bounds the text that a function may make of its arguments: calls of replace that nest multiply it.
const maxText = 16 << 20

// bounded reports whether the result of a call is small enough to be made.
func (e Evaluator) bounded(x ast.Expr, name string, operands []any) bool {
	if name != "replace" && name != "string.replace" || len(operands) != 3 {
		return true
	}
	text, _ := operands[0].(string)
	before, _ := operands[1].(string)
	after, _ := operands[2].(string)
	if len(text)+strings.Count(text, before)*len(after) <= maxText {
		return true
	}
	e.diags.Errorf(syntax.Range(x), diag.BadExpression, "write the value itself",
		"the text would become longer than 16 MiB")
	return false
}

// variableName is what the collector accepts between ${env: and }.
var variableName = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

func (e Evaluator) env(x ast.Expr, name string, args []Value) (Value, bool) {
	if len(args) != 1 || args[0].Kind != String {
		e.diags.Errorf(syntax.Range(x), diag.BadExpression, "write "+name+`("NAME")`, "%s takes one string", name)
		return Value{}, false
	}
	operands, _ := e.known(args[0])
	variable := operands[0].(string)
	if !variableName.MatchString(variable) {
		value, _ := e.set.LookupEnv(variable)
		e.diags.Warnf(syntax.Range(x), diag.FixedValue, "rename the variable: letters, digits and underscores",
			"the collector cannot read a variable named %q; it is evaluated now", variable)
		return Value{Kind: String, Text: Literally(value)}, true
	}
	return Value{Kind: String, Text: Text{{Env: variable}}}, true
}

// concat joins lists. It returns false if an argument is no list. Of a list that is too long it makes no more than it
// takes to see that.
func concat(args []Value) (Value, bool) {
	v := Value{Kind: Array, List: []Value{}}
	for _, a := range args {
		if a.Kind != Array {
			return Value{}, false
		}
		if len(v.List) <= maxPieces {
			v.List = append(v.List, a.List...)
		}
	}
	return v, true
}

// boundedList refuses a list that is too long.
func (e Evaluator) boundedList(v Value, x ast.Expr) (Value, bool) {
	if len(v.List) <= maxPieces {
		return v, true
	}
	e.diags.Errorf(syntax.Range(x), diag.BadExpression, "make it shorter",
		"a list cannot have more than %d elements", maxPieces)
	return Value{}, false
}

// coalesce returns the first value that is not empty, or else the last. It returns false if a variable decides.
func coalesce(args []Value) (Value, bool) {
	for i, v := range args {
		switch {
		case v.Symbolic():
			return Value{}, false
		case !v.empty() || i == len(args)-1:
			return v, true
		}
	}
	return Value{Kind: Null}, true
}

// operands evaluates expressions whose values must be known.
func (e Evaluator) operands(xs ...ast.Expr) ([]any, bool) {
	values, all := make([]Value, len(xs)), true
	for i, x := range xs {
		v, ok := e.expr(x)
		values[i], all = v, all && ok
	}
	if !all {
		return nil, false
	}
	return e.known(values...)
}

// known turns values into the Go values that the evaluator of the syntax module takes. A value that was symbolic is
// evaluated, with a warning; a reference cannot be known.
func (e Evaluator) known(values ...Value) ([]any, bool) {
	out, all := make([]any, len(values)), true
	for i, v := range values {
		goValue, fixed, err := e.goValue(v)
		switch {
		case err != nil:
			e.diags.Errorf(v.Range, diag.BadExpression, "write the value itself, or take the expression apart", "%v", err)
			all = false
		case fixed:
			e.diags.Warnf(v.Range, diag.FixedValue,
				"set the variable before converting, and convert again when it changes",
				"an environment variable is evaluated now: the expression around it needs its value")
		}
		out[i] = goValue
	}
	return out, all
}

// Known returns the text of a string whose value has to be known now.
func (e Evaluator) Known(v Value) (string, bool) {
	operands, ok := e.known(v)
	if !ok {
		return "", false
	}
	text, ok := operands[0].(string)
	return text, ok
}

// goValue returns the Go form of v and whether a variable had to be read for it.
func (e Evaluator) goValue(v Value) (out any, fixed bool, err error) {
	switch v.Kind {
	case Null:
		return nil, false, nil
	case Bool:
		return v.Bool, false, nil
	case Number:
		if v.Number.Integer {
			return v.Number.Int, false, nil
		}
		return v.Number.Float, false, nil
	case String:
		if v.Text.HoldsFile() {
			return nil, false, errors.New("the content of a file is not known before the collector runs")
		}
		return e.resolve(v.Text), v.Symbolic(), nil
	case Array:
		list := make([]any, len(v.List))
		for i, item := range v.List {
			goItem, itemFixed, err := e.goValue(item)
			if err != nil {
				return nil, false, err
			}
			list[i], fixed = goItem, fixed || itemFixed
		}
		return list, fixed, nil
	case Object:
		object := make(map[string]any, len(v.Fields))
		for _, f := range v.Fields {
			goItem, itemFixed, err := e.goValue(f.Value)
			if err != nil {
				return nil, false, err
			}
			object[f.Name], fixed = goItem, fixed || itemFixed
		}
		return object, fixed, nil
	}
	return nil, false, fmt.Errorf("the value of %s is not known before the collector runs", v.PathString())
}

func (e Evaluator) resolve(t Text) string {
	var b strings.Builder
	for _, p := range t {
		if p.Env != "" {
			value, _ := e.set.LookupEnv(p.Env)
			b.WriteString(value)
			continue
		}
		b.WriteString(p.Literal)
	}
	return b.String()
}

// literalURI is literal text that the collector takes for an escaped expansion; it then expands nothing behind it
// (findURI in confmap v1.64.0).
var literalURI = regexp.MustCompile(`\$\{[^}]*\}`)

// expandable reports whether the collector will find every variable of the text, and nothing else. It replaces each
// variable wherever it finds it, in literal text too (findAndExpandURI in confmap v1.64.0).
func expandable(t Text) bool {
	var filled strings.Builder // with a letter for what each variable holds
	last, uris := -1, map[string]bool{}
	for _, p := range t {
		if p.URI() == "" {
			filled.WriteString(p.Literal)
			continue
		}
		last = filled.Len()
		uris[p.URI()] = true
		filled.WriteByte('x')
	}
	if hidden := literalURI.FindStringIndex(filled.String()); hidden != nil && last >= hidden[1] {
		return false
	}
	literal := t.Literal()
	for uri := range uris {
		if strings.Contains(literal, "${"+uri+"}") {
			return false
		}
	}
	return true
}

const placeholderPrefix = "riverconv_operand_"

// placeholder stands for operand i of an expression, which has been evaluated already. It takes the expression's place
// in the file, where the syntax module looks when it makes an error.
func placeholder(i int, written ast.Expr) ast.Expr {
	return &ast.IdentifierExpr{
		Ident: &ast.Ident{Name: placeholderPrefix + strconv.Itoa(i), NamePos: ast.StartPos(written)},
	}
}

// constant lets the syntax module evaluate an expression over known operands. Errors are reported at the expression as
// the user wrote it.
func (e Evaluator) constant(x ast.Expr, operands []any, written ast.Expr) (Value, bool) {
	variables := make(map[string]any, len(operands))
	for i, o := range operands {
		variables[placeholderPrefix+strconv.Itoa(i)] = o
	}
	result, err := evaluate(x, vm.NewScope(variables))
	if err == nil {
		var v Value
		if v, err = fromGo(result); err == nil && len(v.Text.Literal()) > maxText {
			err = errors.New("the text would become longer than 16 MiB")
		}
		if err == nil {
			return v, true
		}
	}
	e.diags.Errorf(syntax.Range(written), diag.BadExpression, "correct the expression or write the value itself",
		"%s", plainError(err))
	return Value{}, false
}

// evaluate calls the syntax module. A panic in it, such as an integer division it does not check, becomes an error.
func evaluate(x ast.Expr, scope *vm.Scope) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the expression cannot be evaluated: %v", p)
		}
	}()
	err = vm.New(x).Evaluate(scope, &result)
	return result, err
}

// plainError strips positions, and names operands so that they mean something to the user.
func plainError(err error) string {
	message := err.Error()
	var all alloydiag.Diagnostics
	var one alloydiag.Diagnostic
	switch {
	case errors.As(err, &all) && len(all) > 0:
		message = all[0].Message
	case errors.As(err, &one):
		message = one.Message
	}
	for _, words := range []string{"divide by zero", "index "} { // they say enough without the operand
		if at := strings.Index(message, words); at > 0 {
			return message[at:]
		}
	}
	message = strings.ReplaceAll(message, "binop", "operator")
	return operandName.ReplaceAllStringFunc(message, func(name string) string {
		i, _ := strconv.Atoi(strings.TrimPrefix(name, placeholderPrefix))
		return "operand " + strconv.Itoa(i+1)
	})
}

var operandName = regexp.MustCompile(placeholderPrefix + `[0-9]+`)

// fromGo reads a result of the syntax module.
func fromGo(x any) (Value, error) {
	switch x := x.(type) {
	case nil:
		return Value{Kind: Null}, nil
	case bool:
		return Value{Kind: Bool, Bool: x}, nil
	case int:
		return integer(int64(x)), nil
	case int64:
		return integer(x), nil
	case uint64:
		if x > math.MaxInt64 {
			return Value{Kind: Number, Number: Numeric{Float: float64(x)}}, nil
		}
		return integer(int64(x)), nil
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return Value{}, fmt.Errorf("the result %v is not a number that a file can hold", x)
		}
		return Value{Kind: Number, Number: Numeric{Float: x}}, nil
	case string:
		return Value{Kind: String, Text: Literally(x)}, nil
	case alloytypes.Secret:
		return Value{Kind: String, Text: Literally(string(x))}, nil
	case alloytypes.OptionalSecret:
		return Value{Kind: String, Text: Literally(x.Value)}, nil
	case []string:
		v := Value{Kind: Array, List: []Value{}}
		for _, item := range x {
			v.List = append(v.List, Value{Kind: String, Text: Literally(item)})
		}
		return v, nil
	case []any:
		v := Value{Kind: Array, List: []Value{}}
		for _, item := range x {
			element, err := fromGo(item)
			if err != nil {
				return Value{}, err
			}
			v.List = append(v.List, element)
		}
		return v, nil
	case map[string]any:
		v := Value{Kind: Object, Fields: []Field{}}
		for _, name := range sortedKeys(x) {
			element, err := fromGo(x[name])
			if err != nil {
				return Value{}, err
			}
			v.Fields = append(v.Fields, Field{Name: name, Value: element})
		}
		return v, nil
	}
	return Value{}, fmt.Errorf("a value of type %T has no form in a configuration file", x)
}

func integer(n int64) Value { return Value{Kind: Number, Number: Numeric{Integer: true, Int: n}} }

// available reports whether a name of the standard library exists in the dialect, and says so if it does not.
func (e Evaluator) available(x ast.Expr, name string, in dialect.Name) bool {
	if in == "" || in == e.set.Dialect.Name {
		return true
	}
	e.diags.Errorf(syntax.Range(x), diag.OtherDialect, "pass -dialect "+string(in)+" if this file is meant for it",
		"%q does not exist in %s", name, e.set.Dialect.Product())
	return false
}

func (e Evaluator) functionNames() []string {
	var names []string
	for name, in := range functions {
		if in == "" || in == e.set.Dialect.Name {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// dotted returns the names of a.b.c, and false for any other expression.
func dotted(x ast.Expr) ([]string, bool) {
	switch x := x.(type) {
	case *ast.IdentifierExpr:
		return []string{x.Ident.Name}, true
	case *ast.AccessExpr:
		path, ok := dotted(x.Value)
		return append(path, x.Name.Name), ok
	}
	return nil, false
}

func join(path []string) string { return strings.Join(path, ".") }

func isSum(x *ast.BinaryExpr) bool { return x.Kind == token.ADD }
