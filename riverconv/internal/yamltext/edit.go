package yamltext

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// setting is what a scalar is to become.
type setting struct {
	value string
	kind  settingKind
}

type settingKind int

const (
	word   settingKind = iota // a string on one line
	number                    // an integer
	lines                     // a string of several lines
)

// Set makes a scalar a string of one line. A second call for the same node has to say the same.
func (f *File) Set(n *yaml.Node, value string) error { return f.change(n, setting{value, word}) }

// SetInt makes a scalar an integer.
func (f *File) SetInt(n *yaml.Node, value string) error { return f.change(n, setting{value, number}) }

// SetLines makes a scalar a text of several lines, in a literal block where one can stand.
func (f *File) SetLines(n *yaml.Node, value string) error { return f.change(n, setting{value, lines}) }

func (f *File) change(n *yaml.Node, s setting) error {
	if old, ok := f.set[n]; ok && old != s {
		return fmt.Errorf("it would have to become both %q and %q", old.value, s.value)
	}
	f.set[n] = s
	return nil
}

// Remove takes out an item of a sequence, or a key of a mapping with its value. Where it is the last one left, remove
// the whole collection.
func (f *File) Remove(n *yaml.Node) { f.removed[n] = true }

// Insert puts an item behind an item of a sequence; or, behind a key of a mapping, the one key that the mapping added
// holds.
func (f *File) Insert(after, added *yaml.Node) {
	f.inserted[after] = append(f.inserted[after], added)
}

// Apply returns the changed text, and the edits that lead to it, in order and apart from each other. The new text is
// parsed again; an error means that it would not have said what was meant.
func (f *File) Apply() ([]byte, []Edit, error) {
	var edits []Edit
	for n, s := range f.set {
		edits = append(edits, f.setEdit(n, s))
	}
	for _, root := range f.Documents {
		edits = append(edits, f.collectionEdits(root)...)
	}
	slices.SortStableFunc(edits, func(a, b Edit) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
	var out []byte
	done := 0
	for _, e := range edits {
		if e.Start < done || e.End < e.Start {
			return nil, nil, errors.New("two changes overlap")
		}
		out = append(append(out, f.text[done:e.Start]...), e.New...)
		done = e.End
	}
	out = append(out, f.text[done:]...)
	changed, err := Parse(out)
	if err != nil {
		return nil, nil, fmt.Errorf("the changed text would not parse: %w", err)
	}
	if !slices.EqualFunc(f.Documents, changed.Documents, f.became) {
		return nil, nil, errors.New("the changed text would say something else")
	}
	return out, edits, nil
}

// setEdit writes the new value of a scalar in the style of the old one, as far as that can hold it.
func (f *File) setEdit(n *yaml.Node, s setting) Edit {
	start, end := f.content(n), f.end(n)
	flow := f.inFlow(n)
	if s.kind == lines && !flow {
		return f.linesEdit(n, s.value)
	}
	if start == end {
		return Edit{start, end, " " + doubleQuoted(s.value)} // behind the colon of a key without a value
	}
	switch {
	case s.kind == number:
		return Edit{start, end, s.value}
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return Edit{start, end, doubleQuoted(s.value)}
	case n.Style&yaml.SingleQuotedStyle != 0 && !strings.ContainsAny(s.value, "\r\n"):
		return Edit{start, end, "'" + strings.ReplaceAll(s.value, "'", "''") + "'"}
	case isPlain(s.value, flow):
		return Edit{start, end, s.value}
	}
	return Edit{start, end, doubleQuoted(s.value)}
}

// linesEdit writes a literal block. The header and the indentation of a block that is there stay.
func (f *File) linesEdit(n *yaml.Node, value string) Edit {
	start, end := f.content(n), f.end(n)
	newline := f.lineBreak(start)
	b, ok := f.block(n)
	header, rest := "|", string(f.text[end:f.lineEnd(end)])
	indent := f.indentOfParent(n) + 2
	if ok {
		header, indent = "|"+string(f.text[b.header+1:f.lineEnd(b.header)]), b.indent
		rest = ""
	}
	var text strings.Builder
	text.WriteString(header + rest) // a comment behind a quoted value goes behind the header
	for line := range strings.SplitSeq(strings.TrimRight(value, "\n"), "\n") {
		text.WriteString(newline)
		if line != "" {
			text.WriteString(strings.Repeat(" ", indent) + line)
		}
	}
	if ok {
		return Edit{start, end, text.String()}
	}
	return Edit{start, f.lineEnd(end), text.String()}
}

// isPlain reports whether a string can stand without quotes and is still that string.
func isPlain(value string, flow bool) bool {
	text := "- " + value
	if flow {
		text = "[" + value + "]"
	}
	var parsed yaml.Node
	if err := yaml.Unmarshal([]byte(text), &parsed); err != nil || len(parsed.Content) != 1 {
		return false
	}
	items := parsed.Content[0].Content
	return len(items) == 1 && items[0].Kind == yaml.ScalarNode && items[0].Tag == "!!str" && items[0].Value == value &&
		items[0].Style == 0
}

// doubleQuoted writes a string as JSON does, which YAML reads.
func doubleQuoted(value string) string {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(value) // a string always can be
	return strings.TrimSuffix(out.String(), "\n")
}

// entries returns what a collection holds: the items of a sequence, or the keys of a mapping. size is how many nodes
// each takes.
func entries(n *yaml.Node) (all []*yaml.Node, size int) {
	size = 1
	if n.Kind == yaml.MappingNode {
		size = 2
	}
	for i := 0; i < len(n.Content); i += size {
		all = append(all, n.Content[i])
	}
	return all, size
}

// collectionEdits removes and inserts what is to go and come in a collection and below it.
func (f *File) collectionEdits(n *yaml.Node) (edits []Edit) {
	all, size := entries(n)
	endOf := func(i int) int { return f.end(n.Content[i*size+size-1]) }
	for i := 0; i < len(all); i++ {
		for _, added := range f.inserted[all[i]] {
			edits = append(edits, f.insertEdit(n, all[i], endOf(i), added))
		}
		if !f.removed[all[i]] {
			for _, part := range n.Content[i*size : (i+1)*size] {
				edits = append(edits, f.collectionEdits(part)...)
			}
			continue
		}
		last := i // of the neighbours that go, too
		for last+1 < len(all) && f.removed[all[last+1]] {
			last++
		}
		flow := n.Style&yaml.FlowStyle != 0
		switch {
		case flow && i > 0:
			edits = append(edits, Edit{endOf(i - 1), endOf(last), ""})
		case (flow || !f.opensLine(n, all[i])) && last+1 < len(all):
			edits = append(edits, Edit{f.start(all[i]), f.start(all[last+1]), ""})
		case flow:
			edits = append(edits, Edit{f.start(all[i]), endOf(last), ""})
		default:
			for j := i; j <= last; j++ {
				from := f.lines[f.lineOf(f.entryStart(n, all[j]))]
				edits = append(edits, Edit{from, f.nextLine(endOf(j)), ""})
			}
		}
		i = last
	}
	return edits
}

// entryStart returns where an entry of a block collection starts: the dash of an item, or the key.
func (f *File) entryStart(n, entry *yaml.Node) int {
	start := f.start(entry)
	if n.Kind != yaml.SequenceNode {
		return start
	}
	for i := start - 1; i >= 0; i-- {
		if f.text[i] == '-' {
			return i
		}
		if strings.IndexByte(" \t\r\n", f.text[i]) < 0 {
			break
		}
	}
	return start
}

// opensLine reports whether nothing but blanks stands in front of an entry on its line.
func (f *File) opensLine(n, entry *yaml.Node) bool {
	start := f.entryStart(n, entry)
	return strings.TrimSpace(string(f.text[f.lines[f.lineOf(start)]:start])) == ""
}

// insertEdit puts a node behind the entry of a collection that ends at an offset.
func (f *File) insertEdit(n, after *yaml.Node, end int, added *yaml.Node) Edit {
	if n.Style&yaml.FlowStyle != 0 {
		text := flowText(added)
		if n.Kind == yaml.MappingNode {
			text = strings.TrimSuffix(strings.TrimPrefix(text, "{"), "}")
		}
		return Edit{end, end, ", " + text}
	}
	start := f.entryStart(n, after)
	first := f.lines[f.lineOf(start)]
	newline := f.lineBreak(start)
	// What stands in front of the entry on its line is a dash, if anything: below it, blanks.
	indent := strings.Repeat(" ", len([]rune(string(f.text[first:start]))))
	dash, deeper := "", ""
	if n.Kind == yaml.SequenceNode {
		dash, deeper = "- ", "  "
	}
	var text strings.Builder
	at := f.nextLine(end)
	if at == len(f.text) && !strings.HasSuffix(string(f.text), "\n") {
		text.WriteString(newline)
	}
	for i, line := range strings.Split(strings.TrimSuffix(blockText(added), "\n"), "\n") {
		if i > 0 {
			dash = deeper
		}
		text.WriteString(indent + dash + line + newline)
	}
	return Edit{at, at, text.String()}
}

// blockText writes a node in lines, with lists of words on one line each.
func blockText(n *yaml.Node) string {
	var out strings.Builder
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	_ = enc.Encode(n) // a node that was made of strings can be written
	_ = enc.Close()
	return out.String()
}

// flowText writes a node on one line, as JSON.
func flowText(n *yaml.Node) string {
	var parts []string
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			parts = append(parts, flowText(n.Content[i])+": "+flowText(n.Content[i+1]))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.SequenceNode:
		for _, item := range n.Content {
			parts = append(parts, flowText(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	}
	return doubleQuoted(n.Value)
}

// became reports whether a node of the changed text is what the changes make of a node of the old one.
func (f *File) became(old, changed *yaml.Node) bool {
	if s, ok := f.set[old]; ok {
		return changed.Kind == yaml.ScalarNode && (s.kind == number || changed.Tag == "!!str") &&
			strings.TrimRight(changed.Value, "\n") == strings.TrimRight(s.value, "\n")
	}
	if old.Kind != changed.Kind || old.Value != changed.Value || old.Tag != changed.Tag || old.Anchor != changed.Anchor {
		return false
	}
	return slices.EqualFunc(f.expected(old), changed.Content, f.became)
}

// expected returns what a collection is to hold.
func (f *File) expected(n *yaml.Node) (content []*yaml.Node) {
	all, size := entries(n)
	for i, entry := range all {
		if !f.removed[entry] {
			content = append(content, n.Content[i*size:(i+1)*size]...)
		}
		for _, added := range f.inserted[entry] {
			if n.Kind == yaml.MappingNode {
				content = append(content, added.Content...)
			} else {
				content = append(content, added)
			}
		}
	}
	return content
}
