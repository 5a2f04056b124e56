package harness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"
)

// grace is how long a process may take to end after SIGTERM: a collector first delivers what its queues hold.
const grace = 30 * time.Second

// Process is one running program that we started. Only this handle ends it.
type Process struct {
	name   string
	cmd    *exec.Cmd
	log    logBuffer
	exited chan struct{}
}

// StartCopy runs a copy of this program with more environment, "NAME=value", by which it knows what to do.
func StartCopy(name string, env ...string) (*Process, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("cannot run this program again: %w", err)
	}
	return startProcess(name, program, nil, env)
}

// startProcess runs a binary with our environment and env on top.
func startProcess(name, path string, args, env []string) (*Process, error) {
	cmd := exec.Command(path, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = endWithParent()
	return startCommand(name, cmd)
}

// startCommand runs a command and keeps what it writes.
func startCommand(name string, cmd *exec.Cmd) (*Process, error) {
	p := &Process{name: name, cmd: cmd, exited: make(chan struct{})}
	p.cmd.Stdout = &p.log
	p.cmd.Stderr = &p.log
	started := make(chan error)
	go p.run(started)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("cannot start %s: %w", name, err)
	}
	return p, nil
}

// run keeps its thread until the process has ended: Linux ends a child with the thread that started it.
func (p *Process) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	// How it ended is in ProcessState; that an ending is no success is for the caller to judge.
	_ = p.cmd.Wait()
	close(p.exited)
}

// Log is everything that the process has written to its standard output and error so far.
func (p *Process) Log() string { return p.log.String() }

// PID is the number of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// alive tells whether the process still runs.
func (p *Process) alive() bool {
	select {
	case <-p.exited:
		return false
	default:
		return true
	}
}

// Wait waits for the process to end by itself and returns its exit code, -1 when a signal ended it.
func (p *Process) Wait(ctx context.Context) (int, error) {
	err := Until(ctx, p.name+" to end", func() (bool, string) { return !p.alive(), "it runs" })
	if err != nil {
		return 0, err
	}
	return p.cmd.ProcessState.ExitCode(), nil
}

// Signal sends a signal to the process.
func (p *Process) Signal(sig os.Signal) error {
	if err := p.cmd.Process.Signal(sig); err != nil {
		return fmt.Errorf("cannot signal %s: %w", p.name, err)
	}
	return nil
}

// Stop asks the process to end, kills it when it does not, and returns when it is gone. Any end but exit code 0 is an
// error, also one that came before Stop.
func (p *Process) Stop() error {
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return errors.Join(fmt.Errorf("cannot stop %s: %w", p.name, err), p.Kill())
	}
	select {
	case <-p.exited:
	case <-time.After(grace):
		return errors.Join(fmt.Errorf("%s did not end within %s of SIGTERM", p.name, grace), p.Kill())
	}
	if !p.cmd.ProcessState.Success() {
		return fmt.Errorf("%s ended with %s", p.name, p.cmd.ProcessState)
	}
	return nil
}

// Kill ends the process at once and returns when it is gone; on one that has ended it does nothing.
func (p *Process) Kill() error {
	if err := p.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("cannot kill %s: %w", p.name, err)
	}
	<-p.exited
	return nil
}

// logBuffer takes the output of a process while others read it.
type logBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
