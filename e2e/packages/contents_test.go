package packages

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"debug/buildinfo"
	"debug/elf"
	"debug/macho"
	"debug/pe"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestContents opens every artifact that there is, for this machine or another one: it holds what the list of its
// format says, with these owners and modes, and programs for its system that were built from the release's commit.
func TestContents(t *testing.T) {
	onMachine(t, func(ctx context.Context, t *testing.T, m machine) {
		for format, open := range map[string]func(context.Context, *testing.T, machine, artifact) []file{
			"deb": debFiles, "rpm": rpmFiles, "apk": apkFiles, "tar.gz": tarGzFiles, "zip": zipFiles,
		} {
			for _, a := range artifacts(t, format) {
				t.Log("opening", a.Name)
				files := open(ctx, t, m, a)
				if diff := cmp.Diff(listed(t, format), list(files)); diff != "" {
					t.Errorf("%s is not what testdata/%s.txt lists (-listed +found):\n%s", a.Name, format, diff)
				}
				for _, program := range []string{"otelcol-river", "riverconv"} {
					if a.OS == "windows" {
						program += ".exe"
					}
					checkProgram(t, a, program, files)
				}
			}
		}
		// Every machine on which this runs is one for which there are packages.
		for _, format := range []string{"deb", "rpm", "apk", "tar.gz"} {
			ours(t, format)
		}
		checkPlatforms(t)
	})
}

// platforms are how many a release has, by format.
var platforms = map[string]int{"deb": 6, "rpm": 6, "apk": 6, "tar.gz": 8, "zip": 2}

// checkPlatforms checks that nothing is missing, if everything was asked for.
func checkPlatforms(t *testing.T) {
	t.Helper()
	if os.Getenv("OTELCOL_RIVER_PLATFORMS") != "all" {
		return
	}
	for format, want := range platforms {
		if got := len(artifacts(t, format)); got != want {
			t.Errorf("there is a %s for %d platforms, not for %d", format, got, want)
		}
	}
}

// file is one in a package or an archive.
type file struct {
	path   string
	mode   os.FileMode
	owner  string // user and group, by their names, or noOwner
	config bool   // an upgrade keeps what was edited
	body   []byte // of programs alone
}

// noOwner is the owner of what is not installed, or of files in a format that knows no owners.
const noOwner = "-"

// list writes files as the lists do: mode, owner, path, and what is special about it.
func list(files []file) (lines []string) {
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.path, b.path) })
	for _, f := range files {
		line := fmt.Sprintf("%s %s %s", f.mode, f.owner, f.path)
		if f.config {
			line += " config"
		}
		lines = append(lines, line)
	}
	return lines
}

// listed reads the list of a format.
func listed(t *testing.T, format string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", format+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// inTar are the files of a tar whose paths are relative to a folder.
func inTar(t *testing.T, folder string, from io.Reader) (files []file) {
	t.Helper()
	packed := tar.NewReader(from)
	for {
		header, err := packed.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		f := file{
			path:  path.Join(folder, header.Name), //nolint:gosec // nothing is written there
			mode:  header.FileInfo().Mode(),
			owner: header.Uname + ":" + header.Gname,
		}
		if header.Uname == "" {
			f.owner = noOwner
		}
		if f.path == "/" {
			continue // the file system itself
		}
		if isProgram(f.path) {
			f.body = readAll(t, packed)
		}
		files = append(files, f)
	}
}

// isProgram tells whether a path is that of a program: others of these names hold words to complete.
func isProgram(name string) bool {
	folder, base := path.Split(name)
	base = strings.TrimSuffix(base, ".exe")
	return (folder == "" || folder == "/usr/bin/") && (base == "otelcol-river" || base == "riverconv")
}

func readAll(t *testing.T, from io.Reader) []byte {
	t.Helper()
	body, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

// debFiles has dpkg open a package. What it runs is listed under DEBIAN, as dpkg does.
func debFiles(ctx context.Context, t *testing.T, m machine, a artifact) []file {
	t.Helper()
	files := inTar(t, "/", bytes.NewReader(m.output(ctx, t, "dpkg-deb", "--fsys-tarfile", a.inside())))
	kept := strings.Fields(m.run(ctx, t, "dpkg-deb", "--info", a.inside(), "conffiles"))
	for i := range files {
		files[i].config = slices.Contains(kept, files[i].path)
	}
	control := inTar(t, "DEBIAN", bytes.NewReader(m.output(ctx, t, "dpkg-deb", "--ctrl-tarfile", a.inside())))
	return append(files, control...)
}

// rpmFiles has rpm open a package.
func rpmFiles(ctx context.Context, t *testing.T, m machine, a artifact) []file {
	t.Helper()
	unpacked := m.output(ctx, t, "sh", "-c", `rpm2archive --nocompression - <"$0"`, a.inside())
	files := inTar(t, "/", bytes.NewReader(unpacked))
	query := `[%{FILENAMES} %{FILEFLAGS:fflags}\n]`
	flags := string(m.output(ctx, t, "rpm", "--query", "--package", "--queryformat", query, a.inside()))
	for i := range files {
		// c says that it is configuration, n that a new one is put beside an edited one.
		files[i].config = strings.Contains(flags, files[i].path+" cn\n")
	}
	return files
}

// apkFiles opens a package, which is a tar with what is run and one with what is installed, one behind the other.
func apkFiles(_ context.Context, t *testing.T, _ machine, a artifact) []file {
	t.Helper()
	return inGzip(t, "/", a)
}

func tarGzFiles(_ context.Context, t *testing.T, _ machine, a artifact) []file {
	t.Helper()
	return inGzip(t, "", a)
}

// inGzip are the files of a compressed tar.
func inGzip(t *testing.T, folder string, a artifact) []file {
	t.Helper()
	packed, err := os.Open(a.path())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = packed.Close() }()
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	return inTar(t, folder, unpacked)
}

// zipFiles opens an archive.
func zipFiles(_ context.Context, t *testing.T, _ machine, a artifact) (files []file) {
	t.Helper()
	packed, err := zip.OpenReader(a.path())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = packed.Close() }()
	for _, of := range packed.File {
		f := file{path: of.Name, mode: of.Mode(), owner: noOwner}
		body, err := of.Open()
		if err != nil {
			t.Fatal(err)
		}
		if isProgram(f.path) {
			f.body = readAll(t, body)
		}
		if err := body.Close(); err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	return files
}

// checkProgram checks that one of the files is a program for the system of its artifact, which needs no library of it,
// as the go command builds it from the commit of the release.
func checkProgram(t *testing.T, a artifact, program string, files []file) {
	t.Helper()
	at := slices.IndexFunc(files, func(f file) bool { return f.body != nil && path.Base(f.path) == program })
	if at < 0 {
		t.Errorf("%s holds no %s", a.Name, program)
		return
	}
	info, err := buildinfo.Read(bytes.NewReader(files[at].body))
	if err != nil {
		t.Errorf("%s in %s: %v", program, a.Name, err)
		return
	}
	got := map[string]string{}
	for _, setting := range info.Settings {
		got[setting.Key] = setting.Value
	}
	for key, want := range map[string]string{
		"GOOS": a.OS, "GOARCH": a.Arch, "CGO_ENABLED": "0", "-trimpath": "true", "vcs.revision": release(t).Commit,
	} {
		if got[key] != want {
			t.Errorf("%s in %s was built with %s=%q, not %q", program, a.Name, key, got[key], want)
		}
	}
	if got, want := processor(t, files[at].body), processors[a.OS+"/"+a.Arch]; got != want {
		t.Errorf("%s in %s is for %q, not for %q", program, a.Name, got, want)
	}
}

// processors are the processors of the platforms, as the formats of programs call them.
var processors = map[string]string{
	"linux/amd64": elf.EM_X86_64.String(), "linux/arm64": elf.EM_AARCH64.String(), "linux/arm": elf.EM_ARM.String(),
	"linux/ppc64le": elf.EM_PPC64.String(), "linux/s390x": elf.EM_S390.String(), "linux/riscv64": elf.EM_RISCV.String(),
	"darwin/amd64": macho.CpuAmd64.String(), "darwin/arm64": macho.CpuArm64.String(),
	"windows/amd64": windowsProcessor(pe.IMAGE_FILE_MACHINE_AMD64),
	"windows/arm64": windowsProcessor(pe.IMAGE_FILE_MACHINE_ARM64),
}

func windowsProcessor(machine uint16) string { return fmt.Sprintf("PE %#x", machine) }

// processor is the processor that a program is for.
func processor(t *testing.T, program []byte) string {
	t.Helper()
	if of, err := elf.NewFile(bytes.NewReader(program)); err == nil {
		for _, segment := range of.Progs {
			if segment.Type == elf.PT_INTERP {
				t.Error("the program asks for a dynamic linker")
			}
		}
		return of.Machine.String()
	}
	if of, err := pe.NewFile(bytes.NewReader(program)); err == nil {
		return windowsProcessor(of.Machine)
	}
	of, err := macho.NewFile(bytes.NewReader(program))
	if err != nil {
		t.Errorf("the program is of no format that we know: %v", err)
		return ""
	}
	return of.Cpu.String()
}
