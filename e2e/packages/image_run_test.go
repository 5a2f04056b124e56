package packages

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/otelcol-river/otelcol-river/e2e/harness"
)

// Started as a container, this program is one, before any test can begin.
func init() {
	if asked, err := harness.EnterContainer(); asked {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(125)
	}
}

// Where the collector listens, seen from the machine itself.
const (
	imageGRPC = "127.0.0.1:4317"
	imageHTTP = "127.0.0.1:4318"
)

// imageBackends are those of testdata/image.river.
var imageBackends = []string{"localhost:55690", "localhost:55700", "localhost:55710"}

// imageBed is the image for this machine, unpacked, and what a runtime would add.
type imageBed struct {
	root   string
	config v1.Config
	binds  []harness.Bind
	queue  string // the folder of the volume
}

// newImageBed unpacks the image for this machine and gives it a volume and /etc/hosts, as runtimes do, and the files of
// testdata.
func newImageBed(t *testing.T) imageBed {
	t.Helper()
	platform := "linux/" + runtime.GOARCH
	image := imageByPlatform(t)[platform]
	if image == nil {
		t.Fatalf("the archive has no image for %s", platform)
	}
	file, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	bed := imageBed{root: imageUnpack(t, image), config: file.Config, queue: t.TempDir()}
	// A new volume is like the folder over which it is mounted.
	like, err := os.Stat(filepath.Join(bed.root, "var/lib/otelcol-river"))
	if err != nil {
		t.Fatal(err)
	}
	owner := like.Sys().(*syscall.Stat_t)
	if err := os.Chown(bed.queue, int(owner.Uid), int(owner.Gid)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(bed.queue, like.Mode()); err != nil {
		t.Fatal(err)
	}
	hosts := filepath.Join(t.TempDir(), "hosts")
	if err := os.WriteFile(hosts, []byte("127.0.0.1 localhost\n::1 localhost\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(hosts, 0o644); err != nil { //nolint:gosec // everybody reads it
		t.Fatal(err)
	}
	bed.binds = []harness.Bind{
		{From: hosts, To: "/etc/hosts"},
		{From: filepath.Join(root(t), "e2e/packages/testdata"), To: "/testdata"},
	}
	for volume := range bed.config.Volumes {
		bed.binds = append(bed.binds, harness.Bind{From: bed.queue, To: volume, Writable: true})
	}
	return bed
}

// container is a container of the image, with arguments in the place of the image's own if there are any.
func (b imageBed) container(t *testing.T, name string, args ...string) harness.Container {
	t.Helper()
	user, group := imageUser(t, b.config)
	if len(args) == 0 {
		args = b.config.Cmd
	}
	return harness.Container{
		Name: name, Root: b.root, User: user, Group: group, Folder: b.config.WorkingDir,
		Args: append(b.config.Entrypoint[:1:1], args...), Env: b.config.Env, Binds: b.binds,
	}
}

// start runs the collector of the image until the test ends, and returns when it is ready; a failed test shows its log.
func (b imageBed) start(ctx context.Context, t *testing.T, args ...string) *harness.Collector {
	t.Helper()
	collector, err := b.container(t, "the container", args...).LaunchCollector(imageGRPC, imageHTTP)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := collector.Kill(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of the container:\n%s", collector.Log())
		}
	})
	if err := collector.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	return collector
}

// run runs another program of the image, or the collector to its end, and returns how it ended and what it said.
func (b imageBed) run(ctx context.Context, t *testing.T, program string, args ...string) (code int, said string) {
	t.Helper()
	container := b.container(t, program, args...)
	container.Args[0] = program
	process, err := container.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := process.Kill(); err != nil {
			t.Error(err)
		}
	})
	code, err = process.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return code, process.Log()
}

// TestImageRuns has the image run as a runtime runs it: as its user, on its own root file system and unable to write to
// it, with its own command.
func TestImageRuns(t *testing.T) {
	asRoot(t, func(ctx context.Context, t *testing.T) {
		bed := newImageBed(t)
		t.Run("default", func(t *testing.T) { imageDefault(ctx, t, bed) })
		t.Run("converts", func(t *testing.T) { imageConverts(ctx, t, bed) })
		t.Run("time zones", func(t *testing.T) { imageTimeZones(ctx, t, bed) })
		t.Run("read-only", func(t *testing.T) { imageReadOnly(ctx, t, bed) })
		t.Run("other user", func(t *testing.T) { imageOtherUser(ctx, t, bed) })
		t.Run("balances", func(t *testing.T) { imageBalances(ctx, t, bed) })
		t.Run("resilient", func(t *testing.T) { imageResilient(ctx, t, bed) })
	})
}

// imageDefault: with nothing said, the image takes OTLP, and all of it arrives at what the default configuration has
// behind its load balancer.
func imageDefault(ctx context.Context, t *testing.T, bed imageBed) {
	collector := bed.start(ctx, t)
	load := harness.NewLoad(harness.Shape{Seed: 1, Traces: 3, Spans: 4, Services: 2})
	imageSend(ctx, t, load)
	err := harness.Until(ctx, "the spans to arrive", func() (bool, string) {
		metrics, err := harness.ReadMetrics(ctx, "127.0.0.1:8888")
		if err != nil {
			return false, err.Error()
		}
		spans := int(metrics.Sum("otelcol_exporter_sent_spans", "exporter", "debug/default"))
		return spans == len(load.Spans), fmt.Sprintf("%d of %d", spans, len(load.Spans))
	})
	if err != nil {
		t.Error(err)
	}
	imageEnds(t, collector)
}

// imageSend has a load acknowledged, over gRPC and HTTP.
func imageSend(ctx context.Context, t *testing.T, load harness.Load) {
	t.Helper()
	var clients []harness.Client
	for addr, dial := range map[string]func(string) (harness.Client, error){
		imageGRPC: harness.NewGRPCClient, imageHTTP: harness.NewHTTPClient,
	} {
		client, err := dial(addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := client.Close(); err != nil {
				t.Error(err)
			}
		})
		clients = append(clients, client)
	}
	if err := load.Send(ctx, nil, clients...); err != nil {
		t.Fatal(err)
	}
}

// imageEnds: as the first process of its container the collector has to do something about SIGTERM to end at all.
func imageEnds(t *testing.T, collector *harness.Collector) {
	t.Helper()
	if err := collector.Stop(); err != nil {
		t.Error(err)
	}
}

// imageTimeZones has a processor name a time zone. The collector looks it up when it reads its configuration.
func imageTimeZones(ctx context.Context, t *testing.T, bed imageBed) {
	for zone, want := range map[string]int{"Europe/Berlin": 0, "Europe/Nowhere": 1} {
		config := "yaml:{receivers: {otlp: {protocols: {grpc: {}}}}, exporters: {nop: {}}, processors: {filter: {traces: " +
			`{span: ['start_time < Time("2026-01-01", "%Y-%m-%d", "` + zone + `")']}}}, ` +
			"service: {pipelines: {traces: {receivers: [otlp], processors: [filter], exporters: [nop]}}}}"
		if code, said := bed.run(ctx, t, "/usr/bin/otelcol-river", "validate", "--config="+config); code != want {
			t.Errorf("with the time zone %s otelcol-river validate ended with %d, not %d:\n%s", zone, code, want, said)
		}
	}
}

// imageConverts: riverconv is in the image, too, and the collector beside it takes what it writes.
func imageConverts(ctx context.Context, t *testing.T, bed imageBed) {
	const yaml = "/var/lib/otelcol-river/converted.yaml"
	if code, said := bed.run(ctx, t, "/usr/bin/riverconv", "convert", "-o", yaml, "/testdata/image.river"); code != 0 {
		t.Fatalf("riverconv convert ended with %d:\n%s", code, said)
	}
	converted := filepath.Join(bed.queue, filepath.Base(yaml))
	if text := readFile(t, converted); !strings.Contains(text, "load_balancing/default:") {
		t.Errorf("riverconv wrote:\n%s", text)
	}
	if code, said := bed.run(ctx, t, "/usr/bin/otelcol-river", "validate", "--config=file:"+yaml); code != 0 {
		t.Errorf("otelcol-river validate ended with %d:\n%s", code, said)
	}
	// To ask the collector what it thinks, riverconv writes a file for it.
	bed.binds = append(bed.binds, harness.Bind{From: imageScratch(t), To: "/tmp", Writable: true})
	if code, said := bed.run(ctx, t, "/usr/bin/riverconv", "check", "/testdata/image.river"); code != 0 {
		t.Errorf("riverconv check ended with %d:\n%s", code, said)
	}
	imageOwner(t, bed, converted)
}

// imageScratch is a folder that everybody may write to.
func imageScratch(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	if err := os.Chmod(folder, os.ModeSticky|0o777); err != nil {
		t.Fatal(err)
	}
	return folder
}

// imageOwner: what a container wrote belongs to the user of the image.
func imageOwner(t *testing.T, bed imageBed, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	user, group := imageUser(t, bed.config)
	if owner := info.Sys().(*syscall.Stat_t); int(owner.Uid) != user || int(owner.Gid) != group {
		t.Errorf("%s belongs to %d:%d, want %d:%d", path, owner.Uid, owner.Gid, user, group)
	}
}

// imageReadOnly: that all this works shows something only because a container cannot write elsewhere, not even to /tmp,
// which is open to every user.
func imageReadOnly(ctx context.Context, t *testing.T, bed imageBed) {
	for _, file := range []string{"/converted.yaml", "/tmp/converted.yaml"} {
		code, said := bed.run(ctx, t, "/usr/bin/riverconv", "convert", "-o", file, "/testdata/image.river")
		if code == 0 || !strings.Contains(said, "read-only file system") {
			t.Errorf("writing %s ended with %d:\n%s", file, code, said)
		}
	}
}

// imageOtherUser: who runs it may choose the user, as the bases in configs/kubernetes do: all may be read.
func imageOtherUser(ctx context.Context, t *testing.T, bed imageBed) {
	bed.config.User = "10001:10001"
	code, said := bed.run(ctx, t, "/usr/bin/otelcol-river", "validate", bed.config.Cmd[0])
	if code != 0 {
		t.Errorf("otelcol-river validate ended with %d:\n%s", code, said)
	}
	if code, said := bed.run(ctx, t, "/usr/bin/riverconv", "components"); code != 0 {
		t.Errorf("riverconv components ended with %d:\n%s", code, said)
	}
}

// imageBalances: a River file that is mounted in balances over backends, each trace at one of them.
func imageBalances(ctx context.Context, t *testing.T, bed imageBed) {
	backends := imageServe(t)
	collector := bed.start(ctx, t, "--config=river:/testdata/image.river")
	load := harness.NewLoad(harness.Shape{Seed: 2, Traces: 600, Spans: 8, Services: 10, Logs: 2})
	imageSend(ctx, t, load)
	imageEnds(t, collector) // with everything delivered

	spans, logs := backends.Take()
	if err := spans.Audit(load.Spans).Err(); err != nil {
		t.Errorf("of the spans %v", err)
	}
	if err := logs.Audit(load.Logs).Err(); err != nil {
		t.Errorf("of the log records %v", err)
	}
	if _, split := spans.Placement(harness.ByTrace); len(split) > 0 {
		t.Errorf("%d traces are split", len(split))
	}
	for backend, records := range spans {
		if len(records) == 0 {
			t.Errorf("%s got nothing", backend)
		}
	}
}

// imageServe serves as the backends of testdata/image.river until the test ends.
func imageServe(t *testing.T) (backends harness.Backends) {
	t.Helper()
	for _, endpoint := range imageBackends {
		backend, err := harness.StartBackend(endpoint, endpoint, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(backend.Stop)
		backends = append(backends, backend)
	}
	return backends
}

// imageResilient: the profile keeps in the volume what was acknowledged before there were backends, also when the
// container is killed and another one takes its place.
func imageResilient(ctx context.Context, t *testing.T, bed imageBed) {
	const config = "--config=river:/testdata/image.river?profile=resilient"
	load := harness.NewLoad(harness.Shape{Seed: 3, Traces: 100, Spans: 8, Services: 10})
	first := bed.start(ctx, t, config)
	imageSend(ctx, t, load)
	if err := first.Kill(); err != nil {
		t.Fatal(err)
	}
	imageOwner(t, bed, filepath.Join(bed.queue, "queue"))

	second := bed.start(ctx, t, config)
	backends := imageServe(t)
	err := harness.Until(ctx, "everything to arrive", func() (bool, string) {
		spans, _ := backends.Count()
		return spans >= len(load.Spans), fmt.Sprintf("%d of %d spans", spans, len(load.Spans))
	})
	if err != nil {
		t.Fatal(err)
	}
	imageEnds(t, second)
	spans, _ := backends.Take()
	if audit := spans.Audit(load.Spans); len(audit.Missing) > 0 || len(audit.Unknown) > 0 {
		t.Errorf("%d spans are missing, %d unknown", len(audit.Missing), len(audit.Unknown))
	}
}
