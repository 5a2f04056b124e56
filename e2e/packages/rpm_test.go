package packages

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
)

// rpmInstall installs or upgrades. In a Debian rpm knows of no packages, so nothing that one requires is there.
var rpmInstall = []string{"rpm", "--upgrade", "--nodeps"}

// TestRpmInImage installs and removes the package on a machine that was not booted.
func TestRpmInImage(t *testing.T) {
	onMachine(t, func(ctx context.Context, t *testing.T, m machine) {
		rpmFolders(t, m)
		before := m.files(t)
		rpm := ours(t, "rpm").inside()
		for range 2 {
			m.run(ctx, t, rpmInstall[0], append(rpmInstall[1:], rpm)...)
			m.checkInstalled(ctx, t, "rpm")
			m.run(ctx, t, "rpm", "--verify", "--nodeps", "otelcol-river")
			m.run(ctx, t, "systemctl", "enable", "otelcol-river")
			m.run(ctx, t, "rpm", "--erase", "otelcol-river")
			m.checkFiles(t, "after the removal", before)
		}
		// Of what it requires rpm knows nothing here.
		for need := range strings.FieldsSeq(string(m.output(ctx, t, "rpm", "--query", "--requires", "--package", rpm))) {
			if !m.has(t, need) {
				t.Errorf("the package requires %s, which is no program", need)
			}
		}
	})
}

// TestRpmService has systemd run what the rpm installs.
func TestRpmService(t *testing.T) {
	onMachine(t, func(ctx context.Context, t *testing.T, m machine) {
		rpmFolders(t, m)
		liveThrough(ctx, t, m, manager{
			format: "rpm", install: rpmInstall, upgrade: rpmInstall, remove: []string{"rpm", "--erase"},
			build: rpmUpgrade, aside: ".rpmnew", leaves: ".rpmsave",
		})
	})
}

// rpmFolders makes the folders that other packages have where packages are rpm.
func rpmFolders(t *testing.T, m machine) {
	t.Helper()
	for _, folder := range []string{
		"/usr/share/bash-completion/completions", "/usr/share/fish/vendor_completions.d", "/usr/share/zsh/site-functions",
	} {
		if err := os.MkdirAll(m.Path(folder), 0o755); err != nil { //nolint:gosec // as on any machine
			t.Fatal(err)
		}
	}
}

// rpmUpgrade makes a package like another one, of a higher version and with another configuration: rpm cannot change
// one, so it is built again of the files, attributes and scripts that rpm says it has.
func rpmUpgrade(
	ctx context.Context, t *testing.T, m machine, rpm, version string, edit func(config string) string,
) string {
	t.Helper()
	m.run(ctx, t, "rm", "-rf", buildFolder)
	m.run(ctx, t, "mkdir", "-p", buildFolder+"/files")
	m.run(ctx, t, "sh", "-c", `rpm2archive --nocompression - <"$0" | tar --extract --directory "$1"`,
		rpm, buildFolder+"/files")
	m.write(t, buildFolder+"/files"+configFile, edit(m.read(t, buildFolder+"/files"+configFile)))
	m.write(t, buildFolder+"/package.spec", rpmSpec(ctx, t, m, rpm, version))
	m.run(ctx, t, "rpmbuild", "-bb", "--define", "_topdir "+buildFolder, "--define", "_binary_payload w1.gzdio",
		"--define", "_rpmdir /root", "--define", "_build_name_fmt "+version+".rpm", buildFolder+"/package.spec")
	return "/root/" + version + ".rpm"
}

// rpmSpec says how to build a package like another one.
func rpmSpec(ctx context.Context, t *testing.T, m machine, rpm, version string) string {
	t.Helper()
	query := func(format string) string {
		return string(m.output(ctx, t, "rpm", "--query", "--package", "--queryformat", format, rpm))
	}
	var spec strings.Builder
	fmt.Fprintf(&spec, `%%global __os_install_post %%{nil}
Name: %s
Version: %s
Release: 1
Summary: the next release
License: Apache-2.0
AutoReqProv: no
%%description
The next release.
%%install
cp --archive %s/files/. %%{buildroot}
`, query("%{NAME}"), version, buildFolder)
	for section, tag := range map[string]string{
		"pre": "%{PREIN}", "post": "%{POSTIN}", "preun": "%{PREUN}", "postun": "%{POSTUN}",
	} {
		fmt.Fprintf(&spec, "%%%s\n%s\n", section, strings.ReplaceAll(query(tag), "%", "%%"))
	}
	spec.WriteString("%files\n")
	attributes := query(`[%{FILEMODES:octal} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILENAMES} %{FILEFLAGS:fflags}\n]`)
	for line := range strings.Lines(attributes) {
		const mode, user, group, name, flags = 0, 1, 2, 3, 4
		fields := strings.Fields(line)
		if strings.HasPrefix(fields[mode], "4") { // as in st_mode: a folder
			spec.WriteString("%dir ")
		}
		if len(fields) > flags && fields[flags] == "cn" {
			spec.WriteString("%config(noreplace) ")
		}
		permissions := fields[mode][len(fields[mode])-4:]
		fmt.Fprintf(&spec, "%%attr(%s,%s,%s) %s\n", permissions, fields[user], fields[group], fields[name])
	}
	return spec.String()
}
