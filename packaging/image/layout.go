package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// writeLayout writes the folder anew: an OCI image layout whose one entry is the index, and beside it what Docker's
// older store looks for.
func writeLayout(folder string, r release, index v1.ImageIndex) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	written, err := layout.Write(folder, empty.Index)
	if err != nil {
		return err
	}
	tag, err := imageName(r.version)
	if err != nil {
		return err
	}
	// containerd and podman take the whole name from the first, skopeo the tag from the second.
	names := map[string]string{"io.containerd.image.name": tag.Name(), "org.opencontainers.image.ref.name": tag.TagStr()}
	if err := written.AppendIndex(index, layout.WithAnnotations(names)); err != nil {
		return err
	}
	items, err := dockerItems(r, index)
	if err != nil {
		return err
	}
	text, err := json.Marshal(items)
	if err != nil {
		return err
	}
	return written.WriteFile("manifest.json", text, 0o644)
}

// writePlatforms writes each image of the index as a layout of its own, in folders beside that of the index: programs
// that look into an image, syft for one, want one whose only entry is an image.
func writePlatforms(folder string, index v1.ImageIndex) error {
	manifest, err := index.IndexManifest()
	if err != nil {
		return err
	}
	for _, of := range manifest.Manifests {
		image, err := index.Image(of.Digest)
		if err != nil {
			return err
		}
		beside := folder + "-" + of.Platform.Architecture
		if err := os.RemoveAll(beside); err != nil {
			return err
		}
		written, err := layout.Write(beside, empty.Index)
		if err != nil {
			return err
		}
		if err := written.AppendImage(image); err != nil {
			return err
		}
	}
	return nil
}

// imageName is the name of the image with a tag; in a tag there can be no plus sign.
func imageName(tag string) (name.Tag, error) {
	return name.NewTag(repository+":"+strings.ReplaceAll(tag, "+", "-"), name.StrictValidation)
}

// dockerItem is an entry of the manifest.json that Docker's older store looks for.
type dockerItem struct {
	Config   string
	RepoTags []string
	Layers   []string
}

func dockerItems(r release, index v1.ImageIndex) (items []dockerItem, err error) {
	manifest, err := index.IndexManifest()
	if err != nil {
		return nil, err
	}
	for _, of := range manifest.Manifests {
		image, err := index.Image(of.Digest)
		if err != nil {
			return nil, err
		}
		tag, err := imageName(r.version + "-" + of.Platform.Architecture)
		if err != nil {
			return nil, err
		}
		manifest, err := image.Manifest()
		if err != nil {
			return nil, err
		}
		item := dockerItem{Config: blob(manifest.Config.Digest), RepoTags: []string{tag.Name()}}
		for _, layer := range manifest.Layers {
			item.Layers = append(item.Layers, blob(layer.Digest))
		}
		items = append(items, item)
	}
	return items, nil
}

// blob is where a layout has what has this digest.
func blob(digest v1.Hash) string { return path.Join("blobs", digest.Algorithm, digest.Hex) }

// writeArchive writes a folder as one tar.
func writeArchive(archive, folder string, date time.Time) error {
	var files []file
	err := filepath.WalkDir(folder, func(source string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		inside, err := filepath.Rel(folder, source)
		if err != nil {
			return err
		}
		f := file{path: filepath.ToSlash(inside), mode: 0o644, source: source}
		err = f.read()
		files = append(files, f)
		return err
	})
	if err != nil {
		return err
	}
	packed, err := os.Create(archive)
	if err != nil {
		return err
	}
	err = pack(packed, files, date)
	if closed := packed.Close(); err == nil {
		err = closed
	}
	return err
}
