package syntax

import (
	"bytes"
	"strings"

	"github.com/grafana/alloy/syntax/ast"
)

// Statement is a statement with the comment that belongs to it: what stands alone above it, and what follows it on its
// first line, without the comment markers.
type Statement struct {
	ast.Stmt
	Comment string
}

// Statements returns the statements of a body that opens on a line, 0 for that of the file.
func (f *File) Statements(body ast.Body, opens int) []Statement {
	statements := make([]Statement, len(body))
	above := opens // the line on which the statement before ends
	for i, stmt := range body {
		statements[i] = Statement{stmt, f.comment(stmt, above)}
		above = ast.EndPos(stmt).Position().Line
	}
	return statements
}

// comment returns the comment that belongs to a statement behind a line.
func (f *File) comment(stmt ast.Stmt, after int) string {
	first := ast.StartPos(stmt).Position().Line
	var texts []string
	for line := after + 1; line <= first; line++ {
		if c, ok := f.comments[line]; ok && c.alone == (line < first) {
			texts = append(texts, c.text)
		}
	}
	return strings.Join(texts, "\n")
}

// OpeningLine returns the line on which the body of a block begins.
func OpeningLine(b *ast.BlockStmt) int { return b.LCurlyPos.Position().Line }

// commentsByLine files each comment group under its last line. A group that starts behind code is split: its first
// comment belongs to that code, the others stand alone.
func commentsByLine(groups []ast.CommentGroup, src []byte) map[int]comment {
	byLine := map[int]comment{}
	for _, group := range groups {
		var open comment
		for _, c := range group {
			pos := c.StartPos.Position()
			text := plain(c.Text)
			lastLine := pos.Line + strings.Count(c.Text, "\n")
			if codeBefore(src, pos.Offset) {
				byLine[lastLine] = comment{text: text}
				continue
			}
			if open.alone {
				delete(byLine, pos.Line-1)
				open.text += "\n" + text
			} else {
				open = comment{text: text, alone: true}
			}
			byLine[lastLine] = open
		}
	}
	return byLine
}

// codeBefore reports whether anything but white space precedes the offset on its line.
func codeBefore(src []byte, offset int) bool {
	start := bytes.LastIndexByte(src[:offset], '\n') + 1
	return len(bytes.TrimSpace(src[start:offset])) > 0
}

// plain strips the markers of a comment and the common decoration of block comments.
func plain(text string) string {
	if rest, ok := strings.CutPrefix(text, "//"); ok {
		return strings.TrimSpace(rest)
	}
	text = strings.TrimSuffix(strings.TrimPrefix(text, "/*"), "*/")
	var lines []string
	for line := range strings.Lines(text) {
		lines = append(lines, strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "*")))
	}
	return strings.TrimSpace(strings.Join(lines, "\n"))
}
