package packages

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// exposure is how much systemd finds that the service may do: ten times the figure of `systemd-analyze security`, of
// which 100 is everything. What is left is the network, and what a program needs to use it.
const exposure = "11"

// TestUnit has systemd judge the unit, and tries what it says of ports and of early reloads.
func TestUnit(t *testing.T) {
	onMachine(t, func(ctx context.Context, t *testing.T, m machine) {
		boot(ctx, t, m)
		m.run(ctx, t, "dpkg", "--install", ours(t, "deb").inside())
		if said := m.run(ctx, t, "systemd-analyze", "verify", "--man=no", "otelcol-river.service"); said != "" {
			t.Errorf("systemd complains about the unit: %s", said)
		}
		m.run(ctx, t, "systemd-analyze", "security", "--offline=true", "--threshold="+exposure, "otelcol-river.service")

		low := newTier(t)
		config := m.read(t, configFile)
		m.write(t, configFile, replaced(t, withOwnBackends(t, config, low), "0.0.0.0:4317", "0.0.0.0:317"))
		m.write(t, configFile, replaced(t, m.read(t, configFile), "0.0.0.0:4318", "0.0.0.0:318"))
		m.dropIn(ctx, t, "PrivateUsers=no\nCapabilityBoundingSet=CAP_NET_BIND_SERVICE\n"+
			"AmbientCapabilities=CAP_NET_BIND_SERVICE\n")
		m.run(ctx, t, "systemctl", "start", "otelcol-river")
		low.arrives(ctx, t, low.send(ctx, t, "127.0.0.1:317", "127.0.0.1:318"))

		diesOfReload(ctx, t, m)
	})
}

// dropIn changes the unit as systemctl edit does.
func (m machine) dropIn(ctx context.Context, t *testing.T, lines string) {
	t.Helper()
	const folder = "/etc/systemd/system/otelcol-river.service.d"
	m.run(ctx, t, "mkdir", "-p", folder)
	m.write(t, folder+"/override.conf", "[Service]\n"+lines)
	m.run(ctx, t, "systemctl", "daemon-reload")
}

// diesOfReload tells a service to reload that does not listen to signals, as a collector does not when it has just been
// started: it is started again.
func diesOfReload(ctx context.Context, t *testing.T, m machine) {
	t.Helper()
	m.dropIn(ctx, t, "ExecStart=\nExecStart=/usr/bin/sleep infinity\nRestartSec=0\n")
	m.run(ctx, t, "systemctl", "restart", "otelcol-river")
	before := m.mainProcess(ctx, t)
	m.run(ctx, t, "systemctl", "kill", "--signal=HUP", "otelcol-river")
	err := harness.Until(ctx, "the service to be started again", func() (bool, string) {
		now := m.mainProcess(ctx, t)
		return now != before && now != "0", fmt.Sprintf("process %s, before %s", now, before)
	})
	if err != nil {
		t.Error(err)
	}
}

// boot boots a machine; a failed test shows the log of the service.
func boot(ctx context.Context, t *testing.T, m machine) {
	t.Helper()
	if err := m.Boot(ctx); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		// The context of the test has ended by now.
		log, err := m.Command(context.Background(), "journalctl", "--unit=otelcol-river", "--no-pager").CombinedOutput()
		t.Logf("log of the service (%v):\n%s", err, strings.TrimSpace(string(log)))
	})
}
