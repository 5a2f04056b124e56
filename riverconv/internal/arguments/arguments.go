// Package arguments decodes an evaluated block into a struct that describes it, and such a struct into collector keys.
// A struct states both sides of each argument in its tags, so that most components need no code of their own.
package arguments

// The tags of an argument, a field of type Arg:
//
//	river:"NAME[,required]"    its name in River
//	type:"TYPE"                its type, see the table in types.go
//	default:"VALUE"            River's default in the newest version of both dialects; no tag: unset
//	was:"WHEN=VALUE; ..."      other defaults: WHEN is a dialect, or DIALECT@VERSION for that version and older ones;
//	                           the first that fits counts; VALUE "-": unset
//	collector:"VALUE"          the collector's default; no tag: equal to default
//	key:"PATH"                 its key in the collector, relative to the enclosing block, or several joined by dots;
//	                           no tag: its River name, dots and all; "-": none, the component's own code looks after it
//	file:"PATH"                the key that takes the path of a file, for a value that is the content of that file
//	in:"WHEN ..."              where it exists: a dialect, or DIALECT@VERSION for that version and newer ones;
//	                           no tag: everywhere
//	until:"WHEN ..."           the last version of a dialect that has it, as DIALECT@VERSION; no tag: it is still there
//	oneof:"A B ..."            the texts that it takes; '' stands for the empty one
//	anycase:""                 oneof does not care for upper and lower case
//	lost:"REASON"              the collector has nothing like it: accepted, diagnosed and left out
//	never:"REASON"             River has no such argument, but people write it: refused as unknown, with the reason
//
// The tags of a block, a field whose type is a struct, a pointer to one or a slice of them:
//
//	river:"NAME,block[,required]"
//	key:"PATH"                 as above; ".": its keys go into the enclosing block
//	in:"WHEN ..."              as above
//	lost:"REASON"              as above
//
// A struct tagged river:",squash" holds arguments and blocks that stand in the enclosing block in both programs.
//
// A pointer is nil if the block is absent, and a block that is present is emitted even when it is empty. A struct
// stands for a block whose defaults apply whether it is present or not. A slice holds a block that may be repeated.

import (
	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
)

// Arg is what the user wrote for one argument.
type Arg struct {
	// Set is false if the user wrote nothing. An argument set to null counts as set to the zero value of its type, or as
	// not set if the type has none.
	Set bool
	// Value has the form of the argument's type: a number given as text has become a number, and so on.
	Value     eval.Value
	NameRange diag.Range
	Comment   string
}

// Block is embedded in every struct that describes a block; it tells where the block stands. All fields are zero while
// the block is absent.
type Block struct {
	NameRange diag.Range
	Comment   string
}

// Present reports whether the user wrote the block.
func (b Block) Present() bool { return !b.NameRange.IsZero() }

// Opaque is a block whose content is not read: it has no counterpart, or the component's own code refuses it.
type Opaque struct{ Block }

const blockField = "Block"

// Text returns the value of a string that is not symbolic, and "" otherwise.
func (a Arg) Text() string {
	if a.Value.Symbolic() {
		return ""
	}
	return a.Value.Text.Literal()
}

// ContentOf returns the path of the file whose content is the whole value, and nil if it is anything else.
func (a Arg) ContentOf() eval.Text {
	if len(a.Value.Text) != 1 {
		return nil
	}
	return a.Value.Text[0].File
}

// Empty reports whether the argument is not set, or set to an empty string or list.
func (a Arg) Empty() bool {
	switch a.Value.Kind {
	case eval.String:
		return !a.Value.Symbolic() && a.Text() == ""
	case eval.Array:
		return len(a.Value.List) == 0
	}
	return !a.Set
}
