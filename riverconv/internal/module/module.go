// Package module turns a configuration that is made of modules into one list of blocks. In place of each use of a
// custom component, of each element of a foreach and of each module component stand the blocks of the module, with its
// arguments filled in.
package module

import (
	"errors"
	"io/fs"
	"path/filepath"

	"github.com/grafana/alloy/syntax/ast"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/syntax"
)

// Modules multiply what they hold, so a short text could stand for a configuration without end.
const (
	maxBlocks = 10_000  // in all modules together
	maxDepth  = 50      // of modules within modules
	maxWeight = 1 << 20 // of an argument or export: the bytes of its texts, and elementWeight for each element

	elementWeight = 16
)

// Settings say where and for what a configuration is expanded.
type Settings struct {
	eval.Settings
	// Read reads a module: a file, or the configuration files of a folder.
	Read func(path string) ([]File, error)
}

// File is a file that a module is read from.
type File struct {
	Name string
	Text []byte
}

// Expand evaluates the files of one configuration, and the modules that they name. It reports all errors.
func Expand(files []*syntax.File, set Settings) ([]eval.Block, diag.List) {
	x := &expansion{set: set, libraries: map[string]*names{}}
	x.run = eval.NewRun(set.Settings, &x.diags)
	whole := &definition{sees: newNames(nil)}
	for _, f := range files {
		whole.parts = append(whole.parts, part{f, f.Body, 0})
		whole.folder = filepath.Dir(f.Name)
	}
	blocks := open(scope{expansion: x, def: whole}).expand()
	return blocks, x.diags
}

// expansion is what the scopes of one configuration share.
type expansion struct {
	set   Settings
	run   *eval.Run
	diags diag.List
	// libraries holds the modules that have been imported, by what they were made of.
	libraries map[string]*names
	// blocks counts those that stand in modules.
	blocks int
	full   bool
}

// definition is what a module consists of.
type definition struct {
	parts []part
	// sees holds the custom components that the statements may name, beside those that they define.
	sees *names
	// folder is where the text stands: what module_path means in it.
	folder string
	// origin tells two definitions apart that are made of one file.
	origin string
	// parameters is true if the module may have arguments and exports.
	parameters bool
	// around is what a template sees beside itself.
	around *scope
	used   bool
}

// part is the part of a module that stands in one file.
type part struct {
	file  *syntax.File
	body  ast.Body
	opens int // the line on which the body begins, 0 for a whole file
}

// admit counts a block of a module. It reports the first that is too many.
func (x *expansion) admit(at diag.Range) bool {
	x.blocks++
	if x.blocks <= maxBlocks {
		return true
	}
	if !x.full {
		x.full = true
		x.diags.Errorf(at, diag.TooLarge, "write fewer instances, or convert the parts of the configuration apart",
			"the modules make more than %d blocks", maxBlocks)
	}
	return false
}

// bound refuses a value that has grown by being handed from module to module.
func (x *expansion) bound(v eval.Value, ok bool) (eval.Value, bool) {
	if ok && weight(v, maxWeight) > maxWeight {
		x.diags.Errorf(v.Range, diag.TooLarge, "hand over less, or write the value where it is needed",
			"the value is too large to be handed over between modules")
		return eval.Value{}, false
	}
	return v, ok
}

// weight adds up the elements of a value and the bytes of its texts, until they are more than the limit.
func weight(v eval.Value, limit int) int {
	total := elementWeight
	for _, p := range v.Text {
		total += len(p.Literal)
	}
	for i := 0; i < len(v.List) && total <= limit; i++ {
		total += weight(v.List[i], limit-total)
	}
	for i := 0; i < len(v.Fields) && total <= limit; i++ {
		total += weight(v.Fields[i].Value, limit-total)
	}
	return total
}

// read reads and parses a module.
func (x *expansion) read(path string, at diag.Range) (parts []part, ok bool) {
	files, ok := x.filesOf(path, at)
	for _, f := range files {
		p, good := x.parse(f.Name, f.Text)
		parts, ok = append(parts, p), ok && good
	}
	return parts, ok
}

// filesOf reads the files of a module. A relative path counts from the working directory, as in River, or else from
// the folder of the file that names it: that file may have been moved to be converted.
func (x *expansion) filesOf(path string, at diag.Range) ([]File, bool) {
	files, err := x.set.Read(path)
	if errors.Is(err, fs.ErrNotExist) && !filepath.IsAbs(path) {
		if beside, besideErr := x.set.Read(filepath.Join(filepath.Dir(at.File), path)); besideErr == nil {
			files, err = beside, nil
		}
	}
	if err == nil && len(files) == 0 {
		err = errors.New("it holds no configuration file")
	}
	if err != nil {
		x.diags.Errorf(at, diag.NoInput,
			"correct the path; it counts from the working directory, or from the folder of this file",
			"the module %q cannot be read: %v", path, plain(err))
		return nil, false
	}
	return files, true
}

func (x *expansion) parse(name string, text []byte) (part, bool) {
	file, found := syntax.Parse(name, text)
	x.diags = append(x.diags, found...)
	if file == nil {
		return part{}, false
	}
	return part{file: file, body: file.Body}, true
}

// plain leaves the path out of a file system's error: the diagnostic names it already.
func plain(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}

// isAlloy reports whether the configuration is Alloy's, which dropped module components and added foreach.
func (x *expansion) isAlloy() bool { return x.set.Dialect.Name == dialect.Alloy }
