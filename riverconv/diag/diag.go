// Package diag says what is wrong in a configuration file, where, and what to do about it.
// A Diagnostic is data; WriteText turns a List into lines for people, WriteJSON into lines for programs.
package diag

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity tells whether a result exists in spite of the diagnostic.
type Severity int

const (
	// Warning means converted, but look at this.
	Warning Severity = iota + 1
	// Error means that there is no result.
	Error
)

// String returns "warning" or "error".
func (s Severity) String() string {
	if s == Warning {
		return "warning"
	}
	return "error"
}

// Point is a place in a file. Line and Column count from 1, columns in bytes; the zero Point is no place at all.
type Point struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

// Range covers the text from Start up to and including End.
// A Range with a File and a zero Start means the file as a whole.
type Range struct {
	File  string `json:"file"`
	Start Point  `json:"start"`
	End   Point  `json:"end"`
}

// String returns file:line:column, as far as they are known.
func (r Range) String() string {
	switch {
	case r.File == "" && r.Start.Line == 0:
		return "-"
	case r.Start.Line == 0:
		return r.File
	}
	return fmt.Sprintf("%s:%d:%d", r.File, r.Start.Line, r.Start.Column)
}

// IsZero reports whether the range names no place.
func (r Range) IsZero() bool { return r == Range{} }

// Diagnostic is one finding. Summary says what is wrong in words that stay the same from case to case, apart from
// quoted names; Detail says what to do next.
type Diagnostic struct {
	Severity Severity
	Code     Code
	Range    Range
	Summary  string
	Detail   string
}

// String returns the first line that WriteText prints for d.
func (d Diagnostic) String() string {
	return fmt.Sprintf("%s: %s: %s [%s]", d.Range, d.Severity, d.Summary, d.Code)
}

// List collects diagnostics. The zero List is ready to use.
type List []Diagnostic

// Errorf adds an error at r. The detail says what to do next.
func (l *List) Errorf(r Range, code Code, detail, format string, args ...any) {
	*l = append(*l, Diagnostic{Error, code, r, fmt.Sprintf(format, args...), detail})
}

// Warnf adds a warning at r. The detail says what to do next.
func (l *List) Warnf(r Range, code Code, detail, format string, args ...any) {
	*l = append(*l, Diagnostic{Warning, code, r, fmt.Sprintf(format, args...), detail})
}

// HasErrors reports whether any diagnostic of the list is an error.
func (l List) HasErrors() bool {
	return slices.ContainsFunc(l, func(d Diagnostic) bool { return d.Severity == Error })
}

// Sort orders the list by file, line and column, errors first where several share a place. Of those that say the same
// of one place it keeps one.
func (l *List) Sort() {
	slices.SortStableFunc(*l, func(a, b Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.Range.File, b.Range.File),
			cmp.Compare(a.Range.Start.Line, b.Range.Start.Line),
			cmp.Compare(a.Range.Start.Column, b.Range.Start.Column),
			cmp.Compare(b.Severity, a.Severity),
			cmp.Compare(a.Code, b.Code),
			cmp.Compare(a.Summary, b.Summary),
		)
	})
	*l = slices.CompactFunc(*l, func(a, b Diagnostic) bool {
		return a.Range == b.Range && a.Severity == b.Severity && a.Code == b.Code && a.Summary == b.Summary
	})
}
