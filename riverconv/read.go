package riverconv

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/otelcol-river/otelcol-river/riverconv/diag"
)

// maxSourceSize bounds what is read of one file; real configurations are a thousand times smaller.
const maxSourceSize = 16 << 20

// Read reads a file, or the configuration files of a folder. In a folder these are all of one ending, in order of
// names, without the folders below, as Agent Flow and Alloy read it; the dialect, which may be empty, says of which
// ending.
func Read(path, dialect string) (sources []Source, diags diag.List) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		diags.Errorf(diag.Range{File: path}, diag.NoInput, "check the path", "%s", reason(err))
	case info.IsDir():
		sources = readFolder(path, dialect, &diags)
	default:
		sources = append(sources, readFile(path, &diags))
	}
	return sources, diags
}

// ReadFrom reads a configuration from r, under a name for diagnostics.
func ReadFrom(name string, r io.Reader) (Source, diag.List) {
	var diags diag.List
	src := readSource(name, r, &diags)
	return src, diags
}

// ReadModule reads a module: a file, or the configuration files of a folder as Read does. Of anything else that has a
// path, such as a pipe, nothing is read.
func ReadModule(path, dialect string) ([]Source, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.IsDir() && !info.Mode().IsRegular():
		return nil, errors.New("it is neither a file nor a folder")
	}
	sources, diags := Read(path, dialect)
	if diags.HasErrors() {
		return nil, errors.New(diags[0].Summary)
	}
	return sources, nil
}

func readFolder(folder, dialect string, diags *diag.List) (sources []Source) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		diags.Errorf(diag.Range{File: folder}, diag.NoInput, "check the permissions of the folder", "%s", reason(err))
		return nil
	}
	endings := []string{".river", ".alloy"}
	switch name, _, _ := strings.Cut(dialect, "@"); name {
	case "flow":
		endings = endings[:1]
	case "alloy":
		endings = endings[1:]
	}
	for _, e := range entries {
		if !e.IsDir() && slices.Contains(endings, filepath.Ext(e.Name())) {
			sources = append(sources, readFile(filepath.Join(folder, e.Name()), diags))
		}
	}
	if len(sources) == 0 && !diags.HasErrors() {
		diags.Errorf(diag.Range{File: folder}, diag.NoInput, "pass the folder or the file that holds the configuration",
			"the folder holds no file that ends in %s", strings.Join(endings, " or "))
	}
	return sources
}

func readFile(path string, diags *diag.List) Source {
	f, err := os.Open(path)
	if err != nil {
		diags.Errorf(diag.Range{File: path}, diag.NoInput, "check the permissions of the file", "%s", reason(err))
		return Source{Name: path}
	}
	defer func() { _ = f.Close() }() // it was only read
	return readSource(path, f, diags)
}

func readSource(name string, r io.Reader, diags *diag.List) Source {
	text, err := io.ReadAll(io.LimitReader(r, maxSourceSize+1))
	switch {
	case err != nil:
		diags.Errorf(diag.Range{File: name}, diag.NoInput, "check that it can be read", "%s", reason(err))
	case len(text) > maxSourceSize:
		diags.Errorf(diag.Range{File: name}, diag.NoInput, "pass a configuration file", "it is larger than 16 MiB")
		text = nil
	}
	return Source{Name: name, Text: text}
}

// reason leaves the path out of a file system's error: the diagnostic names it already.
func reason(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}
