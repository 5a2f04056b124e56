// Package module turns a configuration that is made of modules into one list of blocks. In place of each use of a
// custom component, of each element of a foreach and of each module component stand the blocks of the module, with its
// arguments filled in.
package module

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/grafana/alloy/syntax/ast"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/dialect"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/eval"
	"github.com/otelcol-river/otelcol-river/riverconv/internal/syntax"
)

// Settings say where and for what a configuration is expanded.
type Settings struct {
	eval.Settings
	// Partial leaves out, with a warning, what depends on components that are not converted.
	Partial bool
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
	x := &expansion{set: set, read: map[string][]File{}, libraries: map[string]*names{}, declared: map[string]bool{}}
	x.budget.diags = &x.diags
	x.run = eval.NewRun(set.Settings, &x.diags)
	whole := &definition{sees: newNames(nil)}
	for _, f := range files {
		whole.parts = append(whole.parts, part{f, f.Body, 0})
		whole.folder = filepath.Dir(f.Name)
	}
	blocks := enter(scope{expansion: x, def: whole}).expand()
	x.reportDangling()
	return blocks, x.diags
}

// expansion is what the scopes of one configuration share.
type expansion struct {
	set    Settings
	run    *eval.Run
	diags  diag.List
	budget budget
	// read holds the files that have been read, by path and where it counts from.
	read map[string][]File
	// libraries holds the modules that have been imported, by what they were made of.
	libraries map[string]*names
	// declared tells which names belong to components, in whatever module.
	declared map[string]bool
	// handed holds the values that modules were given, or give.
	handed []eval.Value
}

// reportDangling tells which of the references that are handed over mean nothing, whether anybody reads them or not.
func (x *expansion) reportDangling() {
	for _, v := range x.handed {
		x.reportDanglingIn(v)
	}
}

func (x *expansion) reportDanglingIn(v eval.Value) {
	for _, item := range v.List {
		x.reportDanglingIn(item)
	}
	for _, f := range v.Fields {
		x.reportDanglingIn(f.Value)
	}
	if v.Kind != eval.Reference {
		return
	}
	for n := len(v.Path); n > 0; n-- {
		if x.declared[strings.Join(v.Path[:n], ".")] {
			return
		}
	}
	path := v.PathString()
	x.diags.Errorf(v.Range, diag.UnknownReference, "declare the component, or correct the name",
		"%s refers to nothing", path[strings.LastIndex(path, "/")+1:])
}

// definition is what a module consists of.
type definition struct {
	parts []part
	// sees holds the custom components that the statements may name, beside those that they define.
	sees *names
	// folder is where the text stands: what module_path means in it.
	folder string
	// origin is the same for two definitions that are made of the same text: a block, or a text for a file or value.
	origin any
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

// parseAll parses the files of a module.
func (x *expansion) parseAll(files []File) (parts []part, ok bool) {
	ok = true
	for _, f := range files {
		p, good := x.parse(f.Name, f.Text)
		parts, ok = append(parts, p), ok && good
	}
	return parts, ok
}

// filesOf reads the files of a module. A relative path counts from the working directory, as in River, or else from
// the folder of the file that names it: that file may have been moved to be converted.
func (x *expansion) filesOf(path string, at diag.Range) ([]File, bool) {
	path = filepath.Clean(path)
	key := filepath.Dir(at.File) + "\n" + path
	if files, ok := x.read[key]; ok {
		return files, true
	}
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
	x.read[key] = files
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
