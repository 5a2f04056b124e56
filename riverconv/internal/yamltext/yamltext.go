// Package yamltext changes single nodes of YAML documents in the bytes of their file: a YAML library tells where a node
// starts, this package where it ends, and every byte that belongs to no change stays as it was.
package yamltext

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// File is the text of one or more YAML documents, and what is to change in it.
type File struct {
	// Documents holds the root of each document that is not empty.
	Documents []*yaml.Node

	text     []byte
	lines    []int // where each line starts
	parents  map[*yaml.Node]*yaml.Node
	aliased  map[*yaml.Node]bool // stands in other places through an alias, too
	set      map[*yaml.Node]setting
	removed  map[*yaml.Node]bool
	inserted map[*yaml.Node][]*yaml.Node
}

// Edit puts New in place of the bytes from Start up to End.
type Edit struct {
	Start, End int
	New        string
}

// Error is what is wrong with a text that cannot be parsed. Line is 0 if that is not known.
type Error struct {
	Line   int
	Reason string
}

// Error returns the reason.
func (e *Error) Error() string { return e.Reason }

var byteOrderMark = []byte("\uFEFF")

// Parse reads all documents of a text. Its error is an *Error.
func Parse(text []byte) (*File, error) {
	if err := checkBreaks(text); err != nil {
		return nil, err
	}
	f := &File{
		text: text, lines: []int{0}, parents: map[*yaml.Node]*yaml.Node{},
		aliased: map[*yaml.Node]bool{}, set: map[*yaml.Node]setting{},
		removed: map[*yaml.Node]bool{}, inserted: map[*yaml.Node][]*yaml.Node{},
	}
	if bytes.HasPrefix(text, byteOrderMark) {
		f.lines[0] = len(byteOrderMark) // the library does not count it
	}
	for i, c := range text {
		if c == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	dec := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var doc yaml.Node
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return f, nil
		}
		if err != nil {
			return nil, placed(err)
		}
		for _, root := range doc.Content {
			f.Documents = append(f.Documents, root)
			if err := f.adopt(root, nil); err != nil {
				return nil, err
			}
		}
	}
}

// checkBreaks refuses what the library takes for the end of a line and an editor does not, or the other way round: the
// lines would be counted in two ways.
func checkBreaks(text []byte) error {
	line := 1
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			return &Error{line, "it is not valid UTF-8"}
		case r == '\r' && !bytes.HasPrefix(text[i:], []byte("\r\n")),
			r == '\u0085', r == '\u2028', r == '\u2029':
			return &Error{line, fmt.Sprintf("a line ends in %+q, which only some programs take for the end of a line", r)}
		case r == '\n':
			line++
		}
		i += size
	}
	return nil
}

var libraryLine = regexp.MustCompile(`^yaml: (?:line ([0-9]+): )?`)

// placed takes the place out of an error of the library.
func placed(err error) error {
	m := libraryLine.FindStringSubmatch(err.Error())
	if m == nil {
		return &Error{0, err.Error()}
	}
	line, _ := strconv.Atoi(m[1]) // none is 0
	reason := err.Error()[len(m[0]):]
	if parserReason.MatchString(reason) {
		line++ // the library counts the lines of these from 0
	}
	return &Error{line, reason}
}

var parserReason = regexp.MustCompile(`^did not find expected (<|'-'|',' or|key|node)`)

// adopt notes the parents of the nodes below n, and refuses a node that is not where the library says.
func (f *File) adopt(n, parent *yaml.Node) error {
	f.parents[n] = parent
	if n.Line < 1 || n.Line > len(f.lines) {
		return &Error{0, "the place of a node cannot be told"}
	}
	if n.Kind == yaml.AliasNode {
		f.aliased[n.Alias] = true
	}
	for _, child := range n.Content {
		if err := f.adopt(child, n); err != nil {
			return err
		}
	}
	return nil
}

// Place is a line and a column, both from 1, the column in bytes.
type Place struct{ Line, Column int }

// Place returns where a node starts.
func (f *File) Place(n *yaml.Node) Place { return f.placeOf(f.start(n)) }

// LastPlace returns where the last byte of the first line of a node is.
func (f *File) LastPlace(n *yaml.Node) Place {
	start := f.start(n)
	end := min(f.end(n), f.lineEnd(start))
	return f.placeOf(max(end-1, start))
}

func (f *File) placeOf(offset int) Place {
	line := f.lineOf(offset)
	return Place{line + 1, offset - f.lines[line] + 1}
}

// PlaceIn returns the place in the file of a line and column in the value of a scalar, as far as the value stands there
// line by line. If it does not, exact is false and the place is where the scalar starts.
func (f *File) PlaceIn(n *yaml.Node, in Place) (place Place, exact bool) {
	b, ok := f.block(n)
	if !ok || n.Style&yaml.LiteralStyle == 0 {
		return f.Place(n), false
	}
	place = Place{f.lineOf(b.content) + in.Line, in.Column + b.indent}
	if last := f.placeOf(b.end - 1); place.Line > last.Line {
		return last, true // the end of the value
	}
	return place, true
}

// Shared returns the name of an anchor through which a node stands in several places, or "" if there is none.
func (f *File) Shared(n *yaml.Node) string {
	for ; n != nil; n = f.parents[n] {
		if f.aliased[n] {
			return n.Anchor
		}
	}
	return ""
}
