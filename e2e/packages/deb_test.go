package packages

import (
	"context"
	"strings"
	"testing"
)

// TestDebInImage installs, upgrades, removes and purges the package in a Debian that was not booted, as one does who
// makes an image of it.
func TestDebInImage(t *testing.T) {
	onMachine(t, func(ctx context.Context, t *testing.T, m machine) {
		before := m.files(t)
		deb := ours(t, "deb").inside()
		for _, again := range []bool{false, true} {
			m.run(ctx, t, "dpkg", "--install", deb)
			if !again {
				checkAccount(ctx, t, m)
			}
			m.checkInstalled(ctx, t, "deb")
			// As one who wants the service in the image does; the link is of no package.
			m.run(ctx, t, "systemctl", "enable", "otelcol-river")
			m.run(ctx, t, "dpkg", "--remove", "otelcol-river")
			m.checkGone(t, "after the removal", "/usr/bin/otelcol-river", enabledLink)
			if !m.has(t, configFile) {
				t.Error("the removal has taken the configuration away")
			}
			m.run(ctx, t, "dpkg", "--purge", "otelcol-river")
			m.checkFiles(t, "after the purge", before)
		}
	})
}

// TestDebWithoutSystemd does the same where there is no systemctl, and leaves behind what the collector has written.
func TestDebWithoutSystemd(t *testing.T) {
	onMachine(t, func(ctx context.Context, t *testing.T, m machine) {
		m.run(ctx, t, "mv", "/usr/bin/systemctl", "/usr/bin/systemctl.away")
		before := m.files(t)
		deb := ours(t, "deb").inside()
		m.run(ctx, t, "dpkg", "--install", deb)
		m.checkInstalled(ctx, t, "deb")
		upgrade := debUpgrade(ctx, t, m, deb, "99.0.0", same)
		m.run(ctx, t, "dpkg", "--install", upgrade)
		m.write(t, stateFolder+"/queue", "something to send")
		m.run(ctx, t, "dpkg", "--remove", "otelcol-river")
		m.checkFile(t, "after the removal", stateFolder+"/queue", "something to send")
		m.run(ctx, t, "dpkg", "--purge", "otelcol-river")
		m.run(ctx, t, "rm", "-r", buildFolder, upgrade)
		m.checkFiles(t, "after the purge", before)
	})
}

const (
	// enabledLink is how systemd keeps in mind that it starts the service.
	enabledLink = "/etc/systemd/system/multi-user.target.wants/otelcol-river.service"
	stateFolder = "/var/lib/otelcol-river"
	buildFolder = "/opt/build" // where tests make packages
)

// checkAccount checks the user that the package has made.
func checkAccount(ctx context.Context, t *testing.T, m machine) {
	t.Helper()
	fields := strings.Split(strings.TrimSpace(m.run(ctx, t, "getent", "passwd", "otelcol-river")), ":")
	const name, uid, home, shell = 0, 2, 5, 6
	if fields[name] != "otelcol-river" || fields[home] != stateFolder || fields[shell] != "/usr/sbin/nologin" {
		t.Errorf("the user is %q", fields)
	}
	// Accounts of people begin at 1000 in Debian.
	if id := fields[uid]; len(id) != 3 {
		t.Errorf("the user has the number %s, which is not one of the system", id)
	}
	if groups := strings.TrimSpace(m.run(ctx, t, "id", "--groups", "--name", "otelcol-river")); groups != "otelcol-river" {
		t.Errorf("the user is in the groups %q", groups)
	}
	m.fails(ctx, t, "su", "otelcol-river", "--command", "true")
}

// same leaves a configuration as it is.
func same(config string) string { return config }

// debUpgrade makes a package like another one, of a higher version and with another configuration.
func debUpgrade(
	ctx context.Context, t *testing.T, m machine, deb, version string, edit func(config string) string,
) string {
	t.Helper()
	m.run(ctx, t, "rm", "-rf", buildFolder)
	m.run(ctx, t, "dpkg-deb", "--raw-extract", deb, buildFolder)
	control := buildFolder + "/DEBIAN/control"
	old := strings.TrimSpace(m.run(ctx, t, "dpkg-deb", "--field", deb, "Version"))
	m.write(t, control, replaced(t, m.read(t, control), "\nVersion: "+old+"\n", "\nVersion: "+version+"\n"))
	m.write(t, buildFolder+configFile, edit(m.read(t, buildFolder+configFile)))
	made := "/root/" + version + ".deb"
	m.run(ctx, t, "dpkg-deb", "-Znone", "--build", buildFolder, made)
	return made
}
