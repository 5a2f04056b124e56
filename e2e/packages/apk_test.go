package packages

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// TestApkService does with the apk what apk does, which Debian does not have: it runs the scripts of the package around
// unpacking it. OpenRC is the real one.
func TestApkService(t *testing.T) {
	onMachine(t, func(ctx context.Context, t *testing.T, m machine) {
		boot(ctx, t, m)
		becomeAlpine(ctx, t, m)
		a := &alpine{machine: m, tier: newTier(t)}
		a.starts(ctx, t)
		a.isConfigured(ctx, t)
		a.isUpgraded(ctx, t)
		a.isRemoved(ctx, t)
	})
}

// alpine is a machine whose services OpenRC runs.
type alpine struct {
	machine
	tier   *tier
	config string // as the administrator has it
}

// unpack unpacks what is in the package, with the options of tar that choose from it. What apk runs begins with a dot.
func (a *alpine) unpack(ctx context.Context, t *testing.T, options ...string) {
	t.Helper()
	tar := []string{"--extract", "--gzip", "--warning=no-unknown-keyword", "--file", ours(t, "apk").inside(), "--anchored"}
	a.run(ctx, t, "tar", append(tar, options...)...)
}

// script runs a script of the package. apk says which version comes or goes, and from which one it upgrades.
func (a *alpine) script(ctx context.Context, t *testing.T, name string, versions ...string) {
	t.Helper()
	a.run(ctx, t, buildFolder+"/"+name, versions...)
}

// rc has OpenRC do something with the service.
func (a *alpine) rc(ctx context.Context, t *testing.T, what string) {
	t.Helper()
	a.run(ctx, t, "rc-service", "otelcol-river", what)
}

// starts installs the package, which starts nothing, and runs the service as it is.
func (a *alpine) starts(ctx context.Context, t *testing.T) {
	t.Helper()
	a.run(ctx, t, "mkdir", buildFolder)
	a.unpack(ctx, t, "--directory", buildFolder, "--wildcards", ".p*")
	a.script(ctx, t, ".pre-install", "1.0.0-r0")
	a.unpack(ctx, t, "--directory=/", "--exclude=.*")
	a.script(ctx, t, ".post-install", "1.0.0-r0")
	checkAccount(ctx, t, a.machine)
	a.fails(ctx, t, "rc-service", "otelcol-river", "status")

	a.run(ctx, t, "rc-update", "add", "otelcol-river")
	a.rc(ctx, t, "start")
	passesByItself(ctx, t, a.tier, nil)
	a.checkSupervised(ctx, t)
}

// isConfigured edits both files, and has the service take note. A mistake changes nothing.
func (a *alpine) isConfigured(ctx context.Context, t *testing.T) {
	t.Helper()
	a.config = withOwnBackends(t, a.read(t, configFile), a.tier)
	a.write(t, configFile, a.config)
	a.rc(ctx, t, "reload")
	untilClosed(ctx, t, "127.0.0.1:14317")
	a.tier.passes(ctx, t)

	before := a.collectors(ctx, t)
	a.write(t, configFile, "otelcol.receiver.otlp {")
	for _, command := range []string{"checkconfig", "reload"} {
		if said := a.fails(ctx, t, "rc-service", "otelcol-river", command); !strings.Contains(said, configFile+":1:") {
			t.Errorf("rc-service otelcol-river %s does not say where the mistake is: %s", command, said)
		}
	}
	a.write(t, configFile, a.config)
	a.tier.passes(ctx, t)
	if now := a.collectors(ctx, t); now != before {
		t.Errorf("the collector was process %s, and is %s", before, now)
	}

	// What means something to a shell is only a part of the option.
	a.write(t, optionsFile, replaced(t, a.read(t, optionsFile),
		"config.river\"\n\n", "config.river?profile=resilient&dialect=flow\"\n\n"))
	a.rc(ctx, t, "restart")
	a.tier.passes(ctx, t)
	if !a.has(t, queueFolder) {
		t.Errorf("the profile resilient keeps nothing in %s", queueFolder)
	}
}

// isUpgraded upgrades to the same files: it is for apk to keep those that were edited.
func (a *alpine) isUpgraded(ctx context.Context, t *testing.T) {
	t.Helper()
	before := a.collectors(ctx, t)
	a.script(ctx, t, ".pre-upgrade", "1.1.0-r0", "1.0.0-r0")
	a.script(ctx, t, ".post-upgrade", "1.1.0-r0", "1.0.0-r0")
	a.tier.passes(ctx, t) // OpenRC does not wait for the new process
	if now := a.collectors(ctx, t); now == before {
		t.Errorf("the upgrade has left process %s running", now)
	}
}

// isRemoved removes the package. A service that does not run is not started by an upgrade either.
func (a *alpine) isRemoved(ctx context.Context, t *testing.T) {
	t.Helper()
	a.rc(ctx, t, "stop")
	a.script(ctx, t, ".post-upgrade", "1.2.0-r0", "1.1.0-r0")
	if now := a.collectors(ctx, t); now != "" {
		t.Errorf("the upgrade has started the service, process %s", now)
	}
	a.rc(ctx, t, "start")
	a.script(ctx, t, ".pre-deinstall", "1.2.0-r0")
	if now := a.collectors(ctx, t); now != "" {
		t.Errorf("after the removal process %s runs", now)
	}
	if said := a.run(ctx, t, "rc-update", "show"); strings.Contains(said, "otelcol-river") {
		t.Errorf("after the removal the service still starts with the machine: %s", said)
	}
	a.script(ctx, t, ".post-deinstall", "1.2.0-r0")
}

// becomeAlpine takes away what Alpine does not have, systemctl and the programs that make users, and puts in the place
// of the latter what takes the options of busybox.
func becomeAlpine(ctx context.Context, t *testing.T, m machine) {
	t.Helper()
	m.run(ctx, t, "rm", "/usr/bin/systemctl", "/usr/sbin/addgroup", "/usr/sbin/adduser")
	m.run(ctx, t, "mkdir", "/opt/accounts")
	m.run(ctx, t, "mv", "/usr/sbin/groupadd", "/usr/sbin/useradd", "/opt/accounts")
	m.write(t, "/usr/sbin/addgroup", `#!/bin/sh
set -e
[ "$#" = 2 ] && [ "$1" = -S ]
/opt/accounts/groupadd --system "$2"
`)
	m.write(t, "/usr/sbin/adduser", `#!/bin/sh
set -e
while getopts SDHG:h:s:g: option; do
	case $option in
	S) system=--system ;;
	D) ;; # ask for no password
	H) home=--no-create-home ;;
	G) group=$OPTARG ;;
	h) folder=$OPTARG ;;
	s) shell=$OPTARG ;;
	g) comment=$OPTARG ;;
	*) exit 1 ;;
	esac
done
shift $((OPTIND - 1))
[ "$#" = 1 ]
/opt/accounts/useradd $system $home --gid "$group" --home-dir "$folder" --shell "$shell" --comment "$comment" "$1"
`)
	m.run(ctx, t, "chmod", "755", "/usr/sbin/addgroup", "/usr/sbin/adduser")
	// What OpenRC makes when it starts a machine.
	m.run(ctx, t, "mkdir", "-p", "/run/openrc/exclusive")
	m.run(ctx, t, "touch", "/run/openrc/softlevel")
}

// collectors are the numbers of the processes of the collector.
func (a *alpine) collectors(ctx context.Context, t *testing.T) string {
	t.Helper()
	said, _ := a.Command(ctx, "pidof", "otelcol-river").Output() // fails when there is none
	return strings.TrimSpace(string(said))
}

// checkSupervised checks as what the collector runs under OpenRC.
func (a *alpine) checkSupervised(ctx context.Context, t *testing.T) {
	t.Helper()
	status := a.run(ctx, t, "cat", "/proc/"+a.collectors(ctx, t)+"/status")
	user := strings.TrimSpace(a.run(ctx, t, "id", "--user", "otelcol-river"))
	for _, line := range []string{"Uid:" + strings.Repeat("\t"+user, 4), "NoNewPrivs:\t1", "Umask:\t0027"} {
		if !strings.Contains(status, "\n"+line+"\n") {
			t.Errorf("the collector does not run with %q:\n%s", line, status)
		}
	}
}

// untilClosed waits until nobody listens at an address any more.
func untilClosed(ctx context.Context, t *testing.T, addr string) {
	t.Helper()
	err := harness.Until(ctx, addr+" to be closed", func() (bool, string) {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return true, ""
		}
		_ = conn.Close()
		return false, "it is open"
	})
	if err != nil {
		t.Fatal(err)
	}
}
