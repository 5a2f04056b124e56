package diag

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

// secretName matches the names of arguments and headers that hold secrets, whatever the component. A test compares it
// with the arguments that the converter knows for secret.
var secretName = regexp.MustCompile(`(?i)(passw(or)?d|passphrase|secret|token|credentials?|authorization|cookie|` +
	`(^|[_-])auth|inline|key_pem|(access|account|api|certificate|hmac|license|private|shared)[_-]?key)s?$`)

// NamesSecret reports whether an argument or a header of this name should be kept from others.
func NamesSecret(name string) bool { return secretName.MatchString(name) }

// headersName matches the names of what holds headers; none of their values is shown.
var headersName = regexp.MustCompile(`^headers?$`)

// password matches a URL up to its password, and that.
var password = regexp.MustCompile(`://[^\s"@/:]*:([^\s"@/]+)@`)

// masked returns River text with an asterisk for each byte of the texts that may be secret: those given to arguments
// that are named like one, those in the ranges that the list calls plain secrets, and passwords in URLs. Lines keep
// their length. It needs no syntax tree: where one is wanted most, the text does not follow the grammar.
func masked(src []byte, file string, list List) []byte {
	shown := slices.Clone(src)
	told := plainSecrets(src, file, list)
	for _, lit := range literals(src) {
		inside := func(r literal) bool { return r.start <= lit.start && lit.end <= r.end }
		if !lit.secret && !slices.ContainsFunc(told, inside) {
			continue
		}
		cover(shown[lit.start:lit.end])
	}
	for _, at := range password.FindAllSubmatchIndex(src, -1) {
		cover(shown[at[2]:at[3]])
	}
	return shown
}

// cover puts asterisks over a text.
func cover(text []byte) {
	for i, c := range text {
		if c != '\n' && c != '\r' {
			text[i] = '*'
		}
	}
}

// plainSecrets returns where the ranges of plain secrets are in a text.
func plainSecrets(src []byte, file string, list List) (found []literal) {
	starts := []int{0}
	for i, c := range src {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	offset := func(p Point) int { return starts[min(max(p.Line, 1), len(starts))-1] + p.Column - 1 }
	for _, d := range list {
		if d.Code == PlainSecret && d.Range.File == file {
			found = append(found, literal{start: offset(d.Range.Start), end: offset(d.Range.End) + 1})
		}
	}
	return found
}

// literal is the inside of a text in quotes.
type literal struct {
	start, end int
	secret     bool
}

// reader finds the literals of River text, also in comments, where arguments are put aside.
type reader struct {
	src    []byte
	at     int
	found  []literal
	blocks []string // the names of those that are open
	word   string   // the last name, or text in front of =
	last   byte     // that is no blank
	depth  int      // of brackets in the value of an argument
	value  bool     // an argument's value is being read
	secret bool     // it is secret
	field  bool     // a field inside it is
}

func literals(src []byte) []literal {
	r := &reader{src: src}
	for r.at < len(src) {
		r.step()
	}
	return r.found
}

// step reads one token.
func (r *reader) step() {
	c := r.src[r.at]
	switch {
	case c == '"':
		r.quoted(r.closing())
	case c == '`':
		if end := bytes.IndexByte(r.src[r.at+1:], '`'); end >= 0 {
			r.quoted(r.at + 1 + end)
			return
		}
		r.at++
	case isWord(c):
		start := r.at
		for r.at < len(r.src) && (isWord(r.src[r.at]) || r.src[r.at] == '.') {
			r.at++
		}
		r.word, r.last = string(r.src[start:r.at]), c
	case bytes.HasPrefix(r.src[r.at:], []byte("//")):
		r.comment()
	default:
		r.mark(c)
		r.at++
	}
}

// mark follows what brackets, line ends and equals signs do to blocks and values.
func (r *reader) mark(c byte) {
	switch c {
	case '=':
		if secret := r.namesSecret(r.word); r.depth > 0 {
			r.field = secret
		} else {
			r.value, r.secret = true, secret
		}
	case '{', '[', '(':
		if r.value {
			r.depth++
		} else if c == '{' {
			r.blocks = append(r.blocks, r.word)
		}
	case '}', ']', ')':
		if r.depth > 0 {
			r.depth--
		} else if c == '}' {
			r.value, r.secret = false, false
			r.blocks = r.blocks[:max(len(r.blocks)-1, 0)]
		}
	case ',':
		r.field = false
	case '\n':
		// A value goes on behind an operator.
		if r.depth == 0 && r.last != '+' && r.last != '=' {
			r.value, r.secret, r.field = false, false, false
		}
	}
	if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
		r.last = c
	}
}

// namesSecret reports whether an argument of this name is secret where the reader stands: the value of a header is, and
// the default of a module's argument that is called so.
func (r *reader) namesSecret(name string) bool {
	block := ""
	if len(r.blocks) > 0 {
		block = r.blocks[len(r.blocks)-1]
	}
	if name == "value" || name == "default" {
		name = block
	}
	return NamesSecret(name) || headersName.MatchString(name)
}

// closing returns where the text in double quotes that begins here ends, at the latest with the line.
func (r *reader) closing() int {
	end := r.at + 1
	for end < len(r.src) && r.src[end] != '"' && r.src[end] != '\n' {
		if r.src[end] == '\\' && end+1 < len(r.src) && r.src[end+1] != '\n' {
			end++
		}
		end++
	}
	return end
}

// quoted takes the text between here and end: the name of a field or variable, or a value.
func (r *reader) quoted(end int) {
	start := r.at + 1
	r.at = end
	if end < len(r.src) && r.src[end] != '\n' {
		r.at++
	}
	rest := bytes.TrimLeft(r.src[r.at:], " \t")
	named := bytes.HasPrefix(rest, []byte("=")) && !bytes.HasPrefix(rest, []byte("=="))
	variable := r.last == '(' && (r.word == "env" || strings.HasSuffix(r.word, ".env"))
	r.found = append(r.found, literal{start, end, (r.secret || r.field) && !named && !variable})
	if named || r.word == "argument" && !r.value {
		r.word = string(r.src[start:end]) // a field, or what the module calls its argument
	}
	r.last = '"'
}

// comment reads the rest of the line as if it were none, and goes on as before it.
func (r *reader) comment() {
	end := len(r.src)
	if i := bytes.IndexByte(r.src[r.at:], '\n'); i >= 0 {
		end = r.at + i
	}
	inside := &reader{src: r.src[:end], at: r.at + len("//"), blocks: slices.Clone(r.blocks)}
	for inside.at < end {
		inside.step()
	}
	r.found = append(r.found, inside.found...)
	r.at = end
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
