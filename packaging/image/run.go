package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
)

// options are the arguments of the command. Paths count from the repository root, where it is started.
type options struct {
	dist   string
	config string
	push   []name.Tag
}

// parse reads the arguments.
func parse(args []string) (o options, err error) {
	flags := flag.NewFlagSet("image", flag.ContinueOnError)
	flags.StringVar(&o.dist, "dist", "dist", "the `folder` in which GoReleaser has built")
	flags.StringVar(&o.config, "config", "packaging/config.river", "the River `file` that is the default configuration")
	flags.Func("push", "push to `NAME:TAG`, too, as docker login has it; may be repeated", func(to string) error {
		tag, err := name.NewTag(to, name.StrictValidation)
		o.push = append(o.push, tag)
		return err
	})
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("%q is no flag: see -h", flags.Arg(0))
	}
	return o, nil
}

// run makes the image, writes it into dist and pushes it where it was told to. It says what came of it.
func run(ctx context.Context, args []string, out io.Writer) error {
	o, err := parse(args)
	if err != nil {
		return err
	}
	release, err := readRelease(ctx, o.dist)
	if err != nil {
		return err
	}
	contents, err := readContents(o.config)
	if err != nil {
		return err
	}
	index, err := newIndex(release, contents)
	if err != nil {
		return err
	}
	digest, err := index.Digest()
	if err != nil {
		return err
	}
	folder := filepath.Join(o.dist, "image")
	archive := filepath.Join(o.dist, fmt.Sprintf("otelcol-river_%s_image.tar", release.version))
	if err := writeLayout(folder, release, index); err != nil {
		return err
	}
	if err := writePlatforms(folder, index); err != nil {
		return err
	}
	if err := writeArchive(archive, folder, release.date); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s in %s and %s\n", digest, folder, archive)
	return push(ctx, o.push, release, index, out)
}
