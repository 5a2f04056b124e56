package main

import (
	"archive/tar"
	"bytes"
	"cmp"
	"io"
	"path"
	"slices"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// file is a file or a folder of a layer.
type file struct {
	path   string // from the root, with no slash in front; that of a folder ends with one
	mode   int64  // permissions as in Unix
	owner  int    // user and group
	source string // where the body comes from
	body   []byte
}

// compression is the level of gzip. On the binaries level 9 saves half a percent, and takes more than twice the time.
const compression = 6

// newLayer packs files into a layer, compressed with gzip, since Docker has known zstd only since version 23. The same
// release of Go makes the same bytes.
func newLayer(files []file, date time.Time) (v1.Layer, error) {
	var packed bytes.Buffer
	if err := pack(&packed, files, date); err != nil {
		return nil, err
	}
	open := func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(packed.Bytes())), nil }
	return tarball.LayerFromOpener(open, tarball.WithMediaType(types.OCILayer),
		tarball.WithCompressionLevel(compression), tarball.WithCompressedCaching)
}

// pack writes files and the folders above them as a tar, in the order of their names, all with one date and with
// nothing else of the machine that they come from.
func pack(to io.Writer, files []file, date time.Time) error {
	packed := tar.NewWriter(to)
	for _, f := range withFolders(files) {
		header := &tar.Header{
			Typeflag: tar.TypeReg, Name: f.path, Mode: f.mode, Uid: f.owner, Gid: f.owner, Size: int64(len(f.body)),
			ModTime: date, Format: tar.FormatUSTAR,
		}
		if isFolder(f.path) {
			header.Typeflag = tar.TypeDir
		}
		if err := packed.WriteHeader(header); err != nil {
			return err
		}
		if _, err := packed.Write(f.body); err != nil {
			return err
		}
	}
	return packed.Close()
}

// withFolders adds the folders above files, unless they are there, and sorts all by name: a folder comes before what is
// in it.
func withFolders(files []file) []file {
	all := map[string]file{}
	for _, f := range files {
		for above := path.Dir(path.Clean(f.path)); above != "."; above = path.Dir(above) {
			all[above+"/"] = file{path: above + "/", mode: 0o755}
		}
	}
	for _, f := range files {
		all[f.path] = f
	}
	sorted := make([]file, 0, len(all))
	for _, f := range all {
		sorted = append(sorted, f)
	}
	slices.SortFunc(sorted, func(a, b file) int { return cmp.Compare(a.path, b.path) })
	return sorted
}

func isFolder(path string) bool { return path[len(path)-1] == '/' }
