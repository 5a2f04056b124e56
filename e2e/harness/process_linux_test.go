package harness

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// TestCPU compares the processor time of this process with what the kernel says of it in another way.
func TestCPU(t *testing.T) {
	const work, slack = 300 * time.Millisecond, 100 * time.Millisecond // other threads may be a tick behind
	used := func() time.Duration {
		t.Helper()
		var usage syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
			t.Fatal(err)
		}
		return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	p := &Process{name: "this process", cmd: &exec.Cmd{Process: self}}
	for began := used(); used() < began+work; { // work
	}
	before := used()
	got, err := p.CPU()
	if err != nil {
		t.Fatal(err)
	}
	if after := used(); got < before-slack || got > after+slack {
		t.Errorf("the process used %s, or between %s and %s", got, before, after)
	}
}

// TestCPUOfNobody: a process that has ended used no processor time that could be read.
func TestCPUOfNobody(t *testing.T) {
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	p := &Process{name: "one that has ended", cmd: cmd}
	if used, err := p.CPU(); err == nil {
		t.Errorf("a process that has ended used %s", used)
	}
}
