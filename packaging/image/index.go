package main

import (
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// newIndex makes the image of every platform, and the index that holds them.
func newIndex(r release, c contents) (v1.ImageIndex, error) {
	base, err := step(r.date, "CA certificates, time zones, users and folders", c.base)
	if err != nil {
		return nil, err
	}
	config, err := step(r.date, "default configuration and licence", c.config)
	if err != nil {
		return nil, err
	}
	var images []mutate.IndexAddendum
	for _, b := range r.binaries {
		files, err := programFiles(b)
		if err != nil {
			return nil, err
		}
		binaries, err := step(r.date, "binaries of "+r.commit, files)
		if err != nil {
			return nil, err
		}
		image, err := newImage(r, b.architecture, base, config, binaries)
		if err != nil {
			return nil, err
		}
		images = append(images, mutate.IndexAddendum{
			Add:        image,
			Descriptor: v1.Descriptor{Platform: platform(b.architecture)},
		})
	}
	index := mutate.AppendManifests(empty.Index, images...)
	return mutate.Annotations(index, labels(r)).(v1.ImageIndex), nil
}

// step is a layer and the line about it in the history of an image.
func step(date time.Time, what string, files []file) (mutate.Addendum, error) {
	layer, err := newLayer(files, date)
	return mutate.Addendum{
		Layer:   layer,
		History: v1.History{Created: v1.Time{Time: date}, CreatedBy: "packaging/image: " + what},
	}, err
}

// newImage makes the image of one platform.
func newImage(r release, architecture string, steps ...mutate.Addendum) (v1.Image, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.ConfigFile(image, &v1.ConfigFile{
		OS:           platform(architecture).OS,
		Architecture: architecture,
		Created:      v1.Time{Time: r.date},
		RootFS:       v1.RootFS{Type: "layers"},
		Config:       containerConfig(labels(r)),
	})
	if err != nil {
		return nil, err
	}
	return mutate.Append(image, steps...)
}

func platform(architecture string) *v1.Platform {
	return &v1.Platform{OS: "linux", Architecture: architecture}
}
