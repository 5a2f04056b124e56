package packages

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
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
// to dist. What would need a container engine, another distribution or GitHub is looked at, not run: its files and images
// have to be those of the release.
func TestInstallDocumented(t *testing.T) {
	onMachine(t, func(ctx context.Context, t *testing.T, m machine) {
		r := newReader(t, m)
		boot(ctx, t, m)
		r.enter(ctx, t, m)
		blocks := shownCommands(t)
		variables := "VERSION=" + release(t).Version + "\n"
		for _, block := range blocks {
			// The release that the page names is not out yet when this runs.
			block = strings.Replace(block, "VERSION=0.1.0\n", "", 1)
			if line, rest, ok := strings.Cut(block, "\n"); ok && strings.HasPrefix(line, "RELEASE=") {
				variables += line + "\n"
				block = rest
			}
			r.follow(ctx, t, variables, block)
		}
		m.checkGone(t, "at the end of the page", "/usr/bin/otelcol-river", "/etc/otelcol-river")
	})
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
test -e "$3"
test "$4 $5" = "--repo otelcol-river/otelcol-river"`)
	r.program(t, "cosign", `
if [ "$1" = verify ]; then # what is in a registry
	test "$2" = `+image+`
	exit
fi
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
rpm | apk) # of other distributions
	for file; do :; done
	test -e "$file"
	exit ;;
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
