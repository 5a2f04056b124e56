package packages

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// manager is how a package manager does what happens to a package in its life.
type manager struct {
	format  string
	install []string
	upgrade []string
	remove  []string
	// build makes a package like another one, of a higher version and with another configuration.
	build func(ctx context.Context, t *testing.T, m machine, from, version string, edit func(string) string) string
	// aside is the end of the name of a new configuration that is put beside an edited one.
	aside string
	// leaves is the end of the name of an edited configuration whose package was removed.
	leaves string
}

// TestDebService has systemd run what the deb installs.
func TestDebService(t *testing.T) {
	onMachine(t, func(ctx context.Context, t *testing.T, m machine) {
		liveThrough(ctx, t, m, manager{
			format: "deb",
			// confold has it ask nobody about a configuration that was edited.
			install: []string{"dpkg", "--install"}, upgrade: []string{"dpkg", "--force-confold", "--install"},
			remove: []string{"dpkg", "--remove"}, build: debUpgrade, aside: ".dpkg-dist", leaves: "",
		})
		m.run(ctx, t, "dpkg", "--purge", "otelcol-river")
		m.checkGone(t, "after the purge", "/etc/otelcol-river", stateFolder)
	})
}

// life is that of a package on a machine that runs.
type life struct {
	machine
	manager
	tier    *tier
	config  string // as the administrator has it
	options string
}

// liveThrough installs a package, uses the service, upgrades the package twice, and removes it.
func liveThrough(ctx context.Context, t *testing.T, m machine, by manager) {
	t.Helper()
	boot(ctx, t, m)
	l := &life{machine: m, manager: by, tier: newTier(t)}
	pkg := ours(t, by.format).inside()
	l.starts(ctx, t, pkg)
	l.isConfigured(ctx, t)
	next := l.build(ctx, t, m, pkg, "98.0.0", func(config string) string { return nextRelease + config })
	l.isUpgraded(ctx, t, next)
	l.isUpgradedAgain(ctx, t, l.build(ctx, t, m, next, "99.0.0", same))
	l.isRemoved(ctx, t)
}

const (
	nextRelease = "// Of the next release.\n"
	queueFolder = stateFolder + "/queue"
)

// does has the package manager do something with a package.
func (l *life) does(ctx context.Context, t *testing.T, what []string, pkg string) {
	t.Helper()
	l.run(ctx, t, what[0], append(slices.Clone(what[1:]), pkg)...)
}

// starts installs the package, which starts nothing, and runs the service as it is.
func (l *life) starts(ctx context.Context, t *testing.T, pkg string) {
	t.Helper()
	l.does(ctx, t, l.install, pkg)
	l.checkActive(ctx, t, "after the installation", "inactive")
	l.checkGone(t, "after the installation", enabledLink)
	l.run(ctx, t, "systemctl", "enable", "--now", "otelcol-river")
	passesByItself(ctx, t, l.tier, func() string { return l.log(ctx, t) })
	checkConfined(ctx, t, l.machine)
}

// isConfigured edits both files, and has the service take note.
func (l *life) isConfigured(ctx context.Context, t *testing.T) {
	t.Helper()
	l.config = withOwnBackends(t, l.read(t, configFile), l.tier)
	l.write(t, configFile, l.config)
	l.reload(ctx, t)
	l.tier.passes(ctx, t)
	l.refusesMistakes(ctx, t)
	l.startsAsCommented(ctx, t)
}

// isUpgraded installs a release with another configuration: the one that was edited stays, and nobody is asked.
func (l *life) isUpgraded(ctx context.Context, t *testing.T, pkg string) {
	t.Helper()
	before := l.mainProcess(ctx, t)
	l.does(ctx, t, l.upgrade, pkg)
	l.checkActive(ctx, t, "after the upgrade", "active")
	if l.mainProcess(ctx, t) == before {
		t.Error("the upgrade has left the old program running")
	}
	l.checkFile(t, "after the upgrade", configFile, l.config)
	l.checkFile(t, "after the upgrade", optionsFile, l.options)
	if aside := configFile + l.aside; !l.has(t, aside) || !strings.HasPrefix(l.read(t, aside), nextRelease) {
		t.Errorf("the upgrade has put no new configuration at %s", aside)
	}
	l.checkGone(t, "after the upgrade", optionsFile+l.aside)
	l.tier.passes(ctx, t)
}

// isUpgradedAgain installs a release with the configuration of the last one, as one installs any: there is nothing to
// ask.
func (l *life) isUpgradedAgain(ctx context.Context, t *testing.T, pkg string) {
	t.Helper()
	l.does(ctx, t, l.install, pkg)
	l.checkFile(t, "after another upgrade", configFile, l.config)
	l.checkFile(t, "after another upgrade", optionsFile, l.options)
	l.tier.passes(ctx, t)
}

// isRemoved removes the package: nothing runs or is started any more, and what was configured and queued is there.
func (l *life) isRemoved(ctx context.Context, t *testing.T) {
	t.Helper()
	l.does(ctx, t, l.remove, "otelcol-river")
	l.checkActive(ctx, t, "after the removal", "inactive")
	l.checkGone(t, "after the removal", "/usr/bin/otelcol-river", "/usr/bin/riverconv", enabledLink,
		"/usr/lib/systemd/system/otelcol-river.service", "/usr/share/doc/otelcol-river")
	l.checkFile(t, "after the removal", configFile+l.leaves, l.config)
	l.checkFile(t, "after the removal", optionsFile+l.leaves, l.options)
	if !l.has(t, queueFolder) {
		t.Errorf("the removal has taken %s away", queueFolder)
	}
}

// checkActive checks whether the service runs.
func (m machine) checkActive(ctx context.Context, t *testing.T, when, want string) {
	t.Helper()
	said, _ := m.Command(ctx, "systemctl", "is-active", "otelcol-river").Output() // fails when it does not run
	if got := strings.TrimSpace(string(said)); got != want {
		t.Errorf("%s the service is %s, not %s", when, got, want)
	}
}

// mainProcess is the number of the collector's process.
func (m machine) mainProcess(ctx context.Context, t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(m.run(ctx, t, "systemctl", "show", "--property=MainPID", "--value", "otelcol-river"))
}

// log is all that the service has said.
func (m machine) log(ctx context.Context, t *testing.T) string {
	t.Helper()
	return m.run(ctx, t, "journalctl", "--unit=otelcol-river", "--output=cat", "--no-pager")
}

// reload reloads the service, and returns when it runs with what it has read.
func (m machine) reload(ctx context.Context, t *testing.T) {
	t.Helper()
	ready := func() int { return strings.Count(m.log(ctx, t), "Everything is ready.") }
	before := ready()
	m.run(ctx, t, "systemctl", "reload", "otelcol-river")
	err := harness.Until(ctx, "the service to be ready again", func() (bool, string) {
		times := ready()
		return times > before, fmt.Sprintf("it was %d times, before %d", times, before)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// checkConfined checks what the kernel lets the service do.
func checkConfined(ctx context.Context, t *testing.T, m machine) {
	t.Helper()
	status := m.run(ctx, t, "cat", "/proc/"+m.mainProcess(ctx, t)+"/status")
	user := strings.TrimSpace(m.run(ctx, t, "id", "--user", "otelcol-river"))
	group := strings.TrimSpace(m.run(ctx, t, "id", "--group", "otelcol-river"))
	const none = "0000000000000000"
	for name, want := range map[string]string{
		"Uid": strings.Repeat("\t"+user, 4), "Gid": strings.Repeat("\t"+group, 4),
		"CapEff": "\t" + none, "CapBnd": "\t" + none, "NoNewPrivs": "\t1", "Seccomp": "\t2", // 2: a filter
	} {
		if line := "\n" + name + ":" + want + "\n"; !strings.Contains(status, line) {
			t.Errorf("the service does not run with %q:\n%s", line, status)
		}
	}
}

// refusesMistakes reloads with a file that is no River, and with one that converts and that the collector then rejects:
// systemctl says so, the log says why, and the service goes on.
func (l *life) refusesMistakes(ctx context.Context, t *testing.T) {
	t.Helper()
	before := l.mainProcess(ctx, t)
	for mistake, complaint := range map[string]string{
		"otelcol.receiver.otlp {": configFile + ":1:",
		replaced(t, l.config, `endpoint = "0.0.0.0:4317"`, `endpoint = "0.0.0.0:4317"
			tls {
				cert_file = "/etc/no.pem"
			}`): "TLS configuration must include both certificate and key",
	} {
		l.write(t, configFile, mistake)
		l.fails(ctx, t, "systemctl", "reload", "otelcol-river")
		err := harness.Until(ctx, "the log to name the mistake", func() (bool, string) {
			log := l.log(ctx, t)
			return strings.Contains(log, complaint), log
		})
		if err != nil {
			t.Error(err)
		}
	}
	l.tier.passes(ctx, t)
	l.write(t, configFile, l.config)
	l.reload(ctx, t)
	if l.mainProcess(ctx, t) != before {
		t.Error("the service was restarted, not reloaded")
	}
	l.tier.passes(ctx, t)
}

// startsAsCommented takes the comment off each of the options that the file has in store, one after the other. What it
// leaves is the first of them, the profile with a queue on disk.
func (l *life) startsAsCommented(ctx context.Context, t *testing.T) {
	t.Helper()
	l.run(ctx, t, "riverconv", "convert", "-strict", "-o", "/etc/otelcol-river/config.yaml", configFile)
	installed := l.read(t, optionsFile)
	const inStore = "#OTELCOL_RIVER_OPTIONS="
	alternatives := strings.Split(installed, inStore)[1:]
	if len(alternatives) != 2 {
		t.Fatalf("the options have %d alternatives in store, not 2:\n%s", len(alternatives), installed)
	}
	for _, alternative := range slices.Backward(alternatives) {
		l.options = replaced(t, installed, inStore+alternative, inStore[1:]+alternative)
		l.write(t, optionsFile, l.options)
		l.run(ctx, t, "systemctl", "restart", "otelcol-river")
		l.tier.passes(ctx, t)
	}
	if !l.has(t, queueFolder) {
		t.Errorf("the profile resilient keeps nothing in %s", queueFolder)
	}
}
