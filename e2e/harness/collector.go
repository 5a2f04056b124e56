// Package harness runs the built binaries between a source and backends of its own and observes them from outside:
// what was sent, what was acknowledged, which backend got which span and log record, and how often.
// It reports by errors and knows nothing of package testing, so the tests and the demo use it alike.
package harness

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// readyLine is what a collector of v0.158.0 logs each time its service has started.
const readyLine = "Everything is ready. Begin running and processing data."

// CollectorOptions say which collector to run and how to tell that it is ready.
type CollectorOptions struct {
	Name    string   // for messages
	Binary  string   // River or Plain, or the absolute path of another one
	Configs []string // one --config each: "file:x.yaml", "river:x.river", "yaml:a::b: c"
	Args    []string // more arguments
	Env     []string // on top of our own environment, "NAME=value"
	Listens []string // the addresses of its receivers
}

// Collector is a running collector.
type Collector struct {
	*Process
	listens []string
}

// LaunchCollector starts a collector and does not wait for it: for a start that is meant to fail.
func LaunchCollector(o CollectorOptions) (*Collector, error) {
	path := o.Binary
	if !filepath.IsAbs(path) {
		var err error
		if path, err = Binary(o.Binary); err != nil {
			return nil, err
		}
	}
	args := slices.Clone(o.Args)
	for _, config := range o.Configs {
		args = append(args, "--config="+config)
	}
	p, err := startProcess(o.Name, path, args, o.Env)
	if err != nil {
		return nil, err
	}
	return &Collector{Process: p, listens: o.Listens}, nil
}

// StartCollector starts a collector and returns when it says that it is ready and its receivers accept connections.
// One that does not get there is gone when the error is returned; the error holds its log.
func StartCollector(ctx context.Context, o CollectorOptions) (*Collector, error) {
	c, err := LaunchCollector(o)
	if err != nil {
		return nil, err
	}
	if err := c.Ready(ctx); err != nil {
		return nil, errors.Join(err, c.Kill(), fmt.Errorf("log of %s:\n%s", o.Name, c.Log()))
	}
	return c, nil
}

// Ready returns when the collector says that it is ready and its receivers accept connections: for one that was
// launched.
func (c *Collector) Ready(ctx context.Context) error { return c.ready(ctx, 1) }

// Reload sends SIGHUP and returns when the collector runs on its new configuration. The configuration must have changed
// in more than its receivers: v0.158.0 says that it is ready again only when it restarts its whole service.
// Send traffic through a fresh collector first: it catches SIGHUP only just after it says that it is ready.
func (c *Collector) Reload(ctx context.Context) error {
	times := c.timesReady()
	if err := c.Signal(syscall.SIGHUP); err != nil {
		return err
	}
	return c.ready(ctx, times+1)
}

// ready waits until the collector has said at least so many times that it is ready and accepts connections.
func (c *Collector) ready(ctx context.Context, times int) error {
	var ended error
	err := Until(ctx, c.name+" to be ready", func() (bool, string) {
		if !c.alive() {
			ended = fmt.Errorf("%s ended before it was ready: %s", c.name, c.cmd.ProcessState)
			return true, ""
		}
		if seen := c.timesReady(); seen < times {
			return false, fmt.Sprintf("it said so %d times of %d", seen, times)
		}
		for _, addr := range c.listens {
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				return false, err.Error()
			}
			_ = conn.Close()
		}
		return true, ""
	})
	return errors.Join(ended, err)
}

func (c *Collector) timesReady() int { return strings.Count(c.Log(), readyLine) }
