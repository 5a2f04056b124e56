// Command image makes the container image of a release out of the binaries that GoReleaser has left in dist. It needs
// no container daemon, starts from nothing, and makes the same bytes each time: every date is that of the commit.
//
// It writes the image twice: as the folder dist/image, an OCI image layout, and as the file
// dist/otelcol-river_VERSION_image.tar, which holds that folder. The file is an OCI archive with every platform in one
// index; podman, skopeo, and Docker with containerd's image store (the default of Docker 29) read it. Docker's older
// store knows no index and looks for a manifest.json, so that is in it, too. There one name is one platform: they are
// called VERSION-amd64 and VERSION-arm64. "docker save" mixes the two formats alike; who knows both takes the index.
//
// Each platform alone is in dist/image-ARCHITECTURE, for programs that list what is in an image.
package main

import (
	"context"
	"fmt"
	"os"
)

func main() {
	if err := run(context.Background(), os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}
