package module

import (
	"github.com/grafana/alloy/syntax/ast"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
)

// lazy is a value that is evaluated when it is first asked for: arguments and exports may refer to each other in any
// order.
type lazy struct {
	at    diag.Range
	find  func() (eval.Value, bool)
	value eval.Value
	ok    bool
	state progress
}

// progress tells how far something is that is done when it is first needed.
type progress int

const (
	notBegun progress = iota
	begun
	done
)

// lazyExpression returns the value of an expression in a scope.
func lazyExpression(in eval.Evaluator, x ast.Expr, at diag.Range) *lazy {
	return &lazy{at: at, find: func() (eval.Value, bool) {
		v := in.Value(x)
		return v, v.Kind != ""
	}}
}

// get returns the value. It returns false after an error has been reported.
func (l *lazy) get(x *expansion) (eval.Value, bool) {
	switch l.state {
	case begun:
		x.diags.Errorf(l.at, diag.Cycle, "break the circle: write the value itself in one of the places",
			"the value depends on itself")
		return eval.Value{}, false
	case notBegun:
		l.state = begun
		if x.budget.enter(l.at) {
			l.value, l.ok = l.find()
			l.ok = l.ok && x.budget.carry(l.value)
		}
		x.budget.leave()
		l.state = done
		if l.ok {
			x.handed = append(x.handed, l.value)
		}
	}
	return l.value, l.ok
}
