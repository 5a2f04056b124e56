package main

import (
	"context"
	"fmt"
	"io"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// push writes the index to registries and says under which digest it is there. What others pull has to have every
// platform.
func push(ctx context.Context, to []name.Tag, r release, index v1.ImageIndex, out io.Writer) error {
	if len(to) > 0 && len(r.binaries) < len(architectures) {
		return fmt.Errorf("only linux/%s is built, nothing is pushed: %s", r.binaries[0].architecture, build)
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	for _, tag := range to {
		err := remote.WriteIndex(tag, index, remote.WithContext(ctx), remote.WithAuthFromKeychain(authn.DefaultKeychain))
		if err != nil {
			return fmt.Errorf("cannot push to %s, does docker login know it?: %w", tag, err)
		}
		fmt.Fprintln(out, tag.Context().Digest(digest.String()))
	}
	return nil
}
