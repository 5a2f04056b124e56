package diag

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
)

const (
	tabWidth  = 4   // how wide a tab is drawn in source lines
	maxSource = 160 // how much of a source line is shown
)

// style holds the escape sequences that a terminal needs; they are empty when the output is not one.
type style struct{ bold, red, yellow, blue, reset string }

func newStyle(color bool) style {
	if !color {
		return style{}
	}
	return style{bold: "\x1b[1m", red: "\x1b[1;31m", yellow: "\x1b[1;33m", blue: "\x1b[34m", reset: "\x1b[0m"}
}

// WriteText prints the list for people: for each diagnostic a line with place, severity, summary and code, the source
// line with its neighbours and carets below the range, and what to do. Sources are found by Range.File in files; a
// diagnostic whose file is not there is printed without source lines. Source lines show no secrets. With color, the
// text is meant for a terminal.
func WriteText(w io.Writer, list List, files map[string][]byte, color bool) error {
	out := bufio.NewWriter(w)
	st := newStyle(color)
	shown := map[string][]byte{}
	for i, d := range list {
		if i > 0 {
			fmt.Fprintln(out)
		}
		severity := st.red
		if d.Severity == Warning {
			severity = st.yellow
		}
		fmt.Fprintf(out, "%s%s:%s %s%s:%s %s%s%s [%s]\n", st.bold, d.Range, st.reset, severity, d.Severity, st.reset,
			st.bold, d.Summary, st.reset, d.Code)
		if src, ok := files[d.Range.File]; ok && d.Range.Start.Line > 0 {
			if shown[d.Range.File] == nil {
				shown[d.Range.File] = masked(src, d.Range.File, list)
			}
			writeSource(out, shown[d.Range.File], d.Range, st)
		}
		if d.Detail != "" {
			fmt.Fprintf(out, "  = %s\n", d.Detail)
		}
	}
	return out.Flush()
}

// writeSource prints the first line of the range between its neighbours, with carets below the part in range.
func writeSource(out io.Writer, src []byte, r Range, st style) {
	lines := bytes.Split(src, []byte("\n"))
	if r.Start.Line > len(lines) || bytes.IndexByte(src, 0) >= 0 {
		return
	}
	caret, marked := caretSpan(bytes.TrimRight(lines[r.Start.Line-1], "\r"), r)
	left := max(caret-maxSource/2, 0) // what is left of it is cut off
	if caret < maxSource {
		left = 0
	}
	first, last := max(r.Start.Line-1, 1), min(r.Start.Line+1, len(lines))
	width := len(fmt.Sprint(last))
	for n := first; n <= last; n++ {
		text := bytes.TrimRight(lines[n-1], "\r")
		if n == len(lines) && len(text) == 0 {
			break // the empty rest after the final newline
		}
		fmt.Fprintf(out, "  %s%*d |%s %s\n", st.blue, width, n, st.reset, clipped(drawn(text), left))
		if n == r.Start.Line {
			fmt.Fprintf(out, "  %s%*s |%s %s%s%s%s\n", st.blue, width, "", st.reset, strings.Repeat(" ", caret-left),
				st.red, strings.Repeat("^", min(marked, max(maxSource-(caret-left), 1))), st.reset)
		}
	}
}

// clipped returns the part of a line that is shown: maxSource characters from left.
func clipped(line string, left int) string {
	runes := []rune(line)
	runes = runes[min(left, len(runes)):]
	return strings.TrimRight(string(runes[:min(maxSource, len(runes))]), " ")
}

// caretSpan returns how many blanks and how many carets mark the range below its first line.
func caretSpan(line []byte, r Range) (before, marked int) {
	start := min(max(r.Start.Column-1, 0), len(line))
	end := len(line)
	if r.End.Line == r.Start.Line {
		end = min(max(r.End.Column, start), len(line))
	}
	return len([]rune(drawn(line[:start]))), max(len([]rune(drawn(line[start:end]))), 1)
}

// drawn returns the line as it is printed: tabs widened, control and undecodable characters replaced.
func drawn(line []byte) string {
	var b strings.Builder
	for _, c := range string(line) {
		switch {
		case c == '\t':
			b.WriteString(strings.Repeat(" ", tabWidth))
		case c < ' ' || c == 0x7f:
			b.WriteRune('\uFFFD')
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
