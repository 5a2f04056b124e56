package packages

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// readerInside is where the machine sees the folder in which the reader works.
const readerInside = "/srv"

// reader follows docs/install.md: the commands run in a folder of this machine, and what they tell the service to do
// happens in a Debian of its own.
type reader struct {
	folder   string
	programs string // what takes the place of programs that would need more than there is here
	said     string // by the last block
}

// TestInstallDocumented runs all that docs/install.md shows for a release, in its order. Addresses of the release lead
// to dist. What would need a container engine, Alpine or GitHub is looked at, not run: its files and images have to be
// those of the release. An rpm is not installed beside the deb, but rpm says whether it could be.
func TestInstallDocumented(t *testing.T) {
	onMachine(t, func(ctx context.Context, t *testing.T, m machine) {
		r := newReader(t, m)
		boot(ctx, t, m)
		r.enter(ctx, t, m)
		blocks := shownCommands(t)
		// The first says which release. It is not out yet when this runs.
		names := replaced(t, blocks[0], "VERSION="+manifestVersion(t)+"\n", "VERSION="+release(t).Version+"\n")
		for _, block := range blocks[1:] {
			r.follow(ctx, t, names, block)
		}
		m.checkGone(t, "at the end of the page", "/usr/bin/otelcol-river", "/etc/otelcol-river")
	})
}

// manifestVersion is the release that the tree becomes.
func manifestVersion(t *testing.T) string {
	t.Helper()
	manifest := readFile(t, filepath.Join(root(t), "builder-config.yaml"))
	found := regexp.MustCompile(`(?m)^  version: (.*)$`).FindStringSubmatch(manifest)
	if found == nil {
		t.Fatal("builder-config.yaml names no version")
	}
	return found[1]
}

// newReader gives a reader a folder that the machine sees, with the two files that the page takes for granted: a River
// file, and the signature of the list of checksums.
func newReader(t *testing.T, m machine) *reader {
	t.Helper()
	r := &reader{folder: t.TempDir(), programs: t.TempDir()}
	copyFile(t, filepath.Join(root(t), "configs", "static.river"), filepath.Join(r.folder, "lb.river"))
	if err := m.Show(r.folder, readerInside); err != nil {
		t.Fatal(err)
	}
	served := t.TempDir()
	if err := os.CopyFS(served, os.DirFS(dist(t))); err != nil {
		t.Fatal(err)
	}
	signer := newAuthority(t)
	signer.sign(t, filepath.Join(served, "checksums.txt"), releaseWorkflow(release(t).Version), githubIssuer)

	r.program(t, "curl", `
for argument; do
	case $argument in
	https://github.com/otelcol-river/otelcol-river/releases/download/v*)
		exec cp "`+served+`/${argument##*/}" . ;;
	esac
done
exec /usr/bin/curl "$@"`)
	image := imageName(t)
	r.program(t, "docker", `
for argument; do
	[ "$argument" = `+image+` ] && exit
done
echo "$* does not name `+image+`" >&2
exit 1`)
	r.program(t, "gh", `
test "$1 $2" = "attestation verify"
test -e "$3" || test "$3" = oci://`+image+`
test "$4 $5" = "--repo otelcol-river/otelcol-river"`)
	r.program(t, "cosign", `
case $1 in
verify | verify-attestation) # what is in a registry
	test "$2" = `+image+`
	exit ;;
esac
`+signer.cosign(t))
	return r
}

// program puts a script in place of a program.
func (r *reader) program(t *testing.T, name, script string) {
	t.Helper()
	text := "#!/bin/sh\nset -e\n" + strings.TrimPrefix(script, "\n") + "\n"
	//nolint:gosec // it is run
	if err := os.WriteFile(filepath.Join(r.programs, name), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
}

// enter has sudo run commands as root of the machine, in the folder of the reader, once it has been booted.
func (r *reader) enter(ctx context.Context, t *testing.T, m machine) {
	t.Helper()
	var command []string
	for _, arg := range m.Command(ctx, "/bin/sh", "-c", `cd `+readerInside+` && exec "$@"`, "sh").Args {
		command = append(command, "'"+arg+"'")
	}
	r.program(t, "sudo", `
case $1 in
apk)
	for file; do :; done
	test -e "$file"
	exit ;;
rpm) set -- "$@" --test --nodeps ;; # Debian has no packages of its names
esac
exec `+strings.Join(command, " ")+` "$@"`)
}

// follow runs one block of the page. The log is asked again until it has what was sent.
func (r *reader) follow(ctx context.Context, t *testing.T, variables, block string) {
	t.Helper()
	commands, log, shows := strings.Cut(block, "sudo journalctl")
	r.run(ctx, t, variables+commands)
	if !shows {
		return
	}
	err := harness.Until(ctx, "the log to show the span", func() (bool, string) {
		r.run(ctx, t, "sudo journalctl"+log)
		return strings.Contains(r.said, `"spans": 1`), r.said
	})
	if err != nil {
		t.Error(err)
	}
}

func (r *reader) run(ctx context.Context, t *testing.T, commands string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-euc", commands)
	cmd.Dir = r.folder
	cmd.Env = append(os.Environ(), "PATH="+r.programs+":"+os.Getenv("PATH"), "HOME="+r.folder, "PWD="+r.folder)
	said, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s\n%s", err, commands, said)
	}
	r.said = string(said)
	t.Logf("$ %s%s", commands, said)
}
