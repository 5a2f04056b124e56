// Package syntax turns River text into a syntax tree with positions and comments.
// Together with package eval it is the only place that knows which parser is used: grafana/alloy/syntax, the maintained
// successor of River's own, which reads the same grammar.
package syntax

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/grafana/alloy/syntax/ast"
	alloydiag "github.com/grafana/alloy/syntax/diag"
	"github.com/grafana/alloy/syntax/parser"
	"github.com/grafana/alloy/syntax/scanner"
	"github.com/grafana/alloy/syntax/token"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
)

// The parser and the evaluator recurse, so text that nests or chains without end would exhaust the stack.
const (
	maxNesting   = 500
	maxOperators = 5000 // in one statement
)

// File is a parsed file.
type File struct {
	Name string
	Body ast.Body
	// comments holds the text of each comment group by the line on which the group ends.
	comments map[int]comment
}

// comment is a group of adjacent comments without their markers.
type comment struct {
	text string
	// alone is false for a comment that follows code on its line.
	alone bool
}

// Parse reads one file and reports all of its syntax errors. The File is nil if there is any.
func Parse(name string, src []byte) (*File, diag.List) {
	if diags := checkText(name, src); len(diags) > 0 {
		return nil, diags
	}
	open, diags := scanBrackets(name, src)
	if len(diags) > 0 {
		return nil, diags
	}
	tree, err := parse(name, src)
	if err != nil {
		return nil, diagnostics(name, err, open)
	}
	return &File{Name: name, Body: tree.Body, comments: commentsByLine(tree.Comments, src)}, nil
}

// parse calls the parser. A panic in it becomes an error: no input may end the process.
func parse(name string, src []byte) (tree *ast.File, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the parser gave up: %v", p)
		}
	}()
	return parser.ParseFile(name, src)
}

// checkText rejects what is not text at all, for which the parser would report an error on every line.
func checkText(name string, src []byte) (diags diag.List) {
	bad := bytes.IndexByte(src, 0)
	if bad < 0 && !utf8.Valid(src) {
		for bad = 0; bad < len(src); {
			r, size := utf8.DecodeRune(src[bad:])
			if r == utf8.RuneError && size == 1 {
				break
			}
			bad += size
		}
	}
	if bad < 0 {
		return nil
	}
	at := pointAt(src, bad)
	diags.Errorf(diag.Range{File: name, Start: at, End: at}, diag.Syntax,
		"pass a River or Alloy configuration file, saved as UTF-8", "not a text file: byte 0x%02x", src[bad])
	return diags
}

func pointAt(src []byte, offset int) diag.Point {
	before := src[:offset]
	return diag.Point{Line: 1 + bytes.Count(before, []byte("\n")), Column: offset - bytes.LastIndexByte(before, '\n')}
}

// scanBrackets rejects text that the recursive parser cannot be trusted with. It returns the places of the brackets
// that are still open at the end.
func scanBrackets(name string, src []byte) (open []diag.Point, diags diag.List) {
	file := token.NewFile(name)
	s := scanner.New(file, src, nil, 0)
	operators := 0
	for {
		pos, tok, _ := s.Scan()
		switch tok {
		case token.EOF:
			return open, nil
		case token.LCURLY, token.LBRACK, token.LPAREN:
			open = append(open, point(pos.Position()))
		case token.RCURLY, token.RBRACK, token.RPAREN:
			open = open[:max(len(open)-1, 0)]
		case token.TERMINATOR, token.COMMA:
			operators = 0
		case token.DOT, token.NOT, token.SUB, token.ADD, token.MUL, token.DIV, token.MOD, token.POW, token.AND, token.OR,
			token.EQ, token.NEQ, token.LT, token.LTE, token.GT, token.GTE:
			operators++
		}
		if len(open) > maxNesting || operators > maxOperators {
			at := point(pos.Position())
			diags.Errorf(diag.Range{File: name, Start: at, End: at}, diag.Syntax,
				fmt.Sprintf("at most %d brackets may nest and %d operators stand in one statement", maxNesting, maxOperators),
				"nested too deeply")
			return nil, diags
		}
	}
}

// diagnostics translates the parser's errors, and leaves out those that are only consequences of others. The brackets
// that are open at the end tell where one is missing.
func diagnostics(name string, err error, open []diag.Point) (diags diag.List) {
	var found alloydiag.Diagnostics
	if !errors.As(err, &found) {
		diags.Errorf(diag.Range{File: name}, diag.Syntax, "check the file for unbalanced brackets and quotes", "%v", err)
		return diags
	}
	var last, told alloydiag.Diagnostic
	for i, d := range found {
		follows := i > 0 && isConsequence(d, last, told)
		last = d
		if follows {
			continue
		}
		told = d
		r := diag.Range{File: name, Start: point(d.StartPos), End: point(d.EndPos)}
		if r.End.Line == 0 {
			r.End = r.Start
		}
		todo := advice(d.Message)
		if strings.HasSuffix(d.Message, atEnd) && len(open) > 0 {
			todo += fmt.Sprintf("; the one at %d:%d is still open", open[len(open)-1].Line, open[len(open)-1].Column)
		}
		diags.Errorf(r, diag.Syntax, todo, "%s", tokenNames.Replace(d.Message))
	}
	return diags
}

// atEnd ends the parser's errors about the end of the file.
const atEnd = "got EOF"

var (
	// fromScanner matches errors of the scanner: each is about one piece of text and stands for itself.
	fromScanner = regexp.MustCompile(`not terminated|^illegal|escape|^missing second|^exponent`)
	// lostStatement matches errors behind which the parser skips to the next name. It then misses an end of line there.
	lostStatement = regexp.MustCompile(`^expected (identifier|attribute assignment|block body)`)
)

// isConsequence reports whether the parser makes an error only because of the last, or whether it repeats what the user
// is told already.
func isConsequence(d, last, told alloydiag.Diagnostic) bool {
	adjacent := d.StartPos.Line-last.StartPos.Line <= 1
	switch {
	case strings.HasPrefix(d.Message, "illegal character"):
		return adjacent && d.Message == told.Message // the colons of a YAML file
	case fromScanner.MatchString(d.Message):
		return false
	case adjacent:
		return true
	case strings.HasSuffix(d.Message, atEnd), d.Message == "expected identifier, got }":
		return true // after any error, brackets are out of step
	}
	return strings.HasPrefix(d.Message, "expected TERMINATOR") && lostStatement.MatchString(last.Message)
}

// tokenNames puts the scanner's names of tokens into words.
var tokenNames = strings.NewReplacer("TERMINATOR", "end of line", "EOF", "end of file", "IDENT", "a name",
	"STRING", "a string", "NUMBER", "a number", "FLOAT", "a number", "BOOL", "true or false", "NULL", "null",
	"ILLEGAL", "an illegal character")

// advice tells what to do about an error of the parser, found by words of its message.
func advice(message string) string {
	for _, known := range []struct{ words, advice string }{
		{"not terminated", "close it: strings end with \" on the same line, raw strings with `, comments with */"},
		{"escape", `write \\ for a backslash, or use a raw string in backquotes`},
		{"U+0023", "comments start with // or stand between /* and */"},
		{"U+003B", "remove it: a statement ends with its line"},
		{"U+003A", "write NAME = VALUE for an argument, NAME { ... } for a block"},
		{"single-quoted", "write it in double quotes"},
		{"valid identifier", "use letters, digits and underscores only, and no digit in front"},
		{"block label", "write the label in double quotes between the block's name and {, " +
			`as in otelcol.receiver.otlp "default" {`},
		{"block as an expression", "blocks take no =: write NAME { ... }"},
		{"expected }", "a block or object is not closed: add the missing }"},
		{"expected ]", "a list is not closed: add the missing ]"},
		{"expected )", "a call or group is not closed: add the missing )"},
		{"missing ','", "separate the elements with commas, also before a line break, or close the list"},
		{"expected TERMINATOR", "start each attribute and block on a line of its own"},
		{"expected expression", "write a value after =, such as \"text\", 5, true or [a, b]"},
		{"expected attribute assignment or block body", "write NAME = VALUE for an argument, NAME { ... } for a block"},
		{"expected block body", "open the block with { on the line of its name"},
		{"expected identifier, got }", "remove this brace, or add the { that it should close"},
		{`with no "."`, "arguments have plain names; if it is a block, remove the ="},
		{"may not have labels", "if it is a block, remove the ="},
		{"expected identifier", "write the name of an argument or block here"},
	} {
		if strings.Contains(message, known.words) {
			return known.advice
		}
	}
	return "correct the text here; blocks look like NAME \"LABEL\" { argument = value }"
}

// Range returns the text that a node covers.
func Range(n ast.Node) diag.Range {
	return between(ast.StartPos(n), ast.EndPos(n))
}

// NameRange returns the name of a block.
func NameRange(b *ast.BlockStmt) diag.Range {
	return between(b.NamePos, b.NamePos.Add(len(b.GetBlockName())-1))
}

// LabelRange returns the label of a block with its quotes, or its name if it has none.
func LabelRange(b *ast.BlockStmt) diag.Range {
	if b.Label == "" {
		return NameRange(b)
	}
	return between(b.LabelPos, b.LabelPos.Add(len(b.Label)+1))
}

func between(start, end token.Pos) diag.Range {
	if !start.Valid() || !end.Valid() {
		return diag.Range{}
	}
	from, to := start.Position(), end.Position()
	return diag.Range{File: from.Filename, Start: point(from), End: point(to)}
}

func point(p token.Position) diag.Point { return diag.Point{Line: p.Line, Column: p.Column} }
