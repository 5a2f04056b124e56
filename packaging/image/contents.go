package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// user is the number of the user and of the group that the programs run as. A number, because Kubernetes cannot tell
// from a name that it is not root.
const user = 65532

// Where the image has its things.
const (
	configPath  = "etc/otelcol-river/config.river"
	zonesPath   = "usr/share/zoneinfo.zip"
	queueFolder = "var/lib/otelcol-river"
	binFolder   = "usr/bin/"
)

// contents are the files that are the same on every platform, by layer: what changes less often comes first.
type contents struct {
	base   []file // CA certificates, time zones, users, folders
	config []file // the default configuration and the licence
}

// readContents collects them, in the repository root.
func readContents(config string) (c contents, err error) {
	certificates, err := certificates()
	if err != nil {
		return c, err
	}
	zones, err := timeZones()
	if err != nil {
		return c, err
	}
	c.base = []file{
		{path: "etc/ssl/certs/ca-certificates.crt", mode: 0o644, body: certificates},
		{path: zonesPath, mode: 0o644, body: zones},
		{path: "etc/passwd", mode: 0o644, body: []byte(passwd)},
		{path: "etc/group", mode: 0o644, body: []byte(group)},
		{path: queueFolder + "/", mode: 0o750, owner: user},
		{path: "tmp/", mode: 0o1777},
	}
	for _, f := range []file{
		{path: configPath, source: config},
		{path: "usr/share/doc/otelcol-river/LICENSE", source: "LICENSE"},
		{path: "usr/share/doc/otelcol-river/NOTICE", source: "NOTICE"},
	} {
		f.mode = 0o644
		if err := f.read(); err != nil {
			return c, fmt.Errorf("%w: start this in the root of the repository", err)
		}
		c.config = append(c.config, f)
	}
	return c, nil
}

// timeZones are the rules of all time zones, as the release of Go has them that builds the programs. Without them no
// statement of a filter or a transform processor can name one.
func timeZones() ([]byte, error) {
	said, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go does not tell where it is: %w", err)
	}
	return os.ReadFile(filepath.Join(strings.TrimSpace(string(said)), "lib", "time", "zoneinfo.zip"))
}

// The names behind the numbers, for programs that ask who they are.
var (
	passwd = "root:x:0:0:root:/:/sbin/nologin\n" +
		fmt.Sprintf("otelcol-river:x:%d:%[1]d:otelcol-river:/%s:/sbin/nologin\n", user, queueFolder)
	group = "root:x:0:\n" + fmt.Sprintf("otelcol-river:x:%d:\n", user)
)

// programFiles are the two programs for one architecture.
func programFiles(b binaries) (files []file, err error) {
	for _, program := range programs {
		f := file{path: binFolder + program, mode: 0o755, source: b.paths[program]}
		err := f.read()
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: %s", err, build)
		}
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// read takes the body from the source.
func (f *file) read() (err error) {
	f.body, err = os.ReadFile(f.source)
	return err
}
