package yamltext

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// lineOf returns the index of the line that holds an offset.
func (f *File) lineOf(offset int) int {
	return max(sort.Search(len(f.lines), func(i int) bool { return f.lines[i] > offset })-1, 0)
}

// lineEnd returns where the line that holds an offset ends, before its break.
func (f *File) lineEnd(offset int) int {
	end := bytes.IndexByte(f.text[offset:], '\n')
	if end < 0 {
		return len(f.text)
	}
	end += offset
	if end > offset && f.text[end-1] == '\r' {
		end--
	}
	return end
}

// nextLine returns where the line after the one that holds an offset starts.
func (f *File) nextLine(offset int) int {
	if i := bytes.IndexByte(f.text[offset:], '\n'); i >= 0 {
		return offset + i + 1
	}
	return len(f.text)
}

// lineBreak returns the break that the file uses around an offset.
func (f *File) lineBreak(offset int) string {
	end := f.nextLine(offset)
	if end > 0 && f.text[end-1] != '\n' {
		end = f.lines[f.lineOf(offset)] // the last line has none: look at the one before
	}
	if end >= 2 && string(f.text[end-2:end]) == "\r\n" {
		return "\r\n"
	}
	return "\n"
}

// start returns where a node starts, with its tag and anchor. The library counts columns in characters.
func (f *File) start(n *yaml.Node) int {
	offset := f.lines[n.Line-1]
	for range n.Column - 1 {
		if offset >= len(f.text) {
			break
		}
		_, size := utf8.DecodeRune(f.text[offset:])
		offset += size
	}
	return offset
}

// content returns where a node starts behind its tag and anchor.
func (f *File) content(n *yaml.Node) int {
	i := f.start(n)
	for i < len(f.text) && (f.text[i] == '!' || f.text[i] == '&') {
		for i < len(f.text) && !strings.ContainsRune(" \t\r\n", rune(f.text[i])) {
			i++
		}
		i = f.skipSpace(i)
	}
	return i
}

// skipSpace returns the first offset that holds neither space nor break nor comment.
func (f *File) skipSpace(i int) int {
	for i < len(f.text) {
		switch c := f.text[i]; {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			i++
		case c == '#':
			i = f.lineEnd(i)
		default:
			return i
		}
	}
	return i
}

// end returns where a node ends. Blank lines and comments behind it do not belong to it.
func (f *File) end(n *yaml.Node) int {
	switch {
	case n.Kind == yaml.AliasNode:
		return min(f.start(n)+len("*")+len(n.Value), len(f.text))
	case n.Kind == yaml.ScalarNode:
		return f.scalarEnd(n)
	case len(n.Content) == 0: // [] or {}
		return min(f.skipSpace(f.content(n)+1)+1, len(f.text))
	}
	last := f.end(n.Content[len(n.Content)-1])
	if n.Style&yaml.FlowStyle == 0 || !f.opens(n) {
		return last
	}
	for last = f.skipSpace(last); last < len(f.text) && f.text[last] == ','; {
		last = f.skipSpace(last + 1)
	}
	return min(last+1, len(f.text))
}

// opens reports whether a collection starts with a bracket. The pair in [a: b] is a mapping that does not.
func (f *File) opens(n *yaml.Node) bool {
	i := f.content(n)
	return i < len(f.text) && (f.text[i] == '[' || f.text[i] == '{')
}

func (f *File) scalarEnd(n *yaml.Node) int {
	start := f.content(n)
	switch {
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		if b, ok := f.block(n); ok {
			return b.end
		}
		return f.lineEnd(start)
	case n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0:
		return f.quotedEnd(start)
	}
	return f.plainEnd(start, n.Value)
}

// quotedEnd returns where the quoted scalar ends that starts at an offset.
func (f *File) quotedEnd(start int) int {
	if start >= len(f.text) {
		return start
	}
	quote := f.text[start]
	for i := start + 1; i < len(f.text); i++ {
		switch {
		case quote == '"' && f.text[i] == '\\':
			i++
		case f.text[i] != quote:
		case quote == '\'' && i+1 < len(f.text) && f.text[i+1] == quote:
			i++
		default:
			return i + 1
		}
	}
	return len(f.text)
}

// plainEnd follows the value of a plain scalar through the text, where it may be broken into lines.
func (f *File) plainEnd(start int, value string) int {
	i := start
	for v := 0; v < len(value) && i < len(f.text); {
		switch {
		case value[v] == f.text[i]:
			v, i = v+1, i+1
		case value[v] == ' ' || value[v] == '\n':
			for v < len(value) && (value[v] == ' ' || value[v] == '\n') {
				v++
			}
			for i < len(f.text) && strings.IndexByte(" \t\r\n", f.text[i]) >= 0 {
				i++
			}
		case strings.IndexByte(" \t\r\n", f.text[i]) >= 0:
			i++
		default:
			return start // an empty value: "key:" alone, or ~
		}
	}
	return i
}

// block is the extent of a block scalar.
type block struct {
	header  int // where | or > stands
	content int // where its first line starts
	end     int // where its last line ends that holds anything
	indent  int
}

// block finds the lines of a literal or folded scalar. It fails for a scalar of another style, for one without lines,
// and for a literal one whose lines do not make up its value.
func (f *File) block(n *yaml.Node) (b block, ok bool) {
	if n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		return b, false
	}
	b.header = f.content(n)
	b.content = f.nextLine(b.header)
	header := string(f.text[b.header:f.lineEnd(b.header)])
	if i := strings.IndexAny(header, "123456789#"); i >= 0 && header[i] != '#' {
		b.indent = f.indentOfParent(n) + int(header[i]-'0')
	} else {
		for at := b.content; at < len(f.text); at = f.nextLine(at) {
			if line := f.text[at:f.lineEnd(at)]; len(bytes.TrimLeft(line, " ")) > 0 {
				b.indent = len(line) - len(bytes.TrimLeft(line, " "))
				break
			}
		}
	}
	var value strings.Builder
	for at := b.content; at < len(f.text); at = f.nextLine(at) {
		line := f.text[at:f.lineEnd(at)]
		spaces := len(line) - len(bytes.TrimLeft(line, " "))
		if spaces < b.indent && spaces < len(line) {
			break
		}
		value.Write(line[min(b.indent, len(line)):])
		value.WriteByte('\n')
		if len(line) > b.indent {
			b.end = f.lineEnd(at)
		}
	}
	if b.end == 0 || b.indent == 0 {
		return b, false
	}
	literal := n.Style&yaml.LiteralStyle != 0
	same := strings.TrimRight(value.String(), "\n") == strings.TrimRight(n.Value, "\n")
	return b, same || !literal
}

// indentOfParent returns the column, from 0, of the mapping or sequence that an indentation indicator counts from.
func (f *File) indentOfParent(n *yaml.Node) int {
	parent := f.parents[n]
	if parent == nil {
		return 0
	}
	if parent.Kind == yaml.MappingNode {
		return parent.Content[0].Column - 1
	}
	return parent.Column - 1
}

// inFlow reports whether a node stands within brackets.
func (f *File) inFlow(n *yaml.Node) bool {
	for p := f.parents[n]; p != nil; p = f.parents[p] {
		if p.Style&yaml.FlowStyle != 0 {
			return true
		}
	}
	return false
}
